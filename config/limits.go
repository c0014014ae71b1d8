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

// Limits configure from where requests are believed.
type Limits struct {
	TrustedProxies  string `env:"TRUSTED_PROXIES" envDefault:"private" help:"proxies whose X-Forwarded-For is believed: addresses and CIDR ranges, separated by commas; private means loopback, link-local and private networks, none means no proxy" example:"private,203.0.113.0/24"`
	WeChatAddresses string `env:"WECHAT_ADDRESSES" envDefault:"off" help:"where WeChat's pushes may come from: off, wechat, addresses or CIDR ranges, separated by commas; their signature is checked in any case; off is anywhere, wechat is WeChat's own list, which the api keeps fresh" example:"wechat"`
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
}
