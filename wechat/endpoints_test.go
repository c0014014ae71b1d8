package wechat

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// endpoint describes one method of the client: its request and its result.
type endpoint struct {
	name, method, path string
	// query holds the parameters besides access_token.
	query map[string]string
	// body is the JSON sent; empty for none, "-" for a body that is not JSON.
	body   string
	public bool
	answer string
	call   func(context.Context, *Client) (any, error)
	want   any
	// op is the name in errors.
	op string
}

func endpoints() []endpoint {
	var all []endpoint
	for _, group := range [][]endpoint{sendEndpoints(), userEndpoints(), menuEndpoints(), oauthEndpoints(),
		operationEndpoints()} {
		all = append(all, group...)
	}
	return all
}

// only gives a call without a result the form that endpoint needs.
func only(call func(context.Context, *Client) error) func(context.Context, *Client) (any, error) {
	return func(ctx context.Context, c *Client) (any, error) { return nil, call(ctx, c) }
}

func with[T any](call func(context.Context, *Client) (T, error)) func(context.Context, *Client) (any, error) {
	return func(ctx context.Context, c *Client) (any, error) { return call(ctx, c) }
}

func sendMessage(m CustomMessage) func(context.Context, *Client) (any, error) {
	return only(func(ctx context.Context, c *Client) error { return c.SendMessage(ctx, m) })
}

func sendEndpoints() []endpoint {
	send := func(name, body string, m CustomMessage) endpoint {
		m.ToUser = testOpenID
		return endpoint{
			name: "send " + name, method: http.MethodPost, path: "/cgi-bin/message/custom/send", op: "message/custom/send",
			body:   strings.ReplaceAll(body, "OPENID", testOpenID),
			answer: `{"errcode":0,"errmsg":"ok"}`, call: sendMessage(m),
		}
	}
	return []endpoint{
		send("text", `{"touser":"OPENID","msgtype":"text","text":{"content":"5 < 7 && \"ok\""}}`,
			CustomMessage{Body: CustomText{Content: `5 < 7 && "ok"`}}),
		send("text of an agent",
			`{"touser":"OPENID","msgtype":"text","text":{"content":"hi"},"customservice":{"kf_account":"anna@shop"}}`,
			CustomMessage{Body: &CustomText{Content: "hi"}, Account: "anna@shop"}),
		send("image", `{"touser":"OPENID","msgtype":"image","image":{"media_id":"M1"}}`,
			CustomMessage{Body: CustomImage{MediaID: "M1"}}),
		send("voice", `{"touser":"OPENID","msgtype":"voice","voice":{"media_id":"M2"}}`,
			CustomMessage{Body: CustomVoice{MediaID: "M2"}}),
		send("video",
			`{"touser":"OPENID","msgtype":"video","video":{"media_id":"M3","thumb_media_id":"T3","title":"t","description":"d"}}`,
			CustomMessage{Body: CustomVideo{MediaID: "M3", ThumbMediaID: "T3", Title: "t", Description: "d"}}),
		send("news",
			`{"touser":"OPENID","msgtype":"news","news":{"articles":[{"title":"t","description":"d","url":"u","picurl":"p"}]}}`,
			CustomMessage{Body: &CustomNews{Title: "t", Description: "d", URL: "u", PicURL: "p"}}),
		send("menu",
			`{"touser":"OPENID","msgtype":"msgmenu","msgmenu":{"head_content":"解决了吗?","list":[{"id":"1","content":"是"}],"tail_content":"谢谢"}}`,
			CustomMessage{Body: CustomMenu{Head: "解决了吗?", Items: []CustomMenuItem{{ID: "1", Content: "是"}}, Tail: "谢谢"}}),
		{
			name: "typing", method: http.MethodPost, path: "/cgi-bin/message/custom/typing", op: "message/custom/typing",
			body: `{"touser":"` + testOpenID + `","command":"Typing"}`, answer: `{"errcode":0,"errmsg":"ok"}`,
			call: only(func(ctx context.Context, c *Client) error { return c.SendTyping(ctx, testOpenID, true) }),
		},
		{
			name: "typing off", method: http.MethodPost, path: "/cgi-bin/message/custom/typing", op: "message/custom/typing",
			body: `{"touser":"` + testOpenID + `","command":"CancelTyping"}`, answer: `{"errcode":"0","errmsg":"ok"}`,
			call: only(func(ctx context.Context, c *Client) error { return c.SendTyping(ctx, testOpenID, false) }),
		},
		{
			name: "template", method: http.MethodPost, path: "/cgi-bin/message/template/send", op: "message/template/send",
			body: `{"touser":"` + testOpenID +
				`","template_id":"TPL","url":"https://example.com/t/1","miniprogram":{"appid":"wxmini","pagepath":"p?a=1"},
			 "client_msg_id":"T-1","data":{"keyword1":{"value":"4711"},"keyword2":{"value":"已回复"}}}`,
			answer: `{"errcode":0,"errmsg":"ok","msgid":9007199254740993}`, want: int64(9007199254740993),
			call: with(func(ctx context.Context, c *Client) (int64, error) {
				return c.SendTemplate(ctx, TemplateMessage{
					ToUser: testOpenID, TemplateID: "TPL", URL: "https://example.com/t/1", ClientMsgID: "T-1",
					MiniProgram: &MiniProgram{AppID: "wxmini", PagePath: "p?a=1"},
					Data:        map[string]string{"keyword1": "4711", "keyword2": "已回复"},
				})
			}),
		},
		{
			name: "subscription", method: http.MethodPost, path: "/cgi-bin/message/subscribe/bizsend",
			op: "message/subscribe/bizsend",
			body: `{"touser":"` + testOpenID +
				`","template_id":"TPL","page":"https://example.com","data":{"thing8":{"value":"工单 4711"}}}`,
			answer: `{"errcode":0,"errmsg":"ok"}`,
			call: only(func(ctx context.Context, c *Client) error {
				return c.SendSubscription(ctx, SubscriptionMessage{
					ToUser: testOpenID, TemplateID: "TPL", Page: "https://example.com", Data: map[string]string{"thing8": "工单 4711"},
				})
			}),
		},
	}
}

