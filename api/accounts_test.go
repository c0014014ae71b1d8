package api_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"

	"github.com/wechat-c4c/wechat-c4c/api"
	"github.com/wechat-c4c/wechat-c4c/catalogue"
	"github.com/wechat-c4c/wechat-c4c/conversation"
	"github.com/wechat-c4c/wechat-c4c/wechat"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

const (
	mallAccount  = "mall"
	mallAppID    = "wx00000000000000bb"
	mallOriginal = "gh_00000000bbbb"
	mallPassword = "password-of-the-mall"
)

// mall returns the options of a second account: other ids, the same token and key, another password.
func mall(t testing.TB, f *fixture) api.Options {
	t.Helper()
	codec, err := wechat.NewCodec(wechat.CodecOptions{
		AppID: mallAppID, OriginalID: mallOriginal, Token: testToken, EncodingAESKey: testAESKey, Mode: wechat.ModeSecure,
	})
	require.NoError(t, err)
	o := options(t, wechat.ModeSecure)
	o.Account, o.WeChat, o.Language, o.Temporal = mallAccount, codec, catalogue.Chinese, f.temporal
	o.C4C = api.Credentials{User: "mall", Password: mallPassword}
	return o
}

// setupAccounts serves the accounts shop and mall.
func setupAccounts(t testing.TB, changes ...func(shop, mall *api.Options)) *fixture {
	t.Helper()
	f := &fixture{temporal: &fakeTemporal{}, log: &logBuffer{}, reader: sdkmetric.NewManualReader()}
	first, second := options(t, wechat.ModeSecure), mall(t, f)
	first.Temporal = f.temporal
	first.Meter = sdkmetric.NewMeterProvider(sdkmetric.WithReader(f.reader)).Meter("test")
	second.Meter = first.Meter
	for _, change := range changes {
		change(&first, &second)
	}
	handler, err := api.NewPublic(first, second)
	require.NoError(t, err)
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	f.url, f.handler = server.URL, handler
	return f
}

// pushTo is a push for an account, sent to a path.
func (f *fixture) pushTo(t *testing.T, path, appID, originalID string) *http.Request {
	t.Helper()
	message := strings.ReplaceAll(wechatXML("text", "<Content>my brakes squeal</Content><MsgId>1</MsgId>"), testOriginalID,
		originalID)
	sealed := encrypt(t, message, appID)
	req := f.wechatRequest(t, message)
	query := req.URL.Query()
	query.Set("msg_signature", sign(testToken, "1700000001", "n1", sealed))
	req.URL.Path, req.URL.RawQuery = path, query.Encode()
	setBody(req, "<xml><ToUserName>"+originalID+"</ToUserName><Encrypt>"+sealed+"</Encrypt></xml>")
	return req
}

func TestPushesReachTheAccountOfTheirAddress(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, path, appID, originalID string
		account                       string // empty: refused
	}{
		{"first without a name", "/wechat", testAppID, testOriginalID, testAccount},
		{"first by name", "/wechat/shop", testAppID, testOriginalID, testAccount},
		{"second by name", "/wechat/mall", mallAppID, mallOriginal, mallAccount},
		{"second without a name", "/wechat", mallAppID, mallOriginal, ""},
		{"second at the first", "/wechat/shop", mallAppID, mallOriginal, ""},
		{"first at the second", "/wechat/mall", testAppID, testOriginalID, ""},
		{"nobody's", "/wechat/kiosk", testAppID, testOriginalID, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := setupAccounts(t)
			res, _ := f.do(t, f.pushTo(t, tt.path, tt.appID, tt.originalID))
			if tt.account == "" {
				require.NotEqual(t, http.StatusOK, res.StatusCode)
				require.Empty(t, f.temporal.signals)
				return
			}
			require.Equal(t, http.StatusOK, res.StatusCode)
			key := workflows.FollowerKey([]byte(testSecret), tt.account, testOpenID)
			require.Equal(t, workflows.ConversationID(tt.account, key), f.temporal.signals[0].id)
			require.Equal(t, workflows.ConversationInput{Account: tt.account, OpenID: testOpenID, FollowerKey: key},
				f.temporal.signals[0].args[0])
		})
	}
}

