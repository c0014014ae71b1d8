package api

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"
)

// Credentials are what C4C presents with its webhooks: Basic authentication, or the query parameter secret for a
// tenant that cannot send it. If both are set, either is accepted.
type Credentials struct {
	User, Password string
	Secret         string
}

func (k Credentials) check() error {
	if k.Secret == "" && (k.User == "" || k.Password == "") {
		return errors.New("api: C4C's webhook needs a user and a password, or a secret")
	}
	return nil
}

// refuse answers a request without the credentials.
func (k Credentials) refuse(c echo.Context) error {
	if k.User != "" {
		c.Response().Header().Set(echo.HeaderWWWAuthenticate, `Basic realm="wechat-c4c", charset="UTF-8"`)
	}
	return &failure{status: http.StatusUnauthorized, result: "unauthorized", text: "credentials missing or wrong"}
}

// match compares all credentials, in constant time, before it decides.
func (k Credentials) match(req *http.Request) bool {
	user, password, _ := req.BasicAuth()
	basic := equal(user, k.User) & equal(password, k.Password) & given(k.User) & given(k.Password)
	secret := equal(req.URL.Query().Get("secret"), k.Secret) & given(k.Secret)
	return basic|secret == 1
}

// equal returns 1 for equal texts. It compares hashes, so that lengths do not leak.
func equal(got, want string) int {
	a, b := sha256.Sum256([]byte(got)), sha256.Sum256([]byte(want))
	return subtle.ConstantTimeCompare(a[:], b[:])
}

func given(s string) int {
	if s == "" {
		return 0
	}
	return 1
}