func userEndpoints() []endpoint {
	info := func(name, doc string, want UserInfo) endpoint {
		return endpoint{
			name: "user info " + name, method: http.MethodGet, path: "/cgi-bin/user/info", op: "user/info",
			query: map[string]string{"openid": testOpenID, "lang": "zh_CN"}, answer: doc, want: want,
			call: with(func(ctx context.Context, c *Client) (UserInfo, error) { return c.UserInfo(ctx, testOpenID, "zh_CN") }),
		}
	}
	followers := func(name, doc string, want FollowerPage) endpoint {
		return endpoint{
			name: "followers " + name, method: http.MethodGet, path: "/cgi-bin/user/get", op: "user/get",
			query: map[string]string{"next_openid": "o-cursor"}, answer: doc, want: want,
			call: with(func(ctx context.Context, c *Client) (FollowerPage, error) { return c.Followers(ctx, "o-cursor") }),
		}
	}
	return []endpoint{
		info("follower",
			`{"subscribe":1,"openid":"oTEST-follower_0000000000001","nickname":"","sex":0,"language":"zh_CN","subscribe_time":1750000000,
			"unionid":"u1","remark":"r","tagid_list":[2,"128"],"subscribe_scene":"ADD_SCENE_QR_CODE","qr_scene":98765,"qr_scene_str":"s"}`,
			UserInfo{
				OpenID: "oTEST-follower_0000000000001", Subscribed: true, SubscribedAt: time.Unix(1750000000, 0).UTC(),
				UnionID: "u1", Language: "zh_CN", Remark: "r",
				TagIDs: []int64{2, 128}, Scene: "ADD_SCENE_QR_CODE", QRScene: 98765, QRSceneText: "s",
			}),
		info("stranger", `{"subscribe":0,"openid":"oTEST-follower_0000000000001"}`,
			UserInfo{OpenID: "oTEST-follower_0000000000001"}),
		info("numbers as strings, control characters",
			"\xEF\xBB\xBF{\"subscribe\":\"1\",\"openid\":\"oTEST-follower_0000000000001\",\"remark\":\"a\x01b\nc\"}",
			UserInfo{OpenID: "oTEST-follower_0000000000001", Subscribed: true, Remark: "ab\nc"}),
		info("broken utf-8", "{\"subscribe\":1,\"openid\":\"oTEST-follower_0000000000001\",\"remark\":\"a\xff\"}",
			UserInfo{OpenID: "oTEST-follower_0000000000001", Subscribed: true, Remark: "a\uFFFD"}),
		followers("page", `{"total":3,"count":2,"data":{"openid":["o1","o2"]},"next_openid":"o2"}`,
			FollowerPage{Total: 3, OpenIDs: []string{"o1", "o2"}, Next: "o2"}),
		followers("last page", `{"total":3,"count":0,"next_openid":"o2"}`, FollowerPage{Total: 3}),
	}
}