func TestSameFollowerAndMessageInTwoAccountsNeverMeet(t *testing.T) {
	t.Parallel()
	f := setupAccounts(t)
	f.do(t, f.pushTo(t, "/wechat/shop", testAppID, testOriginalID))
	f.do(t, f.pushTo(t, "/wechat/mall", mallAppID, mallOriginal))
	require.Len(t, f.temporal.signals, 2)
	one, other := f.temporal.signals[0], f.temporal.signals[1]
	require.Equal(t, one.arg.(conversation.Inbound).Key, other.arg.(conversation.Inbound).Key)
	require.NotEqual(t, one.id, other.id)
	require.NotEqual(t, one.args[0].(workflows.ConversationInput).FollowerKey,
		other.args[0].(workflows.ConversationInput).FollowerKey)
}

func TestRepliesReachTheAccountTheyAnswer(t *testing.T) {
	t.Parallel()
	ofShop, ofMall := conversation.MessageID(testAccount, testOpenID, "9"), conversation.MessageID(mallAccount, testOpenID,
		"9")
	for _, tt := range []struct {
		name, path, user, password, originalID string
		conversation, route                    string // the account; both empty: refused
	}{
		{"first", "/c4c/wechat", testUser, testPassword, ofShop, testAccount, ""},
		{"second by message id", "/c4c/wechat", "mall", mallPassword, ofMall, mallAccount, ""},
		{"second by address", "/c4c/wechat/mall", "mall", mallPassword, ofMall, mallAccount, ""},
		{"second without message id", "/c4c/wechat/mall", "mall", mallPassword, "", "", mallAccount},
		{"second known by its password", "/c4c/wechat", "mall", mallPassword, "", "", mallAccount},
		{"first without message id", "/c4c/wechat", testUser, testPassword, "", "", testAccount},
		{"message id of another account", "/c4c/wechat", "mall", mallPassword, ofShop, "", mallAccount},
		{"password of another account", "/c4c/wechat/mall", testUser, testPassword, ofMall, "", ""},
		{"nobody's password", "/c4c/wechat", testUser, mallPassword, ofShop, "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := setupAccounts(t)
			req := f.c4cRequest(t, reply("original_id", tt.originalID))
			req.URL.Path = tt.path
			req.SetBasicAuth(tt.user, tt.password)
			res, _ := f.do(t, req)
			switch {
			case tt.conversation != "":
				require.Equal(t, http.StatusOK, res.StatusCode)
				key := workflows.FollowerKey([]byte(testSecret), tt.conversation, testOpenID)
				require.Equal(t, workflows.ConversationID(tt.conversation, key), f.temporal.signals[0].id)
			case tt.route != "":
				require.Equal(t, http.StatusOK, res.StatusCode)
				require.Equal(t, workflows.RouteID(tt.route, "59161"), f.temporal.starts[0].options.ID)
				require.Empty(t, f.temporal.signals)
			default:
				require.Equal(t, http.StatusUnauthorized, res.StatusCode)
				require.Empty(t, f.temporal.signals)
				require.Empty(t, f.temporal.starts)
			}
		})
	}
}

// Accounts whose C4C presents the same credentials are distinguished by the message id.
func TestSharedCredentials(t *testing.T) {
	t.Parallel()
	f := setupAccounts(t, func(shop, mall *api.Options) { mall.C4C = shop.C4C })
	f.do(t, f.c4cRequest(t, reply("original_id", conversation.MessageID(mallAccount, testOpenID, "9"))))
	f.do(t, f.c4cRequest(t, reply("original_id", "")))
	require.Contains(t, f.temporal.signals[0].id, "conversation/mall/")
	require.Equal(t, "route/shop/59161", f.temporal.starts[0].options.ID, "the first account, where nothing says which")
}

