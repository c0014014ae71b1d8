package wechat

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// strangeBodies are what something on the way, or WeChat on a bad day, answers.
var strangeBodies = []string{
	"", " ", "null", "true", "1", `"ok"`, "[]", "{}", `{"errmsg":"ok"}`, `{"errcode":"x"}`, `{"errcode":{}}`, `{"error":{"code":1}}`, "OK", "{", `{"errcode":0`,
	"<html>Logon</html>", "<!DOCTYPE html><html>维护</html>", "\xef\xbb\xbf<HTML>", "<?xml version=\"1.0\"?><xml/>",
	strings.Repeat(`{"a":`, 20000), `{"openid":null,"ticket":null,"media_id":null}`, `{"errcode":0}{"errcode":0}`, "\xff\xfe{\x00}\x00",
}

// bookCalls are all methods that call WeChat, by name.
func bookCalls() map[string]func(ctx context.Context, c *Client) error {
	discard := func(_ any, err error) error { return err }
	return map[string]func(ctx context.Context, c *Client) error{
		"AddConditionalMenu": func(x context.Context, c *Client) error {
			return discard(c.AddConditionalMenu(x, nil, MatchRule{TagID: "1"}))
		},
		"CallbackIPs":           func(x context.Context, c *Client) error { return discard(c.CallbackIPs(x)) },
		"ClearQuota":            func(x context.Context, c *Client) error { return c.ClearQuota(x) },
		"CreateMenu":            func(x context.Context, c *Client) error { return c.CreateMenu(x, nil) },
		"CreateQRCode":          func(x context.Context, c *Client) error { return discard(c.CreateQRCode(x, QRCode{Scene: "s"})) },
		"DeleteConditionalMenu": func(x context.Context, c *Client) error { return c.DeleteConditionalMenu(x, "1") },
		"DeleteMenu":            func(x context.Context, c *Client) error { return c.DeleteMenu(x) },
		"DownloadMedia": func(x context.Context, c *Client) error {
			file, err := c.DownloadMedia(x, "m", 1<<20)
			if err != nil {
				return err
			}
			defer file.Body.Close()
			_, err = io.Copy(io.Discard, file.Body)
			return err
		},
		"ExchangeCode": func(x context.Context, c *Client) error { return discard(c.ExchangeCode(x, "code")) },
		"Followers":    func(x context.Context, c *Client) error { return discard(c.Followers(x, "")) },
		"JSTicket":     func(x context.Context, c *Client) error { return discard(c.JSTicket(x)) },
		"Menu":         func(x context.Context, c *Client) error { return discard(c.Menu(x)) },
		"OAuthUserInfo": func(x context.Context, c *Client) error {
			return discard(c.OAuthUserInfo(x, OAuthToken{OpenID: testOpenID}, "en"))
		},
		"Quota":             func(x context.Context, c *Client) error { return discard(c.Quota(x, "/a")) },
		"RefreshOAuthToken": func(x context.Context, c *Client) error { return discard(c.RefreshOAuthToken(x, "r")) },
		"SendMessage": func(x context.Context, c *Client) error {
			return c.SendMessage(x, CustomMessage{ToUser: testOpenID, Body: CustomText{Content: "a"}})
		},
		"SendSubscription": func(x context.Context, c *Client) error {
			return c.SendSubscription(x, SubscriptionMessage{ToUser: testOpenID})
		},
		"SendTemplate": func(x context.Context, c *Client) error {
			return discard(c.SendTemplate(x, TemplateMessage{ToUser: testOpenID}))
		},
		"SendText":    func(x context.Context, c *Client) error { return c.SendText(x, testOpenID, "a") },
		"SendTyping":  func(x context.Context, c *Client) error { return c.SendTyping(x, testOpenID, true) },
		"StableToken": func(x context.Context, c *Client) error { return discard(c.StableToken(x, false)) },
		"TryToken":    func(x context.Context, c *Client) error { return c.TryToken(x, Token{Value: "t"}) },
		"UploadMedia": func(x context.Context, c *Client) error {
			return discard(c.UploadMedia(x, MediaImage, "a.png", "image/png", strings.NewReader("a")))
		},
		"UserInfo": func(x context.Context, c *Client) error { return discard(c.UserInfo(x, testOpenID, "en")) },
	}
}

// fixedToken is a token source that calls nobody.
type fixedToken struct{}

func (fixedToken) Token(context.Context) (Token, error)          { return Token{Value: "token"}, nil }
func (fixedToken) Refused(context.Context, Token) (Token, error) { return Token{Value: "token"}, nil }

// TestBookHasEveryMethod holds the table against the client: what takes a context calls WeChat.
func TestBookHasEveryMethod(t *testing.T) {
	t.Parallel()
	var existing, listed []string
	of := reflect.TypeFor[*Client]()
	for i := range of.NumMethod() {
		if m := of.Method(i); m.Type.NumIn() > 1 && m.Type.In(1) == reflect.TypeFor[context.Context]() {
			existing = append(existing, m.Name)
		}
	}
	for name := range bookCalls() {
		listed = append(listed, name)
	}
	slices.Sort(listed)
	require.Equal(t, existing, listed)
}