func menuEndpoints() []endpoint {
	buttons := []Button{{Name: "服务", Sub: []Button{{Type: "click", Name: "新工单", Key: "NEW"},
		{Type: "view", Name: "网站", URL: "https://example.com/?a=1&b=2"}}}}
	const wire = `[{"name":"服务","sub_button":[{"type":"click","name":"新工单","key":"NEW"},{"type":"view","name":"网站","url":"https://example.com/?a=1&b=2"}]}]`
	return []endpoint{
		{
			name: "create menu", method: http.MethodPost, path: "/cgi-bin/menu/create", op: "menu/create",
			body: `{"button":` + wire + `}`, answer: `{"errcode":0,"errmsg":"ok"}`,
			call: only(func(ctx context.Context, c *Client) error { return c.CreateMenu(ctx, buttons) }),
		},
		{
			name: "menu", method: http.MethodGet, path: "/cgi-bin/menu/get", op: "menu/get",
			answer: `{"menu":{"button":` + wire +
				`,"menuid":208396938},"conditionalmenu":[{"button":[{"type":"click","name":"a","key":"A","sub_button":[]}],
				"matchrule":{"group_id":2,"client_platform_type":"1","language":"zh_CN"},"menuid":"208396993"}]}`,
			want: Menus{
				Default: Menu{ID: "208396938", Buttons: buttons},
				Conditional: []Menu{{
					ID: "208396993", Buttons: []Button{{Type: "click", Name: "a", Key: "A", Sub: []Button{}}},
					Rule: &MatchRule{TagID: "2", Platform: "1", Language: "zh_CN"},
				}},
			},
			call: with(func(ctx context.Context, c *Client) (Menus, error) { return c.Menu(ctx) }),
		},
		{
			name: "delete menu", method: http.MethodGet, path: "/cgi-bin/menu/delete", op: "menu/delete",
			answer: `{"errcode":0,"errmsg":"ok"}`,
			call:   only(func(ctx context.Context, c *Client) error { return c.DeleteMenu(ctx) }),
		},
		{
			name: "add conditional menu", method: http.MethodPost, path: "/cgi-bin/menu/addconditional",
			op:     "menu/addconditional",
			body:   `{"button":` + wire + `,"matchrule":{"tag_id":"2","client_platform_type":"2"}}`,
			answer: `{"menuid":"208379533"}`,
			want:   "208379533",
			call: with(func(ctx context.Context, c *Client) (string, error) {
				return c.AddConditionalMenu(ctx, buttons, MatchRule{TagID: "2", Platform: "2"})
			}),
		},
		{
			name: "delete conditional menu", method: http.MethodPost, path: "/cgi-bin/menu/delconditional",
			op:   "menu/delconditional",
			body: `{"menuid":"208379533"}`, answer: `{"errcode":0,"errmsg":"ok"}`,
			call: only(func(ctx context.Context, c *Client) error { return c.DeleteConditionalMenu(ctx, "208379533") }),
		},
	}
}

