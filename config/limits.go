package config

import (
	"fmt"
	"net/netip"
	"strings"
)

// Keywords in settings that otherwise contain addresses.
const (
	proxiesPrivate = "private"
	proxiesNone    = "none"
	fromWeChat     = "wechat"
)

// Limits configure which proxies are trusted, and how much cost strangers and single followers may cause.
type Limits struct {
	TrustedProxies    string  `env:"TRUSTED_PROXIES" envDefault:"private" help:"proxies whose X-Forwarded-For is believed: addresses and CIDR ranges, separated by commas; private means loopback, link-local and private networks, none means no proxy" example:"private,203.0.113.0/24"`
	WeChatAddresses   string  `env:"WECHAT_ADDRESSES" envDefault:"off" help:"where WeChat's pushes may come from: off, wechat, addresses or CIDR ranges, separated by commas; their signature is checked in any case; off is anywhere, wechat is WeChat's own list, which the api keeps fresh" example:"wechat"`
	RefusedPerMinute  int     `env:"LIMIT_REFUSED_PER_MINUTE" envDefault:"60" dev:"6000" help:"unsigned or refused requests of one address in a minute before further unsigned ones get 429, unread; genuine ones always pass; 0: no limit" example:"60"`
	Pictures          int     `env:"LIMIT_PICTURES_PER_DAY" envDefault:"100" help:"pictures that one follower may upload on the H5 page in a day of China; twice as many files are fetched that they send in the chat, and five times as many may be looked at that are not cached" example:"100"`
	FollowerPerSecond float64 `env:"LIMIT_FOLLOWER_PER_SECOND" envDefault:"20" help:"messages and events of one follower that are handed on each second, after a burst of ten times as many; those above wait, and get 503 after two seconds, which WeChat repeats; 0: no limit" example:"20"`
}

// Proxies parses TrustedProxies: whether private networks are trusted, and which other ranges.
func (l Limits) Proxies() (private bool, ranges []netip.Prefix, err error) {
	for i, item := range listOf(l.TrustedProxies) {
		switch item {
		case proxiesPrivate:
			private = true
		case proxiesNone:
		default:
			if ranges, err = appendRange(ranges, i, item); err != nil {
				return false, nil, err
			}
		}
	}
	return private, ranges, nil
}

// Callbacks parses WeChatAddresses: whether there is a list at all, whether it includes WeChat's own, and which other
// ranges.
func (l Limits) Callbacks() (listed, fetched bool, ranges []netip.Prefix, err error) {
	items := listOf(l.WeChatAddresses)
	if len(items) == 0 || len(items) == 1 && items[0] == Off {
		return false, false, nil, nil
	}
	for i, item := range items {
		if item == fromWeChat {
			fetched = true
			continue
		}
		if ranges, err = appendRange(ranges, i, item); err != nil {
			return false, false, nil, err
		}
	}
	return true, fetched, ranges, nil
}

func listOf(text string) []string {
	var items []string
	for item := range strings.SplitSeq(text, ",") {
		if item = strings.TrimSpace(item); item != "" {
			items = append(items, item)
		}
	}
	return items
}

func appendRange(ranges []netip.Prefix, i int, item string) ([]netip.Prefix, error) {
	if address, err := netip.ParseAddr(item); err == nil {
		address = address.Unmap()
		return append(ranges, netip.PrefixFrom(address, address.BitLen())), nil
	}
	r, err := netip.ParsePrefix(item)
	if err != nil {
		return nil, fmt.Errorf("entry %d is neither an address nor a range", i+1)
	}
	return append(ranges, r.Masked()), nil
}

func (k *checker) limits() {
	l := k.config.Limits
	_, _, err := l.Proxies()
	k.require(err == nil, "TRUSTED_PROXIES", fmt.Sprintf("is not a list of addresses (%v)", err))
	_, _, _, err = l.Callbacks()
	k.require(err == nil, "WECHAT_ADDRESSES", fmt.Sprintf("is not a list of addresses (%v)", err))
	k.require(l.RefusedPerMinute >= 0 && l.RefusedPerMinute <= 100_000, "LIMIT_REFUSED_PER_MINUTE",
		"must be between 0 and 100000")
	k.require(l.Pictures >= 1 && l.Pictures <= 20_000, "LIMIT_PICTURES_PER_DAY", "must be between 1 and 20000")
	k.require(l.FollowerPerSecond == 0 || l.FollowerPerSecond >= 1 && l.FollowerPerSecond <= 10_000,
		"LIMIT_FOLLOWER_PER_SECOND",
		"must be 0 or between 1 and 10000")
}
