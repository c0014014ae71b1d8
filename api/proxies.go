package api

import (
	"net"
	"net/http"
	"net/netip"

	"github.com/labstack/echo/v4"
)

// Proxies are the reverse proxies whose X-Forwarded-For is trusted. The zero value trusts none: a request then comes
// from the address of its connection.
type Proxies struct {
	Private bool           // trust proxies on loopback, link-local and private addresses
	Ranges  []netip.Prefix // and proxies in these ranges
}

// extractor returns the address that a request comes from: the last one in X-Forwarded-For that is not a trusted
// proxy.
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

// hides reports whether a request comes from a trusted proxy that does not name the caller. Behind such a proxy,
// callers can claim any address: it forwards the header as they wrote it.
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
		return true // not on loopback, which is used to try things out
	}
	return contains(p.Ranges, address)
}

// warnOfProxies warns once that limits and address lists are ineffective. Only a push signed by WeChat triggers it:
// other requests, such as a load balancer's checks, may come from inside.
func (h *handlers) warnOfProxies(req *http.Request) {
	if h.Proxies.hides(req) {
		h.guard.warned.Do(func() {
			h.Logger.WarnContext(req.Context(),
				"a push of WeChat came through a trusted proxy that names no caller in X-Forwarded-For, "+
					"so that callers can name any address: have the proxy set that header, or set WECHAT_C4C_TRUSTED_PROXIES=none")
		})
	}
}
