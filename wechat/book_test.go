package wechat

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
)

// strangeBodies are answers of intermediaries, or of WeChat on a bad day.
var strangeBodies = []string{
	"", " ", "null", "true", "1", `"ok"`, "[]", "{}", `{"errmsg":"ok"}`, `{"errcode":"x"}`, `{"errcode":{}}`,
	`{"error":{"code":1}}`, "OK", "{", `{"errcode":0`,
	"<html>Logon</html>", "<!DOCTYPE html><html>维护</html>", "\xef\xbb\xbf<HTML>", "<?xml version=\"1.0\"?><xml/>",
	`{"fault":{"faultstring":"Quota violation"}}`, `{"code":0,"message":"ok"}`, `{"ret":0}`, `{"errcode":null}`,
	`{"errcode":true}`, `{"errcode":false}`, `{"errcode":""}`, `{"Errcode":0.5}`, `cb({"errcode":0})`,
	"while(1);{\"errcode\":0}", "error code: 1020", "<frameset></frameset>", "<script>location='/portal'</script>",
	`{"data":{"errcode":0}}`, `"{\"errcode\":0}"`,
	strings.Repeat(`{"a":`, 20000), `{"openid":null,"ticket":null,"media_id":null}`, `{"errcode":0}{"errcode":0}`,
	"\xff\xfe{\x00}\x00",
}

// bookCalls are all methods that call WeChat, by name.
func bookCalls() map[string]func(ctx context.Context, c *Client) error {
	discard := func(_ any, err error) error { return err }
	return map[string]func(ctx context.Context, c *Client) error{
		"AddConditionalMenu": func(x context.Context, c *Client) error {
			return discard(c.AddConditionalMenu(x, nil, MatchRule{TagID: "1"}))
		},
		"CallbackIPs": func(x context.Context, c *Client) error { return discard(c.CallbackIPs(x)) },
		"ClearQuota":  func(x context.Context, c *Client) error { return c.ClearQuota(x) },
		"CreateMenu":  func(x context.Context, c *Client) error { return c.CreateMenu(x, nil) },
		"CreateQRCode": func(x context.Context, c *Client) error {
			return discard(c.CreateQRCode(x, QRCode{Scene: "s"}))
		},
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

// TestBookIsCounted: the documents state how many answers and methods there are.
func TestBookIsCounted(t *testing.T) {
	t.Parallel()
	document, err := os.ReadFile("../docs/architecture.md")
	require.NoError(t, err)
	says := fmt.Sprintf("%d to each of %d of package `wechat`", len(book()), len(bookCalls()))
	require.True(t, strings.Contains(strings.Join(strings.Fields(string(document)), " "), says), says)
}

// fixedToken is a token source that makes no calls.
type fixedToken struct{}

func (fixedToken) Token(context.Context) (Token, error)          { return Token{Value: "token"}, nil }
func (fixedToken) Refused(context.Context, Token) (Token, error) { return Token{Value: "token"}, nil }

// TestBookHasEveryMethod compares the table with the client: every method with a context calls WeChat.
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

// strange is one answer of the book.
type strange struct {
	status                    int
	body, contentType, coding string
	truncated                 bool
}

func (s strange) String() string {
	return fmt.Sprintf("%d %q %q truncated %t %.60q", s.status, s.contentType, s.coding, s.truncated, s.body)
}

// book is every status with every body, each with a random choice of content type, compression and truncation. It is
// the same each time.
func book() []strange {
	draw := rand.New(rand.NewPCG(13, 13)) //nolint:gosec // repeatable on purpose
	types := []string{"application/json", "application/json; encoding=utf-8", "text/plain", "text/html; charset=gbk",
		"image/jpeg", "video/mp4", "", ";;"}
	var all []strange
	for _, status := range []int{200, 200, 200, 201, 202, 204, 206, 301, 302, 307, 400, 401, 403, 404, 407, 408, 412, 413,
		429, 500, 502, 503, 504, 599} {
		for _, body := range strangeBodies {
			all = append(all, strange{
				status: status, body: body, contentType: types[draw.IntN(len(types))],
				coding: []string{"", "", "", "gzip", "broken gzip", "br"}[draw.IntN(6)], truncated: draw.IntN(4) == 0,
			})
		}
	}
	return all
}

func (s strange) write(w http.ResponseWriter) {
	body := []byte(s.body)
	if strings.HasSuffix(s.coding, "gzip") {
		var packed bytes.Buffer
		z := gzip.NewWriter(&packed)
		_, _ = z.Write(body)
		_ = z.Close()
		body = packed.Bytes()
		if s.coding != "gzip" {
			body = body[:len(body)/2]
		}
	}
	if s.coding != "" {
		w.Header().Set("Content-Encoding", strings.TrimPrefix(s.coding, "broken "))
	}
	w.Header()["Content-Type"] = nil
	if s.contentType != "" {
		w.Header().Set("Content-Type", s.contentType)
	}
	if s.truncated && s.status != http.StatusNoContent {
		w.Header().Set("Content-Length", strconv.Itoa(len(body)+1))
	}
	w.WriteHeader(s.status)
	_, _ = w.Write(body)
}

// isFile reports whether a download may accept the answer as a file.
func (s strange) isFile() bool {
	body := strings.ToLower(strings.TrimLeft(strings.TrimPrefix(s.body, "\xef\xbb\xbf"), " "))
	page := strings.HasPrefix(s.contentType, "text/html") || strings.HasPrefix(body, "<html") ||
		strings.HasPrefix(body, "<!doctype")
	media := strings.HasPrefix(s.contentType, "image/") || strings.HasPrefix(s.contentType, "video/")
	object := strings.HasPrefix(body, "{") && (!media || strings.Contains(body, "errcode"))
	return s.status == http.StatusOK && !s.truncated && s.body != "" && (s.coding == "" || s.coding == "gzip") && !page &&
		!object
}

// TestBook feeds every method every strange answer: the result is one error class, never success. Each method gets a
// part of the answers, chosen by the length of its name; WECHAT_C4C_BOOK=all gives every method all of them.
func TestBook(t *testing.T) {
	t.Parallel()
	const parts = 4
	answers, calls := book(), atomic.Int64{}
	t.Cleanup(func() { t.Logf("%d answers, %d methods, %d calls", len(answers), len(bookCalls()), calls.Load()) })
	for name, call := range bookCalls() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var now strange
			c := testClient(t, func(w http.ResponseWriter, _ *http.Request) { now.write(w) })
			for i, s := range answers {
				if (i+len(name))%parts != 0 && os.Getenv("WECHAT_C4C_BOOK") != "all" {
					continue
				}
				now = s
				err := call(t.Context(), c)
				calls.Add(1)
				if name == "DownloadMedia" && s.isFile() {
					require.NoError(t, err, s) // bytes are a file
					continue
				}
				require.Error(t, err, s)
				require.True(t, errors.Is(err, ErrNotSent) != errors.Is(err, ErrOutcomeUnknown), "%s: %v", s, err)
				require.Equal(t, s.status == http.StatusRequestEntityTooLarge, errors.Is(err, ErrRequestTooLarge), s)
				require.NotContains(t, err.Error(), testOpenID)
				require.NotContains(t, err.Error(), "secret-of-the-app")
			}
		})
	}
}

