package web

import (
	"cmp"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/wechat-c4c/wechat-c4c/catalogue"
)

// problem is an error with its status and the text that the follower reads.
type problem struct {
	status      int
	code        string // in JSON answers
	detail      string // in JSON answers, for developers of a client; empty: the text
	title, text catalogue.Key
	login       bool          // a new login may help
	limit       string        // the limit that was reached; empty: none
	again       time.Duration // when to try again after a limit; 0: soon
	err         error         // the cause, for the log
}

func (p *problem) Error() string {
	if p.err != nil {
		return "web: " + p.code + ": " + p.err.Error()
	}
	return "web: " + p.code
}

func (p *problem) Unwrap() error { return p.err }

// saying returns the same problem with a detail.
func (p *problem) saying(detail string) *problem {
	q := *p
	q.detail = detail
	return &q
}

// by returns the same problem, caused by a limit.
func (p *problem) by(limit string) *problem {
	q := *p
	q.limit = limit
	return &q
}

// Limit returns the limit that refused the request; empty: none.
func (p *problem) Limit() string { return p.limit }

func (p *problem) because(err error) *problem {
	q := *p
	q.err = err
	return &q
}

var (
	errSignedOut = &problem{status: http.StatusUnauthorized, code: "signed_out",
		detail: "no session: GET /web/login, or a personal link of the chat, begins one", title: "web_signed_out",
		text: "web_from_chat", login: true}
	errGone = &problem{status: http.StatusForbidden, code: "not_following", title: "web_gone",
		text: "web_gone_text"}
	errExpired = &problem{status: http.StatusGone, code: "link_expired", title: "web_expired",
		text: "web_expired_text"}
	errDenied = &problem{status: http.StatusForbidden, code: "denied", title: "web_denied", text: "web_denied_text",
		detail: "the code, or the state of the login that GET /web/login began in this browser, is missing, wrong or too old",
		login:  true}
	errSnapshot = &problem{status: http.StatusForbidden, code: "snapshot_user", title: "web_snapshot",
		text: "web_snapshot_text", login: true}
	errNotFound = &problem{status: http.StatusNotFound, code: "not_found", title: "web_not_found",
		text: "web_not_found_text"}
	errTooMany = &problem{status: http.StatusTooManyRequests, code: "too_many_requests", title: "web_busy",
		text: "web_busy_text"}
	errPictures = &problem{status: http.StatusTooManyRequests, code: "too_many_requests", title: "web_busy",
		text: "web_pictures_text", detail: "pictures are bounded by the day", limit: limitPictures, again: time.Hour}
	errRefused = &problem{status: http.StatusForbidden, code: "csrf", title: "web_refused", text: "web_refused_text",
		detail: "the session's token, as GET /web/get gives it, belongs in the field csrf, before any picture, or the header X-CSRF-Token; other sites may send nothing"}
	errMalformed = &problem{status: http.StatusBadRequest, code: "malformed", title: "web_error", text: "web_error_text"}
	errTooLarge  = &problem{status: http.StatusRequestEntityTooLarge, code: "too_large", title: "web_too_large",
		text: "web_too_large_text"}
	errUnavailable = &problem{status: http.StatusServiceUnavailable, code: "unavailable", title: "web_unavailable",
		text: "web_unavailable_text"}
	errNoReads = &problem{status: http.StatusServiceUnavailable, code: "no_reads", title: "web_unavailable",
		text:   "web_no_reads_text",
		detail: "this installation shows no data: its Temporal server lacks what reads need; submissions are taken"}
	errBusy = &problem{status: http.StatusServiceUnavailable, code: "unavailable", title: "web_busy",
		text: "web_busy_text", detail: "too much is under way: come again in a moment"}
	errUnproven = &problem{status: http.StatusServiceUnavailable, code: "unavailable", title: "web_unavailable",
		text: "web_unproven_text"}
	errMethod = &problem{status: http.StatusMethodNotAllowed, code: "method_not_allowed", title: "web_not_found",
		text: "web_not_found_text", detail: "see the header Allow"}
	errMediaType = &problem{status: http.StatusUnsupportedMediaType, code: "unsupported_media_type", title: "web_error",
		text: "web_error_text"}
	errEntity = &problem{status: http.StatusBadRequest, code: "unknown_entity", title: "web_error",
		text: "web_error_text"}
	errKey = &problem{status: http.StatusBadRequest, code: "bad_key", title: "web_error", text: "web_error_text",
		detail: "key: 16 to 64 letters and digits, others for each submission"}
	errKeyReused = &problem{status: http.StatusConflict, code: "key_reused", title: "web_error", text: "web_bad_sent",
		detail: "key: it was used for a submission with other content, which was taken; send this one with a key of its own"}
	errNotClosed = &problem{status: http.StatusConflict, code: "not_closable", title: "web_close",
		text: "web_close_refused"}
	errCloseLost = &problem{status: http.StatusServiceUnavailable, code: "unavailable", title: "web_close",
		text: "web_close_unknown", detail: "the ticket may be closed or not: read it, or close it again"}
	errNotErased = &problem{status: http.StatusServiceUnavailable, code: "unavailable", title: "web_erase",
		text: "web_erase_lost", detail: "nobody has confirmed that the erasure has begun: ask again, which does no harm"}
	errNotFresh = &problem{status: http.StatusForbidden, code: "sign_in_again", title: "web_erase",
		text: "web_erase_fresh", detail: "the session is too old for this: sign in once more, then ask again", login: true}
	errInternal = &problem{status: http.StatusInternalServerError, code: "internal", title: "web_error",
		text: "web_error_text"}
)

