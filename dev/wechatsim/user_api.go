package wechatsim

import (
	"strconv"
	"unicode/utf8"
)

// info is the answer of user/info: since 2021-12-27 without name, picture and place.
func (f *follower) info(language string) map[string]any {
	if !f.Subscribed {
		return map[string]any{"subscribe": 0, "openid": f.OpenID}
	}
	if language == "" {
		language = f.Language
	}
	qrScene, qrText := 0, ""
	if n, err := strconv.Atoi(f.QRScene); err == nil {
		qrScene = n
	} else {
		qrText = f.QRScene
	}
	tags := f.TagIDs
	if tags == nil {
		tags = []int64{}
	}
	return map[string]any{
		"subscribe": 1, "openid": f.OpenID, "nickname": "", "sex": 0, "language": language,
		"city": "", "province": "", "country": "", "headimgurl": "",
		"subscribe_time": f.SubscribedAt.Unix(), "remark": f.Remark, "groupid": 0, "tagid_list": tags,
		"subscribe_scene": f.AddScene, "qr_scene": qrScene, "qr_scene_str": qrText,
	}
}

// userInfo: https://developers.weixin.qq.com/doc/service/api/usermanage/userinfo/api_userinfo.html
func userInfo(c *call) (any, error) {
	if c.query.Get("openid") == "" {
		return nil, refuse(41009)
	}
	f, err := c.addressee(c.query.Get("openid"))
	if err != nil {
		return nil, err
	}
	return f.info(c.query.Get("lang")), nil
}

func userInfoBatch(c *call) (any, error) {
	var in struct {
		UserList []struct {
			OpenID string `json:"openid"`
			Lang   string `json:"lang"`
		} `json:"user_list"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	if len(in.UserList) == 0 {
		return nil, refuse(40031)
	}
	if len(in.UserList) > 100 {
		return nil, refuse(40032)
	}
	list := make([]any, 0, len(in.UserList))
	for _, user := range in.UserList {
		f, err := c.addressee(user.OpenID)
		if err != nil {
			return nil, err
		}
		list = append(list, f.info(user.Lang))
	}
	return map[string]any{"user_info_list": list}, nil
}

// userList: https://developers.weixin.qq.com/doc/service/api/usermanage/userinfo/api_getfans.html
func userList(c *call) (any, error) {
	all := c.s.state.following()
	openids, found := page(all, c.query.Get("next_openid"), 10_000)
	if !found {
		return nil, refuse(40003)
	}
	out := openIDPage(openids)
	out["total"] = len(all)
	return out, nil
}

// openIDPage is the shape of all openid lists: without "data" when empty.
func openIDPage(openids []string) map[string]any {
	out := map[string]any{"count": len(openids), "next_openid": ""}
	if len(openids) > 0 {
		out["data"] = map[string]any{"openid": openids}
		out["next_openid"] = openids[len(openids)-1]
	}
	return out
}

// updateRemark: https://developers.weixin.qq.com/doc/service/api/usermanage/userinfo/api_updateremark.html
func updateRemark(c *call) (any, error) {
	var in struct {
		OpenID string `json:"openid"`
		Remark string `json:"remark"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	f, err := c.addressee(in.OpenID)
	if err != nil {
		return nil, err
	}
	if !f.Subscribed {
		return nil, refuse(50005)
	}
	if utf8.RuneCountInString(in.Remark) > 30 {
		return nil, refuse(40035)
	}
	f.Remark = in.Remark
	return ok(), nil
}