func TestEachPageIsOnItsOwnHost(t *testing.T) {
	t.Parallel()
	f := setupAccounts(t, func(shop, mall *api.Options) {
		withPage(shop)
		withPage(mall)
		mall.Web.URL = "https://Mall.example.com"
	})
	page := func(host, path string) (int, string) {
		req := httptest.NewRequest(http.MethodGet, path, nil)
		req.Host = host
		req.Header.Set("Accept-Language", "*")
		rec := httptest.NewRecorder()
		f.handler.ServeHTTP(rec, req)
		return rec.Code, rec.Body.String()
	}
	for _, tt := range []struct{ host, lang string }{
		{"service.example.com", "en"}, {"mall.example.com", "zh"}, {"MALL.example.com:443", "zh"},
		{"mall.example.com:8443", "en"}, {"elsewhere.example.com", "en"},
	} {
		code, body := page(tt.host, "/web/tickets")
		require.Equal(t, http.StatusUnauthorized, code, tt.host)
		require.Contains(t, body, `<html lang="`+tt.lang, tt.host)
	}
	code, _ := page("mall.example.com", "/wechat")
	require.Equal(t, http.StatusUnauthorized, code, "webhooks are there on every host")
	code, _ = page("mall.example.com", "/website")
	require.Equal(t, http.StatusNotFound, code)
}

func TestOnlyAFurtherAccountHasAPage(t *testing.T) {
	t.Parallel()
	f := setupAccounts(t, func(_, mall *api.Options) { withPage(mall) })
	for host, status := range map[string]int{"service.example.com": http.StatusUnauthorized,
		"other.example.com": http.StatusNotFound} {
		req := httptest.NewRequest(http.MethodGet, "/web/tickets", nil)
		req.Host = host
		rec := httptest.NewRecorder()
		f.handler.ServeHTTP(rec, req)
		require.Equal(t, status, rec.Code, host)
	}
}

func TestWebhooksAreCountedByAccount(t *testing.T) {
	t.Parallel()
	f := setupAccounts(t)
	f.do(t, f.pushTo(t, "/wechat/mall", mallAppID, mallOriginal))
	f.do(t, f.pushTo(t, "/wechat", testAppID, testOriginalID))
	req := f.c4cRequest(t, reply("original_id", ""))
	req.SetBasicAuth("mall", mallPassword)
	f.do(t, req)
	require.Equal(t, map[string]int64{"wechat/mall": 1, "wechat/shop": 1, "c4c/mall": 1},
		f.countBy(t, "sender", "account"))
}

func TestAccountsMustDiffer(t *testing.T) {
	t.Parallel()
	o := options(t, wechat.ModeSecure)
	_, err := api.NewPublic(o, o)
	require.ErrorContains(t, err, "account shop is configured twice")
	_, err = api.NewPublic(o, func() api.Options { o := o; o.Account, o.WeChat = mallAccount, nil; return o }())
	require.ErrorContains(t, err, "are required")
}

// A secret in an address is checked against the account in the address.
func TestSecretInTheQueryIsTheAccounts(t *testing.T) {
	t.Parallel()
	f := setupAccounts(t)
	for path, status := range map[string]int{"/c4c/wechat": http.StatusOK, "/c4c/wechat/shop": http.StatusOK,
		"/c4c/wechat/mall": http.StatusUnauthorized} {
		req := f.c4cRequest(t, reply("original_id", ""))
		req.Header.Del("Authorization")
		req.URL.Path, req.URL.RawQuery = path, url.Values{"secret": {testQuery}}.Encode()
		res, _ := f.do(t, req)
		require.Equal(t, status, res.StatusCode, path)
	}
}

func TestEventsReachTheAccountOfTheirCredentials(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ path, user, password, account string }{
		{"/c4c/events", testUser, testPassword, testAccount},
		{"/c4c/events", "mall", mallPassword, mallAccount},
		{"/c4c/events/mall", "mall", mallPassword, mallAccount},
		{"/c4c/events/mall", testUser, testPassword, ""},
	} {
		f := setupAccounts(t)
		req := f.c4cRequest(t, "")
		req.URL.Path = tt.path
		req.SetBasicAuth(tt.user, tt.password)
		setBody(req, `{"businessObject":"SERVICE_REQUEST","businessObjectId":"00163E0ABCDEF00163E0ABCDEF012345","event":"U"}`)
		res, _ := f.do(t, req)
		if tt.account == "" {
			require.Equal(t, http.StatusUnauthorized, res.StatusCode)
			require.Empty(t, f.temporal.signals)
			continue
		}
		require.Equal(t, http.StatusOK, res.StatusCode)
		require.Equal(t, workflows.TicketChangedID(tt.account, "00163E0ABCDEF00163E0ABCDEF012345"), f.temporal.signals[0].id)
	}
}
