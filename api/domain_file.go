package api

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"
)

// DomainFile is a file at the root of a host by which WeChat checks, when a domain is entered in its console, that the
// host is the account's. Name is MP_verify_<code>.txt.
type DomainFile struct{ Name, Content string }

// domainFilePrefix begins the paths of all of them.
const domainFilePrefix = "/MP_verify_"

func ofDomainFile(path string) bool { return strings.HasPrefix(path, domainFilePrefix) }

// serveDomainFiles answers the exact address of each file with its content and nothing else: WeChat compares the bytes.
// No file system is behind it.
func (h *handlers) serveDomainFiles(e *echo.Echo) {
	for _, file := range h.DomainFiles {
		serve := func(c echo.Context) error { return c.String(http.StatusOK, file.Content) }
		e.GET("/"+file.Name, serve)
		e.HEAD("/"+file.Name, serve)
	}
}
