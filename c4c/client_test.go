package c4c

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/stretchr/testify/require"
)

// serve makes a client for any handler.
func serve(t *testing.T, handler http.Handler, options ...func(*Options)) *Client {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	o := Options{BaseURL: server.URL, User: testUser, Password: testPassword, ChannelID: testChannel,
		ChannelCode: testCode}
	for _, option := range options {
		option(&o)
	}
	c, err := New(o)
	require.NoError(t, err)
	return c
}

func TestOptions(t *testing.T) {
	t.Parallel()
	good := Options{BaseURL: "https://my000000.crm.ondemand.com", User: "u", Password: testPassword, ChannelID: "WECHAT",
		ChannelCode: "008"}
	for _, test := range []struct {
		name   string
		change func(*Options)
		field  string
	}{
		{"good", func(*Options) {}, ""},
		{"odata", func(o *Options) { o.Social = SocialOData }, ""},
		{"no address", func(o *Options) { o.BaseURL = "" }, "BaseURL"},
		{"no scheme", func(o *Options) { o.BaseURL = "my000000.crm.ondemand.com" }, "BaseURL"},
		{"other scheme", func(o *Options) { o.BaseURL = "ftp://my000000.crm.ondemand.com" }, "BaseURL"},
		{"not an address", func(o *Options) { o.BaseURL = "https://%zz" + testPassword }, "BaseURL"},
		{"user in the address", func(o *Options) { o.BaseURL = "https://u:p@my000000.crm.ondemand.com" }, "BaseURL"},
		{"query in the address", func(o *Options) { o.BaseURL += "?a=b" }, "BaseURL"},
		{"no user", func(o *Options) { o.User = "" }, "User"},
		{"no password", func(o *Options) { o.Password = "" }, "Password"},
		{"no channel", func(o *Options) { o.ChannelID = "" }, "ChannelID"},
		{"long channel", func(o *Options) { o.ChannelID = "123456789012345678901234567890123456" }, "ChannelID"},
		{"no code", func(o *Options) { o.ChannelCode = "" }, "ChannelCode"},
		{"long code", func(o *Options) { o.ChannelCode = "1234" }, "ChannelCode"},
		{"other social", func(o *Options) { o.Social = "rest" }, "Social"},
		{"negative parallel", func(o *Options) { o.MaxParallel = -1 }, "MaxParallel"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			o := good
			test.change(&o)
			c, err := New(o)
			if test.field == "" {
				require.NoError(t, err)
				require.NotNil(t, c.Social())
				return
			}
			var refused *ArgumentError
			require.ErrorAs(t, err, &refused)
			require.Equal(t, test.field, refused.Field)
			require.NotContains(t, err.Error(), testPassword)
		})
	}
}

func TestDefaults(t *testing.T) {
	t.Parallel()
	c, err := New(Options{BaseURL: "https://my000000.crm.ondemand.com", User: "u", Password: "p", ChannelID: "WECHAT",
		ChannelCode: "008"})
	require.NoError(t, err)
	require.Equal(t, time.Minute, c.odata.http.client.Timeout)
	g, ok := c.odata.http.client.Transport.(*gate)
	require.True(t, ok)
	require.Equal(t, 8, cap(g.slots.(channel)))
	own, ok := g.next.(*http.Transport)
	require.True(t, ok)
	require.NotSame(t, http.DefaultTransport, own)
	require.Equal(t, 8, own.MaxIdleConnsPerHost, "connections are kept for as many calls as there can be")
	soap, ok := c.social.(*soapSocial)
	require.True(t, ok)
	require.Same(t, c.odata.http, soap.soap.http, "both interfaces share the cap")
}

func TestTimeout(t *testing.T) {
	t.Parallel()
	c, _ := setup(t, SocialSOAP)
	require.Equal(t, defaultTimeout, c.Timeout(), "a client without a limit of its own")
	c, _ = setup(t, SocialSOAP, func(o *Options) { o.HTTPClient = &http.Client{Timeout: time.Second} })
	require.Equal(t, time.Second, c.Timeout())
	c, _ = setup(t, SocialSOAP, func(o *Options) { o.HTTPClient = nil })
	require.Equal(t, defaultTimeout, c.Timeout())
}

func TestSocialIsChosen(t *testing.T) {
	t.Parallel()
	for social, want := range map[string]Social{"": &soapSocial{}, SocialSOAP: &soapSocial{},
		SocialOData: &odataSocial{}} {
		c, _ := setup(t, social)
		require.IsType(t, want, c.Social())
	}
}

