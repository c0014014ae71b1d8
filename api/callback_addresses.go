package api

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/wechat-c4c/wechat-c4c/api/caller"
)

// How often WeChat's list is fetched: regularly, again soon after a failure, and when a signed push comes from an
// address that is not on it.
const (
	addressesAge     = 6 * time.Hour
	addressesRetry   = 5 * time.Minute
	addressesAsked   = time.Minute
	addressesTimeout = 3 * time.Second
)

// CallbackAddressesOptions configure the addresses that WeChat may push from.
type CallbackAddressesOptions struct {
	// Ranges are addresses that are always allowed.
	Ranges []netip.Prefix
	// Fetch asks WeChat for its addresses, single ones and CIDR ranges; nil: only Ranges are allowed.
	Fetch  func(context.Context) ([]string, error)
	Logger *slog.Logger     // nil: none
	Now    func() time.Time // nil: time.Now
}

// CallbackAddresses is a list of addresses that WeChat may push from. It is checked in addition to the signature and
// never replaces it. Until WeChat's own list has been fetched, all addresses are allowed. A list that cannot be
// renewed stays in force.
//
// https://developers.weixin.qq.com/doc/offiaccount/Basic_Information/Get_the_WeChat_server_IP_address.html
type CallbackAddresses struct {
	o CallbackAddressesOptions

	mu      sync.Mutex // of the fields below
	fetched []netip.Prefix
	known   bool // fetched contains a list
	failing bool // the last fetch failed and was logged

	fetching sync.Mutex // one fetch at a time
	asked    time.Time  // when the last fetch began
}

// NewCallbackAddresses makes the list. Run keeps it fresh.
func NewCallbackAddresses(o CallbackAddressesOptions) *CallbackAddresses {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &CallbackAddresses{o: o}
}

// Run renews the list until ctx ends.
func (a *CallbackAddresses) Run(ctx context.Context) {
	if a.o.Fetch == nil {
		return
	}
	for {
		pause := addressesAge
		if a.renew(ctx, 0) != nil {
			pause = addressesRetry
		}
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return
		}
	}
}

// Allows reports whether WeChat may push from the address.
func (a *CallbackAddresses) Allows(address netip.Addr) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.o.Fetch != nil && !a.known {
		return true
	}
	return contains(a.o.Ranges, address) || contains(a.fetched, address)
}

func contains(ranges []netip.Prefix, address netip.Addr) bool {
	for _, r := range ranges {
		if r.Contains(address) {
			return true
		}
	}
	return false
}

// renew fetches the list, unless that was done within age. It logs an error once until a fetch succeeds.
func (a *CallbackAddresses) renew(ctx context.Context, age time.Duration) error {
	a.fetching.Lock()
	defer a.fetching.Unlock()
	now := a.o.Now()
	if !a.asked.IsZero() && now.Sub(a.asked) < age {
		return nil
	}
	a.asked = now
	ctx, cancel := context.WithTimeout(ctx, addressesTimeout)
	defer cancel()
	listed, err := a.o.Fetch(ctx)
	var ranges []netip.Prefix
	if err == nil {
		ranges, err = ParseRanges(listed)
	}
	if err == nil && len(ranges) == 0 {
		err = errors.New("the list is empty")
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if err != nil {
		if !a.failing {
			a.o.Logger.WarnContext(ctx, "WeChat's callback addresses could not be renewed; the last ones stay in use", "error",
				err, "known", len(a.fetched))
		}
		a.failing = true
		return err
	}
	if !a.known || a.failing {
		a.o.Logger.InfoContext(ctx, "WeChat's callback addresses", "count", len(ranges))
	}
	a.fetched, a.known, a.failing = ranges, true, false
	return nil
}

// ParseRanges parses addresses and CIDR ranges.
func ParseRanges(listed []string) ([]netip.Prefix, error) {
	ranges := make([]netip.Prefix, 0, len(listed))
	for i, one := range listed {
		if address, err := netip.ParseAddr(one); err == nil {
			address = address.Unmap()
			ranges = append(ranges, netip.PrefixFrom(address, address.BitLen()))
			continue
		}
		r, err := netip.ParsePrefix(one)
		if err != nil {
			return nil, fmt.Errorf("entry %d is neither an address nor a range", i+1)
		}
		ranges = append(ranges, r.Masked())
	}
	return ranges, nil
}

// require refuses pushes from other addresses, before their bodies are read. A signed push may come from an address
// that WeChat has added, so before it is refused, the list is fetched again, at most once a minute.
func (a *CallbackAddresses) require(signed func(*http.Request) bool) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			if a == nil {
				return next(c)
			}
			address := caller.Address(c)
			if !a.Allows(address) && a.o.Fetch != nil && signed(c.Request()) {
				_ = a.renew(c.Request().Context(), addressesAsked) // a list that cannot be renewed stays in force
			}
			if !a.Allows(address) {
				leaveUnread(c)
				return &failure{status: http.StatusForbidden, result: "foreign_address"}
			}
			return next(c)
		}
	}
}
