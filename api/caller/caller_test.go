package caller_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/labstack/echo/v4"
	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/api/caller"
)

func TestOf(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, connection, forwarded, want string }{
		{"IPv4", "203.0.113.7:1", "", "203.0.113.7"},
		{"IPv4 written as IPv6", "[::ffff:203.0.113.7]:1", "", "203.0.113.7"},
		{"IPv6", "[2001:db8::1]:1", "", "2001:db8::/64"},
		{"the same subscriber", "[2001:db8::ffff:1:2:3]:1", "", "2001:db8::/64"},
		{"another subscriber", "[2001:db8:0:1::1]:1", "", "2001:db8:0:1::/64"},
		{"with a zone", "[fe80::1%eth0]:1", "", "fe80::/64"},
		{"nothing readable", "@", "", "invalid IP"},
		{"a header that nobody has to be believed for", "203.0.113.7:1", "198.51.100.9", "203.0.113.7"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			req := httptest.NewRequest(http.MethodGet, "/", nil)
			req.RemoteAddr = tt.connection
			req.Header.Set("X-Forwarded-For", tt.forwarded)
			req.Header.Set("X-Real-Ip", tt.forwarded)
			require.Equal(t, tt.want, caller.Of(echo.New().NewContext(req, httptest.NewRecorder())))
		})
	}
	t.Run("as the router's extractor says", func(t *testing.T) {
		t.Parallel()
		e := echo.New()
		e.IPExtractor = func(req *http.Request) string { return req.Header.Get("X-Caller") }
		req := httptest.NewRequest(http.MethodGet, "/", nil)
		req.Header.Set("X-Caller", "2001:db8::5")
		require.Equal(t, "2001:db8::/64", caller.Of(e.NewContext(req, httptest.NewRecorder())))
	})
}
