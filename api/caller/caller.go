// Package caller says who a request comes from, for everything that counts by it.
package caller

import (
	"net/netip"

	"github.com/labstack/echo/v4"
)

// Address is where a request comes from, as the router's extractor says: without one, from where its connection does.
// It is the zero Addr where that cannot be read.
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

// Of is whom limits count a request to: an IPv4 address, or the network of IPv6 that one subscriber has alone, a /64.
func Of(c echo.Context) string {
	address := Address(c)
	if address.Is6() {
		if network, err := address.Prefix(64); err == nil {
			return network.String()
		}
	}
	return address.String()
}
