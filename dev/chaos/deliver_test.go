package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// doors is an api process that gives scripted answers and remembers its requests.
type doors struct {
	mu      sync.Mutex
	answers []answer // the next ones; the last one is repeated
	bodies  []string
}

func (d *doors) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	d.mu.Lock()
	defer d.mu.Unlock()
	body := make([]byte, 100)
	n, _ := r.Body.Read(body)
	d.bodies = append(d.bodies, string(body[:n]))
	now := d.answers[0]
	if len(d.answers) > 1 {
		d.answers = d.answers[1:]
	}
	w.WriteHeader(now.status)
	_, _ = w.Write([]byte(now.body))
}

func (d *doors) open(t *testing.T) string {
	t.Helper()
	server := httptest.NewServer(d)
	t.Cleanup(server.Close)
	return strings.TrimPrefix(server.URL, "http://")
}

// closed returns an address where nobody listens.
func closed(t *testing.T) string {
	t.Helper()
	server := httptest.NewServer(http.NotFoundHandler())
	server.Close()
	return strings.TrimPrefix(server.URL, "http://")
}

func TestWeChatPostsThreeTimesAndGivesUp(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name     string
		answers  []answer
		asked    int
		acked    bool
		refusals []int
	}{
		{"taken at once", []answer{{200, "success"}}, 1, true, nil},
		{"taken with a reply", []answer{{200, "<xml><Encrypt/></xml>"}}, 1, true, nil},
		{"taken when posted again", []answer{{503, ""}, {200, "success"}}, 2, true, []int{503}},
		{"never taken", []answer{{503, ""}}, 3, false, []int{503, 503, 503}},
		{"answered with something else", []answer{{200, "{}"}}, 3, false, []int{200, 200, 200}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			d := &doors{answers: test.answers}
			traffic := &traffic{options: options{timeout: time.Minute}, balancer: newBalancer(d.open(t))}
			m := &message{ID: "1"}
			traffic.deliver(t.Context(), m, request{path: "/wechat", body: []byte("sealed")})
			require.Len(t, d.bodies, test.asked)
			for _, body := range d.bodies {
				require.Equal(t, "sealed", body, "the same at each delivery")
			}
			require.Equal(t, test.acked, !m.Acked.IsZero())
			require.Equal(t, test.acked, !m.GaveUp)
			require.Equal(t, test.refusals, m.Refusals)
		})
	}
}

func TestWeChatWaitsNoLonger(t *testing.T) {
	t.Parallel()
	hangs := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-hangs }))
	t.Cleanup(func() {
		close(hangs)
		server.Close()
	})
	traffic := &traffic{
		options: options{timeout: 10 * time.Millisecond}, balancer: newBalancer(strings.TrimPrefix(server.URL, "http://")),
	}
	m := &message{ID: "1"}
	traffic.deliver(t.Context(), m, request{path: "/wechat"})
	require.True(t, m.GaveUp)
	require.Equal(t, []int{0, 0, 0}, m.Refusals)
}

func TestC4CPostsOnce(t *testing.T) {
	t.Parallel()
	d := &doors{answers: []answer{{503, ""}, {200, "ok"}}}
	traffic := &traffic{balancer: newBalancer(d.open(t))}
	p := &reply{}
	traffic.deliverReply(t.Context(), p, request{path: "/c4c/wechat"})
	require.Len(t, d.bodies, 1)
	require.True(t, p.Acked.IsZero())
	traffic.deliverReply(t.Context(), p, request{path: "/c4c/wechat"})
	require.False(t, p.Acked.IsZero())
}

func TestBalancerGoesAroundWhoeverIsAway(t *testing.T) {
	t.Parallel()
	d := &doors{answers: []answer{{200, "success"}}}
	away := closed(t)
	b := newBalancer(away, d.open(t))
	for range 4 {
		got, err := b.post(t.Context(), "/wechat", nil, nil)
		require.NoError(t, err)
		require.Equal(t, 200, got.status)
	}
	require.Len(t, d.bodies, 4)
	require.Equal(t, away, b.inTurn()[1], "who has failed is asked last")

	alone := newBalancer(away)
	_, err := alone.post(t.Context(), "/wechat", nil, nil)
	require.Error(t, err)
	require.Equal(t, []string{away}, alone.inTurn(), "who is alone is asked nevertheless")
}