func oauthEndpoints() []endpoint {
	token := func(op, doc string, query map[string]string, call func(context.Context, *Client) (OAuthToken, error),
		want OAuthToken) endpoint {
		return endpoint{
			name: op, method: http.MethodGet, path: "/" + op, op: op, public: true, query: query, answer: doc, want: want,
			call: with(func(ctx context.Context, c *Client) (OAuthToken, error) {
				got, err := call(ctx, c)
				if err == nil && time.Until(got.ExpiresAt) < 7000*time.Second {
					err = fmt.Errorf("expires too early: %v", got.ExpiresAt)
				}
				got.ExpiresAt = time.Time{}
				return got, err
			}),
		}
	}
	return []endpoint{
		token("sns/oauth2/access_token",
			`{"access_token":"AT","expires_in":7200,"refresh_token":"RT","openid":"o1","scope":"snsapi_userinfo","is_snapshotuser":1,"unionid":"u1"}`,
			map[string]string{"appid": testAppID, "secret": testSecret, "code": testCode, "grant_type": "authorization_code"},
			func(ctx context.Context, c *Client) (OAuthToken, error) { return c.ExchangeCode(ctx, testCode) },
			OAuthToken{AccessToken: "AT", RefreshToken: "RT", OpenID: "o1", Scope: "snsapi_userinfo", UnionID: "u1",
				Snapshot: true}),
		token("sns/oauth2/refresh_token",
			`{"access_token":"AT","expires_in":"7200","refresh_token":"RT","openid":"o1","scope":"snsapi_base"}`,
			map[string]string{"appid": testAppID, "refresh_token": testRefresh, "grant_type": "refresh_token"},
			func(ctx context.Context, c *Client) (OAuthToken, error) { return c.RefreshOAuthToken(ctx, testRefresh) },
			OAuthToken{AccessToken: "AT", RefreshToken: "RT", OpenID: "o1", Scope: "snsapi_base"}),
		{
			name: "oauth user", method: http.MethodGet, path: "/sns/userinfo", op: "sns/userinfo", public: true,
			query:  map[string]string{"access_token": testUserToken, "openid": testOpenID, "lang": "en"},
			answer: `{"openid":"oTEST-follower_0000000000001","nickname":"小明","sex":"1","province":"","city":"","country":"","headimgurl":"https://example.com/0","privilege":["p"],"unionid":"u1"}`,
			want: OAuthUser{OpenID: "oTEST-follower_0000000000001", UnionID: "u1", Nickname: "小明", Sex: 1,
				AvatarURL: "https://example.com/0", Privileges: []string{"p"}},
			call: with(func(ctx context.Context, c *Client) (OAuthUser, error) {
				return c.OAuthUserInfo(ctx, OAuthToken{AccessToken: testUserToken, OpenID: testOpenID}, "en")
			}),
		},
	}
}

