package web

import (
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/wechat-c4c/wechat-c4c/catalogue"
)

// problem is an error that knows its status and what the follower reads about it.
type problem struct {
	status      int
	code        string // in JSON answers
	title, text catalogue.Key
	login       bool  // a new login may help
	err         error // the cause, for the log
}

func (p *problem) Error() string {
	if p.err != nil {
		return "web: " + p.code + ": " + p.err.Error()
	}
	return "web: " + p.code
}

func (p *problem) Unwrap() error { return p.err }

func (p *problem) because(err error) *problem {
	q := *p
	q.err = err
	return &q
}

var (
	errSignedOut   = &problem{status: http.StatusUnauthorized, code: "signed_out", title: "web_signed_out", text: "web_from_chat"}
	errGone        = &problem{status: http.StatusForbidden, code: "not_following", title: "web_gone", text: "web_gone_text"}
	errExpired     = &problem{status: http.StatusGone, code: "link_expired", title: "web_expired", text: "web_expired_text"}
	errDenied      = &problem{status: http.StatusForbidden, code: "denied", title: "web_denied", text: "web_denied_text", login: true}
	errSnapshot    = &problem{status: http.StatusForbidden, code: "snapshot_user", title: "web_snapshot", text: "web_snapshot_text", login: true}
	errNotFound    = &problem{status: http.StatusNotFound, code: "not_found", title: "web_not_found", text: "web_not_found_text"}
	errTooMany     = &problem{status: http.StatusTooManyRequests, code: "too_many_requests", title: "web_busy", text: "web_busy_text"}
	errRefused     = &problem{status: http.StatusForbidden, code: "csrf", title: "web_refused", text: "web_refused_text"}
	errMalformed   = &problem{status: http.StatusBadRequest, code: "malformed", title: "web_error", text: "web_error_text"}
	errTooLarge    = &problem{status: http.StatusRequestEntityTooLarge, code: "too_large", title: "web_too_large", text: "web_too_large_text"}
	errUnavailable = &problem{status: http.StatusServiceUnavailable, code: "unavailable", title: "web_unavailable", text: "web_unavailable_text"}
	errInternal    = &problem{status: http.StatusInternalServerError, code: "internal", title: "web_error", text: "web_error_text"}
)

func problemOf(err error) *problem {
	if p, ok := errors.AsType[*problem](err); ok {
		return p
	}
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return errTooLarge.because(err)
	}
	if h, ok := errors.AsType[*echo.HTTPError](err); ok && h.Code == http.StatusMethodNotAllowed {
		return errNotFound.because(err)
	}
	return errInternal.because(err)
}

// present gives every answer its headers and turns errors into a page, or into JSON for those who asked for that.
func (s *Site) present(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		s.setHeaders(c)
		err := next(c)
		if err == nil || c.Response().Committed {
			return err
		}
		p := problemOf(err)
		if p.status == http.StatusTooManyRequests {
			c.Response().Header().Set(echo.HeaderRetryAfter, "10")
		}
		if wantsJSON(c) {
			_ = c.JSON(p.status, map[string]string{"error": p.code})
			return err
		}
		if failed := s.render(c, p.status, "problem", p.title, problemView{Text: p.text, Login: p.login && s.OAuth}); failed != nil {
			return failed
		}
		return err
	}
}

type problemView struct {
	Text  catalogue.Key
	Login bool
}