// retrySoon is when to try again after sending too fast, or when everything was in use.
const retrySoon = 10 * time.Second

func problemOf(err error) *problem {
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return errTooLarge.because(err)
	}
	if p, ok := errors.AsType[*problem](err); ok {
		return p
	}
	if h, ok := errors.AsType[*echo.HTTPError](err); ok && h.Code == http.StatusMethodNotAllowed {
		return errNotFound.because(err)
	}
	return errInternal.because(err)
}

// present gives every answer its headers and turns errors into a page, or into JSON if the client asked for that.
func (s *Site) present(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		s.setHeaders(c)
		err := next(c)
		if err == nil || c.Response().Committed {
			return err
		}
		p := problemOf(err)
		if p.status == http.StatusTooManyRequests || p.limit != "" {
			c.Response().Header().Set(echo.HeaderRetryAfter, strconv.Itoa(int(cmp.Or(p.again, retrySoon).Seconds())))
		}
		if wantsJSON(c) || p == errMethod { // no form and no link leads there
			_ = c.JSON(p.status, map[string]string{"error": p.code, "message": s.explain(c, p)})
			return err
		}
		if failed := s.render(c, p.status, "problem", p.title, s.wayOut(c, p)); failed != nil {
			return failed
		}
		return err
	}
}

// explain describes in words what is wrong with a client's request.
func (s *Site) explain(c echo.Context, p *problem) string {
	if p.detail != "" {
		return p.detail
	}
	return s.Texts.In(s.language(c), p.text)
}

type problemView struct {
	Text  catalogue.Key
	Again string // address that may work next time; empty: none
	Login bool   // it is a login, which leads back into the same window
	Next  *nextPage
}

// nextPage is where a follower can go instead.
type nextPage struct {
	Path string
	Name catalogue.Key
}

// wayOut offers what a follower can do about a problem.
func (s *Site) wayOut(c echo.Context, p *problem) problemView {
	view := problemView{Text: p.text}
	signedIn, passing := sessionOf(c) != nil, p.status == http.StatusTooManyRequests ||
		p.status >= http.StatusInternalServerError
	switch {
	case p.login && s.OAuth:
		view.Again, view.Login = "/web/login", true
	case passing && c.Request().Method == http.MethodGet:
		view.Again = c.Request().URL.RequestURI()
	}
	switch {
	case signedIn && p.status == http.StatusNotFound:
		view.Next = &nextPage{"/web/tickets", "web_tickets"}
	case signedIn && (p.text == errUnavailable.text || p.text == errNoReads.text):
		view.Next = &nextPage{"/web/new", "web_new"}
	}
	return view
}