func operationEndpoints() []endpoint {
	qr := func(name, body string, q QRCode) endpoint {
		return endpoint{
			name: "qr code " + name, method: http.MethodPost, path: "/cgi-bin/qrcode/create", op: "qrcode/create", body: body,
			answer: `{"ticket":"gQH+/=","expire_seconds":60,"url":"http://weixin.qq.com/q/abc"}`,
			want:   QRTicket{Ticket: "gQH+/=", URL: "http://weixin.qq.com/q/abc", Lifetime: time.Minute},
			call:   with(func(ctx context.Context, c *Client) (QRTicket, error) { return c.CreateQRCode(ctx, q) }),
		}
	}
	return []endpoint{
		qr("text", `{"action_name":"QR_STR_SCENE","expire_seconds":60,"action_info":{"scene":{"scene_str":"c:1"}}}`,
			QRCode{Scene: "c:1", Lifetime: time.Minute}),
		qr("number", `{"action_name":"QR_SCENE","expire_seconds":60,"action_info":{"scene":{"scene_id":7}}}`,
			QRCode{SceneID: 7, Lifetime: time.Minute}),
		qr("permanent text", `{"action_name":"QR_LIMIT_STR_SCENE","action_info":{"scene":{"scene_str":"c:1"}}}`,
			QRCode{Scene: "c:1"}),
		qr("permanent number", `{"action_name":"QR_LIMIT_SCENE","action_info":{"scene":{"scene_id":7}}}`, QRCode{SceneID: 7}),
		{
			name: "callback addresses", method: http.MethodGet, path: "/cgi-bin/getcallbackip", op: "getcallbackip",
			answer: `{"ip_list":["127.0.0.1","101.226.103.0/25"]}`, want: []string{"127.0.0.1", "101.226.103.0/25"},
			call: with(func(ctx context.Context, c *Client) ([]string, error) { return c.CallbackIPs(ctx) }),
		},
		{
			name: "clear quota", method: http.MethodPost, path: "/cgi-bin/clear_quota", op: "clear_quota",
			body: `{"appid":"` + testAppID + `"}`, answer: `{"errcode":0,"errmsg":"ok"}`,
			call: only(func(ctx context.Context, c *Client) error { return c.ClearQuota(ctx) }),
		},
		{
			name: "quota", method: http.MethodPost, path: "/cgi-bin/openapi/quota/get", op: "openapi/quota/get",
			body:   `{"cgi_path":"/cgi-bin/message/custom/send"}`,
			answer: `{"errcode":0,"errmsg":"ok","quota":{"daily_limit":500000,"used":"12","remain":499988}}`,
			want:   Quota{DailyLimit: 500000, Used: 12, Remaining: 499988},
			call: with(func(ctx context.Context, c *Client) (Quota, error) {
				return c.Quota(ctx, "/cgi-bin/message/custom/send")
			}),
		},
		{
			name: "js ticket", method: http.MethodGet, path: "/cgi-bin/ticket/getticket", op: "ticket/getticket",
			query: map[string]string{"type": "jsapi"}, answer: `{"errcode":0,"errmsg":"ok","ticket":"JT","expires_in":7200}`,
			want: "JT",
			call: with(func(ctx context.Context, c *Client) (string, error) {
				ticket, err := c.JSTicket(ctx)
				return ticket.Value, err
			}),
		},
		{
			name: "upload media", method: http.MethodPost, path: "/cgi-bin/media/upload", op: "media/upload",
			query: map[string]string{"type": "image"}, body: "-",
			answer: `{"type":"image","media_id":"M1","created_at":1750000000}`,
			want:   Media{Kind: MediaImage, ID: "M1", CreatedAt: time.Unix(1750000000, 0).UTC()},
			call: with(func(ctx context.Context, c *Client) (Media, error) {
				return c.UploadMedia(ctx, MediaImage, "a.jpg", "image/jpeg", strings.NewReader("JPEG"))
			}),
		},
		{
			name: "download media", method: http.MethodGet, path: "/cgi-bin/media/get", op: "media/get",
			query: map[string]string{"media_id": "M1"}, answer: "binary", want: "binary",
			call: with(func(ctx context.Context, c *Client) (string, error) {
				stream, err := c.DownloadMedia(ctx, "M1", 1000)
				if err != nil {
					return "", err
				}
				defer stream.Body.Close()
				body, err := io.ReadAll(stream.Body)
				return string(body), err
			}),
		},
		{
			name: "stable token", method: http.MethodPost, path: "/cgi-bin/stable_token", op: "stable_token", public: true,
			body: `{"grant_type":"client_credential","appid":"` + testAppID + `","secret":"` + testSecret +
				`","force_refresh":true}`,
			answer: `{"access_token":"T1","expires_in":345}`, want: "T1",
			call: with(func(ctx context.Context, c *Client) (string, error) {
				token, err := c.StableToken(ctx, true)
				return token.Value, err
			}),
		},
	}
}
