package api_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/api"
)

// fakeList is WeChat's answer when asked for its addresses.
type fakeList struct {
	listed atomic.Pointer[[]string]
	asked  atomic.Int32
}

func (l *fakeList) set(listed ...string) { l.listed.Store(&listed) }

func (l *fakeList) fetch(ctx context.Context) ([]string, error) {
	defer l.asked.Add(1)
	if _, ok := ctx.Deadline(); !ok {
		return nil, errors.New("asked without a deadline")
	}
	if listed := l.listed.Load(); listed != nil {
		return *listed, nil
	}
	return nil, errors.New("45009")
}

func TestCallbackAddresses(t *testing.T) {
	t.Parallel()
	var list fakeList
	var seconds atomic.Int64
	log := &logBuffer{}
	addresses := api.NewCallbackAddresses(api.CallbackAddressesOptions{
		Fetch: list.fetch, Logger: slog.New(slog.NewJSONHandler(log, nil)),
		Now: func() time.Time { return testNow.Add(time.Duration(seconds.Load()) * time.Second) },
	})
	f := setup(t, func(o *api.Options) { o.Callbacks, o.Proxies = addresses, api.Proxies{Private: true} })
	push := func(address string) int {
		res, _ := f.do(t, from(f.wechatRequest(t, wechatXML("text", textPush)), address))
		return res.StatusCode
	}
	run := func() {
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		asked := list.asked.Load()
		go func() { defer close(ended); addresses.Run(ctx) }()
		require.Eventually(t, func() bool { return list.asked.Load() > asked }, 5*time.Second, time.Millisecond)
		cancel()
		<-ended
	}
	run()
	run()
	require.Equal(t, http.StatusOK, push("203.0.113.7"), "a list that was never fetched refuses nothing")
	require.Equal(t, 1, strings.Count(log.String(), "could not be renewed"), "said once")

	list.set("101.226.103.0/25", "140.207.54.73", "2402:4e00::/32")
	run()
	for address, status := range map[string]int{
		"101.226.103.1": http.StatusOK, "140.207.54.73": http.StatusOK, "2402:4e00::5": http.StatusOK,
		"::ffff:101.226.103.9": http.StatusOK,
		"101.226.103.128":      http.StatusForbidden, "140.207.54.74": http.StatusForbidden,
		"2402:4e01::5": http.StatusForbidden, "nowhere": http.StatusForbidden,
	} {
		require.Equal(t, status, push(address), address)
	}

	seconds.Add(3600)
	list.listed.Store(nil)
	run()
	require.Equal(t, http.StatusOK, push("101.226.103.1"), "the last list stays in force")
	require.Equal(t, http.StatusForbidden, push("203.0.113.7"))
	require.Equal(t, 2, strings.Count(log.String(), "could not be renewed"), "said again after it had worked")

	seconds.Add(3600)
	list.set("203.0.113.0/24")
	asked := list.asked.Load()
	require.Equal(t, http.StatusOK, push("203.0.113.7"), "a signed push from a new address has the list fetched anew")
	require.Equal(t, http.StatusForbidden, push("192.0.2.1"))
	require.Equal(t, asked+1, list.asked.Load(), "at most once a minute")
}

func TestForeignAddressesAreNotRead(t *testing.T) {
	t.Parallel()
	var list fakeList
	list.set("101.226.103.0/25")
	addresses := api.NewCallbackAddresses(
		api.CallbackAddressesOptions{Ranges: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}, Fetch: list.fetch})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go addresses.Run(ctx)
	require.Eventually(t, func() bool {
		return list.asked.Load() > 0 && !addresses.Allows(netip.MustParseAddr("203.0.113.7"))
	}, 5*time.Second, time.Millisecond)
	f := setup(t, func(o *api.Options) { o.Callbacks, o.Proxies = addresses, api.Proxies{Private: true} })

	res, _ := f.do(t, from(f.forged(t), "203.0.113.7"))
	require.Equal(t, http.StatusForbidden, res.StatusCode)
	require.EqualValues(t, 1, list.asked.Load(), "who proves nothing causes no call")
	require.EqualValues(t, 1, f.count(t)["wechat/unknown/foreign_address"])
	res, _ = f.do(t, from(f.wechatRequest(t, wechatXML("text", textPush)), "192.0.2.9"))
	require.Equal(t, http.StatusOK, res.StatusCode, "ranges of one's own are always allowed")
	res, _ = f.do(t, from(f.forged(t), "192.0.2.9"))
	require.Equal(t, http.StatusUnauthorized, res.StatusCode, "an address is never enough")
	res, _ = f.do(t, from(f.c4cRequest(t, reply()), "203.0.113.7"))
	require.Equal(t, http.StatusOK, res.StatusCode, "C4C pushes from elsewhere")
}

func TestFixedCallbackAddresses(t *testing.T) {
	t.Parallel()
	addresses := api.NewCallbackAddresses(
		api.CallbackAddressesOptions{Ranges: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}})
	addresses.Run(t.Context()) // has nothing to renew
	require.True(t, addresses.Allows(netip.MustParseAddr("192.0.2.1")))
	require.False(t, addresses.Allows(netip.MustParseAddr("203.0.113.7")))
	require.False(t, addresses.Allows(netip.Addr{}))
	f := setup(t, func(o *api.Options) { o.Callbacks = addresses })
	res, _ := f.do(t, f.wechatRequest(t, wechatXML("text", textPush)))
	require.Equal(t, http.StatusForbidden, res.StatusCode)
}

func TestUselessLists(t *testing.T) {
	t.Parallel()
	for name, listed := range map[string][]string{"empty": {}, "not addresses": {"101.226.103.0/25", "weixin"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			log := &bytes.Buffer{}
			var list fakeList
			list.set(listed...)
			addresses := api.NewCallbackAddresses(api.CallbackAddressesOptions{Fetch: list.fetch,
				Logger: slog.New(slog.NewTextHandler(log, nil))})
			ctx, cancel := context.WithCancel(t.Context())
			ended := make(chan struct{})
			go func() { defer close(ended); addresses.Run(ctx) }()
			require.Eventually(t, func() bool { return list.asked.Load() > 0 }, 5*time.Second, time.Millisecond)
			cancel()
			<-ended
			require.Contains(t, log.String(), "could not be renewed")
			require.True(t, addresses.Allows(netip.MustParseAddr("203.0.113.7")), "nothing is lost to a useless list")
		})
	}
}

func TestParseRanges(t *testing.T) {
	t.Parallel()
	ranges, err := api.ParseRanges([]string{"127.0.0.1", "101.226.103.9/25", "::ffff:1.2.3.4", "2001:db8::/32"})
	require.NoError(t, err)
	require.Equal(t, []netip.Prefix{
		netip.MustParsePrefix("127.0.0.1/32"), netip.MustParsePrefix("101.226.103.0/25"),
		netip.MustParsePrefix("1.2.3.4/32"), netip.MustParsePrefix("2001:db8::/32"),
	}, ranges)
	_, err = api.ParseRanges([]string{"1.2.3.4", "1.2.3.4/99"})
	require.ErrorContains(t, err, "entry 2")
}
