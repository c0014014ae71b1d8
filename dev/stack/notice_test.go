package stack

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/dev/c4csim"
	"github.com/wechat-c4c/wechat-c4c/dev/wechatsim"
)

// Phone and desk show what the stack waits for, and only while it waits.
func TestPagesCarryTheNotice(t *testing.T) {
	t.Parallel()
	phone, desk := wechatsim.New(wechatsim.Options{}), c4csim.New(c4csim.Options{})
	t.Cleanup(func() { require.NoError(t, phone.Close()); require.NoError(t, desk.Close()) })
	for name, simulator := range map[string]http.Handler{"phone": phone, "desk": desk} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := &notice{}
			n.say("Temporal is being compiled: 12 s")
			server := httptest.NewServer(n.over(simulator))
			t.Cleanup(server.Close)
			get := func(path string) string {
				res, err := http.Get(server.URL + path)
				require.NoError(t, err)
				defer func() { _ = res.Body.Close() }()
				require.Equal(t, http.StatusOK, res.StatusCode, path)
				body, err := io.ReadAll(res.Body)
				require.NoError(t, err)
				return string(body)
			}
			require.Contains(t, get("/"), `<script src="/_dev/notice.js" defer></script></head>`)
			require.Contains(t, get("/_dev/notice.js"), "/_dev/notice")
			require.Equal(t, "Temporal is being compiled: 12 s", get("/_dev/notice"))
			require.Contains(t, get("/_sim/clock"), "{", "everything else is the simulator's")

			n.say("")
			require.NotContains(t, get("/"), "notice")
			require.Empty(t, get("/_dev/notice"))
		})
	}
}