// TestMaxParallel: SOAP and OData share the cap, and a call ends with the reading of its answer.
func TestMaxParallel(t *testing.T) {
	t.Parallel()
	const limit = 3
	var now, most, started atomic.Int32
	full := make(chan struct{})
	release := make(chan struct{})
	c := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		n := now.Add(1)
		defer now.Add(-1)
		for old := most.Load(); n > old && !most.CompareAndSwap(old, n); old = most.Load() {
		}
		if started.Add(1) == limit {
			close(full)
		}
		<-release
		w.WriteHeader(http.StatusServiceUnavailable)
	}), func(o *Options) { o.MaxParallel = limit })

	var calls sync.WaitGroup
	for i := range 12 {
		calls.Go(func() {
			var err error
			if i%2 == 0 {
				_, err = c.Social().FindProfile(t.Context(), testOpenID)
			} else {
				err = c.Ping(t.Context())
			}
			require.ErrorIs(t, err, ErrUnavailable)
		})
	}
	<-full
	ctx, cancel := context.WithCancel(t.Context())
	waiting := make(chan error, 1)
	go func() { waiting <- c.Ping(ctx) }()
	cancel()
	err := <-waiting
	requireClass(t, err, ErrNotSent)
	close(release)
	calls.Wait()
	require.EqualValues(t, limit, most.Load())
	require.EqualValues(t, 12, started.Load())
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	t.Parallel()
	var leaked atomic.Int32
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { leaked.Add(1) }))
	t.Cleanup(other.Close)
	c := serve(t, http.RedirectHandler(other.URL, http.StatusTemporaryRedirect))
	requireClass(t, c.Ping(t.Context()), ErrUnavailable)
	_, err := c.Social().FindProfile(t.Context(), testOpenID)
	requireClass(t, err, ErrUnavailable)
	require.Zero(t, leaked.Load())
}

func TestClientGivenIsLeftAlone(t *testing.T) {
	t.Parallel()
	given := &http.Client{}
	c := serve(t, http.NotFoundHandler(), func(o *Options) { o.HTTPClient = given })
	require.Error(t, c.Ping(t.Context()))
	require.Nil(t, given.Transport)
	require.Nil(t, given.CheckRedirect)
}

func TestText(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, in string
		max      int
		want     string
	}{
		{"plain", "Li Lei", 40, "Li Lei"},
		{"cut by characters", "李雷李雷", 3, "李雷李"},
		{"no blank at the cut", "Li Lei", 3, "Li"},
		{"blanks collapse", " Li \t\r\n Lei ", 40, "Li Lei"},
		{"emoji whole", "😀😀😀", 4, "😀😀"},
		{"emoji counts two", "😀😀😀", 3, "😀"},
		{"rare surname", "𠮷𠮷", 3, "𠮷"},
		{"family whole", "ab👨‍👩‍👧", 9, "ab"},
		{"accent whole", "abe\u0301", 3, "ab"},
		{"flag whole", "a🇨🇳", 4, "a"},
		{"one character longer than the field", "👨‍👩‍👧", 5, "👨‍👩"},
		{"no half a pair", "😀", 1, ""},
		{"illegal characters", "a\x00\x08\x0b\x1f\ufffe\uffffb", 40, "ab"},
		{"broken utf-8", "a\xff\xc3b", 40, "ab"},
		{"replacement character stays", "a\ufffdb", 40, "a\ufffdb"},
		{"empty", "", 40, ""},
		{"nothing left", "abc", 0, ""},
	} {
		require.Equal(t, test.want, field(test.in, test.max), test.name)
	}
	for name, most := range map[string]string{
		"40 emoji": strings.Repeat("😀", 40), "39 letters and two emoji": strings.Repeat("a", 39) + "😀😀",
		"surnames": strings.Repeat("𠮷", 40),
	} {
		short := field(most, maxName)
		require.LessOrEqual(t, len(utf16.Encode([]rune(short))), maxName, name)
		require.True(t, strings.HasPrefix(most, short) && short != "", name)
	}
	requireClass(t, identifier("x", "id", strings.Repeat("😀", 6), maxNumber), ErrRejected)
	require.Equal(t, "00163E00-0000-1ED7-8000-000000000009", canonicalUUID("00163e0000001ed78000000000000009"))
	require.Equal(t, "00163E0000001ED78000000000000009", objectID("00163e00-0000-1ed7-8000-000000000009"))
	require.Equal(t, "ODD", canonicalUUID(" odd "))
	for in, want := range map[string]string{"0001000123": "1000123", "0000": "0000", "": "", " 12 ": "12", "A01": "A01"} {
		require.Equal(t, want, number(in))
	}
	require.Negative(t, older("999", "1000"))
	require.Positive(t, older("0002", "1"))
	require.Zero(t, older("01", "1"))
}
