// Package caller identifies the origin of a request, for everything that counts requests by origin.
package caller

import (
	"net/netip"

	"github.com/labstack/echo/v4"
)

// Address is the address that a request comes from, as found by the router's extractor, or without one the address of
// its connection. It is the zero Addr if it cannot be parsed.
func Address(c echo.Context) netip.Addr {
	extract := c.Echo().IPExtractor
	if extract == nil {
		extract = echo.ExtractIPDirect()
	}
	address, err := netip.ParseAddr(extract(c.Request()))
	if err != nil {
		return netip.Addr{}
	}
	return address.Unmap().WithZone("")
}

// Of is the caller that limits count a request for: an IPv4 address, or the IPv6 network of one subscriber, a /64.
func Of(c echo.Context) string {
	address := Address(c)
	if address.Is6() {
		if network, err := address.Prefix(64); err == nil {
			return network.String()
		}
	}
	return address.String()
}
