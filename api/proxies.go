package api

import (
	"net"
	"net/http"
	"net/netip"

	"github.com/labstack/echo/v4"
)

// Proxies are the reverse proxies whose X-Forwarded-For is believed. The zero value believes nobody: then a request
// comes from where its connection does.
type Proxies struct {
	Private bool           // those on loopback, link-local and private addresses
	Ranges  []netip.Prefix // and those in these ranges
}

// extractor finds the address that a request comes from: the last one of X-Forwarded-For that is no proxy's.
func (p Proxies) extractor() echo.IPExtractor {
	if !p.Private && len(p.Ranges) == 0 {
		return echo.ExtractIPDirect()
	}
	trust := []echo.TrustOption{echo.TrustLoopback(p.Private), echo.TrustLinkLocal(p.Private),
		echo.TrustPrivateNet(p.Private)}
	for _, prefix := range p.Ranges {
		address := prefix.Masked().Addr()
		trust = append(trust,
			echo.TrustIPRange(&net.IPNet{IP: address.AsSlice(), Mask: net.CIDRMask(prefix.Bits(), address.BitLen())}))
	}
	return echo.ExtractIPFromXFFHeader(trust...)
}

// hides reports whether a request comes from a proxy that is believed but names no caller. Behind such a one, callers
// name any address themselves: what they put into the header arrives as they wrote it.
func (p Proxies) hides(req *http.Request) bool {
	if req.Header.Get(echo.HeaderXForwardedFor) != "" {
		return false
	}
	peer, err := netip.ParseAddrPort(req.RemoteAddr)
	if err != nil {
		return false
	}
	address := peer.Addr().Unmap()
	if p.Private && (address.IsPrivate() || address.IsLinkLocalUnicast()) {
		return true // not on loopback: that is how one tries it out
	}
	return contains(p.Ranges, address)
}

// warnOfProxies says once that limits and lists of addresses hold nobody back. Only a push that WeChat has signed
// tells: others, such as checks of a load balancer, may come from inside.
func (h *handlers) warnOfProxies(req *http.Request) {
	if h.Proxies.hides(req) {
		h.guard.warned.Do(func() {
			h.Logger.WarnContext(req.Context(),
				"a push of WeChat came through a trusted proxy that names no caller in X-Forwarded-For, "+
					"so that callers can name any address: have the proxy set that header, or set WECHAT_C4C_TRUSTED_PROXIES=none")
		})
	}
}
