package wechat

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"time"
)

// UserInfo is WeChat's information about a follower. It contains no name: WeChat stopped providing one in December
// 2021. All fields but OpenID may be empty; for someone who does not follow, all are.
type UserInfo struct {
	OpenID string
	// Subscribed reports whether the user follows the account.
	Subscribed   bool
	SubscribedAt time.Time
	// UnionID identifies the user across the accounts of one Open Platform account.
	UnionID string
	// Language is zh_CN, zh_TW, en, …
	Language string
	// Remark is the account's own note, at most 30 characters.
	Remark string
	TagIDs []int64
	// Scene is how the user came, for example ADD_SCENE_QR_CODE; new values may be added.
	Scene string
	// QRScene and QRSceneText are the scene of the QR code that was scanned.
	QRScene     int64
	QRSceneText string
}

// FollowerPage is a part of the account's followers.
type FollowerPage struct {
	// Total counts all followers.
	Total int
	// OpenIDs are at most 10 000.
	OpenIDs []string
	// Next is the cursor of the following page; empty on the last one.
	Next string
}

// UserInfo looks a follower up, GET /cgi-bin/user/info; lang is zh_CN, zh_TW or en.
//
// https://developers.weixin.qq.com/doc/offiaccount/User_Management/Get_users_basic_information_UnionID.html
func (c *Client) UserInfo(ctx context.Context, openid, lang string) (UserInfo, error) {
	var answer struct {
		Subscribe   integer         `json:"subscribe"`
		OpenID      string          `json:"openid"`
		Language    string          `json:"language"`
		Time        integer         `json:"subscribe_time"`
		UnionID     string          `json:"unionid"`
		Remark      string          `json:"remark"`
		TagIDs      listOf[integer] `json:"tagid_list"`
		Scene       string          `json:"subscribe_scene"`
		QRScene     integer         `json:"qr_scene"`
		QRSceneText scalar          `json:"qr_scene_str"`
	}
	err := c.do(ctx, call{
		op: "user/info", holds: []string{"openid"}, method: http.MethodGet, path: "/cgi-bin/user/info",
		query: url.Values{"openid": {openid}, "lang": {lang}}, hide: []string{openid},
	}, &answer)
	if err == nil && answer.OpenID != openid {
		err = &TransportError{Op: "user/info", Err: errOther}
	}
	if err != nil {
		return UserInfo{}, err
	}
	info := UserInfo{
		OpenID: answer.OpenID, Subscribed: answer.Subscribe == 1, UnionID: answer.UnionID, Language: answer.Language,
		Remark: answer.Remark, Scene: answer.Scene, QRScene: int64(answer.QRScene), QRSceneText: string(answer.QRSceneText),
	}
	if answer.Time > 0 && answer.Time <= maxUnix {
		info.SubscribedAt = time.Unix(int64(answer.Time), 0).UTC()
	}
	for _, id := range answer.TagIDs {
		info.TagIDs = append(info.TagIDs, int64(id))
	}
	return info, nil
}

// Followers lists followers, GET /cgi-bin/user/get, from the cursor next on; empty starts. 500 calls a day.
//
// https://developers.weixin.qq.com/doc/offiaccount/User_Management/Getting_a_User_List.html
func (c *Client) Followers(ctx context.Context, next string) (FollowerPage, error) {
	var answer struct {
		Total integer      `json:"total"`
		Count integer      `json:"count"`
		Data  followerList `json:"data"`
		Next  string       `json:"next_openid"`
	}
	err := c.do(ctx, call{
		op: "user/get", holds: []string{"total"}, method: http.MethodGet, path: "/cgi-bin/user/get",
		query: url.Values{"next_openid": {next}}, hide: []string{next},
	}, &answer)
	if err != nil {
		return FollowerPage{}, err
	}
	page := FollowerPage{Total: int(answer.Total), OpenIDs: answer.Data.OpenIDs, Next: answer.Next}
	page.OpenIDs = slices.DeleteFunc(page.OpenIDs, func(openid string) bool { return openid == "" })
	if len(page.OpenIDs) == 0 {
		page.Next = ""
	}
	return page, nil
}

// followerList is an object that WeChat writes as "" or [] where nobody follows.
type followerList struct{ OpenIDs listOf[string] }

// UnmarshalJSON reads any of these forms.
func (l *followerList) UnmarshalJSON(doc []byte) error {
	var object struct {
		OpenIDs listOf[string] `json:"openid"`
	}
	if text := string(doc); text != `""` && text != "[]" {
		if err := json.Unmarshal(doc, &object); err != nil {
			return err
		}
	}
	l.OpenIDs = object.OpenIDs
	return nil
}
