package api

import (
	"net"
	"net/netip"

	"github.com/labstack/echo/v4"
)

// Proxies are the reverse proxies whose X-Forwarded-For is believed. The zero value believes nobody: then a request comes
// from where its connection does.
type Proxies struct {
	Private bool           // those on loopback, link-local and private addresses
	Ranges  []netip.Prefix // and those in these ranges
}

// extractor finds the address that a request comes from: the last one of X-Forwarded-For that is no proxy's.
func (p Proxies) extractor() echo.IPExtractor {
	if !p.Private && len(p.Ranges) == 0 {
		return echo.ExtractIPDirect()
	}
	trust := []echo.TrustOption{echo.TrustLoopback(p.Private), echo.TrustLinkLocal(p.Private), echo.TrustPrivateNet(p.Private)}
	for _, prefix := range p.Ranges {
		address := prefix.Masked().Addr()
		trust = append(trust, echo.TrustIPRange(&net.IPNet{IP: address.AsSlice(), Mask: net.CIDRMask(prefix.Bits(), address.BitLen())}))
	}
	return echo.ExtractIPFromXFFHeader(trust...)
}