// TestBookOfErrcodes: every errcode comes back as that code, from every method and under every content type.
func TestBookOfErrcodes(t *testing.T) {
	t.Parallel()
	types := []string{"application/json", "text/plain", "text/html", "image/jpeg", ""}
	for name, call := range bookCalls() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var body, contentType string
			c := testClient(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header()["Content-Type"] = []string{contentType}
				_, _ = io.WriteString(w, body)
			})
			for i, code := range []int{-1, -1000, 4, 40001, 40003, 40007, 43004, 45009, 45011, 45015, 45047, 48001, 61007, 87014,
				99999} {
				for j, form := range []string{
					`{"errcode":%d,"errmsg":"no, %s"}`, `{"errcode":"%d","errmsg":"no, %s"}`,
					" \n" + `{"errmsg":"a\x, %[2]s","errcode":%[1]d.0}`,
					`{"errcode":%d,"errmsg":7,"openid":"%s","msgid":1,"media_id":"m","ticket":"t","access_token":"t","expires_in":7200,"ip_list":[]}`,
				} {
					body, contentType = fmt.Sprintf(form, code, testOpenID), types[(i+j)%len(types)]
					err := call(t.Context(), c)
					require.ErrorIs(t, err, Errcode(code), body)
					require.NotErrorIs(t, err, ErrOutcomeUnknown, body)
					require.NotContains(t, err.Error(), testOpenID)
				}
			}
		})
	}
}

// TestOneDoor: all code calls WeChat through the same function.
func TestOneDoor(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	var doors []string
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		source, err := os.ReadFile(name)
		require.NoError(t, err)
		for range regexp.MustCompile(`\.(Do|Get|Post|PostForm|Head|RoundTrip)\((traced\(|req\b|ctx, req|address)`).FindAll(
			source, -1) {
			doors = append(doors, name)
		}
	}
	require.Equal(t, []string{"transport.go"}, doors)
}

// TestDownloadIsNoPage: neither a page nor an error is a file, whatever its content type.
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

// TestLooseJSON: forms of WeChat's answers that its documentation does not show.
func TestLooseJSON(t *testing.T) {
	t.Parallel()
	var body string
	c := testClient(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, body) })
	body = `{"subscribe":1,"openid":"` + testOpenID +
		`","remark":"a\b\c\x","qr_scene_str":7,"tagid_list":"","subscribe_time":1750000000.0}`
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

// TestAnotherUserIsNotTaken: an answer about someone else is not accepted.
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

// testClient is a client whose calls are all answered by one handler.
func testClient(t *testing.T, answer http.HandlerFunc) *Client {
	t.Helper()
	server := httptest.NewServer(answer)
	t.Cleanup(server.Close)
	c, err := New(Options{AppID: "wx0000000000000001", AppSecret: "secret-of-the-app", APIURL: server.URL,
		Tokens: fixedToken{}})
	require.NoError(t, err)
	return c
}