// TestBook feeds every method every strange answer: one class, never success.
func TestBook(t *testing.T) {
	t.Parallel()
	types := []string{"application/json", "text/plain", "text/html", "image/jpeg", ""}
	calls := 0
	for name, call := range bookCalls() {
		var status int
		var body, contentType, coding string
		c := testClient(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header()["Content-Type"] = []string{contentType}
			if coding != "" {
				w.Header().Set("Content-Encoding", coding)
			}
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
		})
		for i, strange := range strangeBodies {
			for j, code := range []int{200, 200, 200, 201, 302, 400, 403, 404, 413, 429, 500, 502, 504} {
				status, body, contentType, coding = code, strange, types[(i+j)%len(types)], []string{"", "br"}[(i+j)/4%2]
				err := call(t.Context(), c)
				calls++
				where := fmt.Sprintf("%s: %d %q %q %.60q", name, status, contentType, coding, body)
				page := contentType == "text/html" || strings.Contains(strings.ToLower(body), "<html") ||
					strings.HasPrefix(body, "{") && (contentType != "image/jpeg" || strings.Contains(body, "errcode"))
				if name == "DownloadMedia" && code == 200 && coding == "" && !page {
					require.NoError(t, err, where) // bytes are a file
					continue
				}
				require.Error(t, err, where)
				require.True(t, errors.Is(err, ErrNotSent) != errors.Is(err, ErrOutcomeUnknown), "%s: %v", where, err)
				require.NotContains(t, err.Error(), testOpenID)
			}
		}
	}
	t.Logf("%d calls", calls)
}

// TestDownloadIsNoPage: neither a page nor an error is a file, whatever it is labelled.
func TestDownloadIsNoPage(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ contentType, body string }{
		{"image/jpeg", `{"errcode":40007,"errmsg":"invalid media_id"}`}, {"video/mp4", " \n" + `{"errcode":40007}`},
	} {
		c := testClient(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", tt.contentType)
			_, _ = io.WriteString(w, tt.body)
		})
		_, err := c.DownloadMedia(t.Context(), "m", 100)
		require.ErrorIs(t, err, ErrInvalidMediaID)
	}
}

// TestLooseJSON: forms of WeChat's that its pages do not show.
func TestLooseJSON(t *testing.T) {
	t.Parallel()
	var body string
	c := testClient(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, body) })
	body = `{"subscribe":1,"openid":"` + testOpenID + `","remark":"a\b\c\x","qr_scene_str":7,"tagid_list":"","subscribe_time":1750000000.0}`
	user, err := c.UserInfo(t.Context(), testOpenID, "en")
	require.NoError(t, err)
	require.Equal(t, "7", user.QRSceneText)
	require.Equal(t, "a\b\\c\\x", user.Remark)
	for _, tags := range []string{"{}", "null", `""`, "[]"} {
		body = `{"openid":"` + testOpenID + `","tagid_list":` + tags + `}`
		_, err = c.UserInfo(t.Context(), testOpenID, "en")
		require.NoError(t, err, tags)
	}
	for _, data := range []string{`""`, "[]", "{}", `{"openid":""}`, `{"openid":[]}`, `{"openid":[""]}`} {
		body = `{"total":0,"count":0,"data":` + data + `,"next_openid":""}`
		page, err := c.Followers(t.Context(), "")
		require.NoError(t, err, data)
		require.Empty(t, page.OpenIDs, data)
	}
	body = `{"access_token":"t","expires_in":7200.0}`
	_, err = c.StableToken(t.Context(), false)
	require.NoError(t, err)
	body = `{"openid":"` + testOpenID + `","privilege":""}`
	_, err = c.OAuthUserInfo(t.Context(), OAuthToken{OpenID: testOpenID}, "en")
	require.NoError(t, err)
}

// TestAnotherUserIsNotTaken: an answer about somebody else is none.
func TestAnotherUserIsNotTaken(t *testing.T) {
	t.Parallel()
	c := testClient(t, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"subscribe":1,"openid":"oSOMEBODYELSE"}`)
	})
	_, err := c.UserInfo(t.Context(), testOpenID, "en")
	require.ErrorIs(t, err, ErrOutcomeUnknown)
	_, err = c.OAuthUserInfo(t.Context(), OAuthToken{OpenID: testOpenID}, "en")
	require.ErrorIs(t, err, ErrOutcomeUnknown)
}

// testClient is a client whose every call one handler answers.
func testClient(t *testing.T, answer http.HandlerFunc) *Client {
	t.Helper()
	server := httptest.NewServer(answer)
	t.Cleanup(server.Close)
	c, err := New(Options{AppID: "wx0000000000000001", AppSecret: "secret-of-the-app", APIURL: server.URL, Tokens: fixedToken{}})
	require.NoError(t, err)
	return c
}
