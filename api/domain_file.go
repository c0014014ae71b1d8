package api

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"
)

// DomainFile is a file at the root of a host. When a domain is entered in WeChat's console, WeChat checks by this
// file that the host is the account's. Name is MP_verify_<code>.txt.
type DomainFile struct{ Name, Content string }

// domainFilePrefix begins the path of every domain file.
const domainFilePrefix = "/MP_verify_"

func ofDomainFile(path string) bool { return strings.HasPrefix(path, domainFilePrefix) }

// serveDomainFiles serves each file's content at its exact address, and nothing else: WeChat compares the bytes. It
// does not use a file system.
func (h *handlers) serveDomainFiles(e *echo.Echo) {
	for _, file := range h.DomainFiles {
		serve := func(c echo.Context) error { return c.String(http.StatusOK, file.Content) }
		e.GET("/"+file.Name, serve)
		e.HEAD("/"+file.Name, serve)
	}
}
