package web

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/wechat-c4c/wechat-c4c/wechat"
)

// WeChat is the part of the account's client that the page needs.
type WeChat interface {
	AuthorizeURL(redirect, scope, state string) string
	ExchangeCode(ctx context.Context, code string) (wechat.OAuthToken, error)
	UploadMedia(ctx context.Context, kind wechat.MediaKind, filename, contentType string, r io.Reader) (wechat.Media,
		error)
	DownloadMedia(ctx context.Context, mediaID string, maxBytes int64) (*wechat.MediaStream, error)
	UserInfo(ctx context.Context, openid, lang string) (wechat.UserInfo, error)
}

// loginState ties a login to the browser that began it.
type loginState struct {
	State   string `json:"s"`
	Return  string `json:"r"`
	Expires int64  `json:"e"`
}

// login begins a login.
func (s *Site) login(c echo.Context) error {
	if !s.OAuth {
		return errSignedOut
	}
	return s.redirectToLogin(c, c.QueryParam("return"))
}

// redirectToLogin sends the browser to WeChat, which returns it to finishLogin.
//
// https://developers.weixin.qq.com/doc/service/guide/h5/auth.html
func (s *Site) redirectToLogin(c echo.Context, back string) error {
	state := loginState{State: rand.Text(), Return: ownPath(back), Expires: s.Now().Add(stateLife).Unix()}
	s.setCookie(c, stateCookie, s.signer.sign(purposeState, state), stateLife)
	return c.Redirect(http.StatusFound, s.WeChat.AuthorizeURL(s.URL+"/web/oauth", wechat.ScopeBase, state.State))
}

// ownPath keeps a redirect within the page.
func ownPath(path string) string {
	u, err := url.Parse(path)
	if err != nil || u.Host != "" || u.Scheme != "" || !strings.HasPrefix(path, "/web/") ||
		strings.ContainsAny(path, "\\\r\n") ||
		strings.HasPrefix(path, "/web/oauth") || strings.HasPrefix(path, "/web/log") {
		return "/web/"
	}
	return path
}

// state reads the login that this browser began.
func (s *Site) state(c echo.Context) (loginState, bool) {
	signed, ok := s.cookie(c, stateCookie)
	if !ok {
		return loginState{}, false
	}
	var state loginState
	ok = s.signer.open(purposeState, signed, &state) && state.Expires > s.Now().Unix() && state.State != ""
	return state, ok
}

// finishLogin handles WeChat's redirect. A browser that is already signed in stays so, whatever it brings: a reloaded
// page brings a code that was used or has expired, and WeChat does not always report that.
func (s *Site) finishLogin(c echo.Context) error {
	if !s.OAuth {
		return errSignedOut
	}
	state, ok := s.state(c)
	if !ok || c.QueryParam("state") != state.State {
		if s.readSession(c) != nil {
			return c.Redirect(http.StatusSeeOther, "/web/")
		}
		return errDenied
	}
	own, err := s.exchange(c.Request().Context(), c.QueryParam("code"), state.State)
	if err != nil {
		if !errors.Is(err, errSnapshot) && s.readSession(c) != nil {
			return c.Redirect(http.StatusSeeOther, state.Return)
		}
		return err
	}
	s.keepSession(c, own)
	s.endLogin(c)
	return c.Redirect(http.StatusSeeOther, state.Return)
}

// endLogin invalidates the login's address: going back to it after signing out signs nobody in.
func (s *Site) endLogin(c echo.Context) { s.setCookie(c, stateCookie, "", -1) }

// codeLife is how long the first answer about a code is repeated.
const codeLife = 30 * time.Second

// exchanged is WeChat's answer about a code: the session it opens, or that it is invalid.
type exchanged struct {
	own     *session // nil: refused
	refused error
	at      time.Time
}

// exchange turns a code into a session. A login has one code; WeChat is asked only about that one, and only once.
// Some apps open the address twice at once. The second request briefly gets the same session again, but only in the
// browser that began the login, and unless the follower has signed out in the meantime.
func (s *Site) exchange(ctx context.Context, code, state string) (*session, error) {
	if code == "" || len(code) > 512 {
		return nil, errDenied
	}
	key := s.signer.mac("code", state+" "+code)
	if first, _ := s.states.get(state, func() (string, error) { return key, nil }); first != key {
		return nil, errDenied
	}
	found, err := s.codes.get(key, func() (exchanged, error) {
		if !s.limits.codes.Allow("") {
			return exchanged{}, errBusy.by(limitLogins)
		}
		token, err := s.WeChat.ExchangeCode(ctx, code)
		_, refused := errors.AsType[*wechat.Error](err)
		switch {
		case refused:
			return exchanged{refused: errDenied.because(err)}, nil
		case err != nil:
			return exchanged{}, errUnavailable.because(err)
		case token.Snapshot:
			return exchanged{refused: errSnapshot}, nil
		}
		return exchanged{own: s.newSession(token.OpenID, (<-s.askErasure(ctx, token.OpenID)).at), at: s.Now()}, nil
	})
	switch {
	case err != nil:
		return nil, err
	case found.refused != nil:
		return nil, found.refused
	case s.Now().Sub(found.at) > codeLife:
		return nil, errDenied
	}
	if _, ended := s.ended.stale(found.own.ID); ended {
		return nil, errDenied
	}
	own := *found.own
	return &own, nil
}

// openSession is the login for clients that use JSON. POST /getWXWebToken {"code", "state"} returns the session's
// CSRF token; the session itself is a cookie. The state is that of the login begun by /web/login in this browser.
func (s *Site) openSession(c echo.Context) error {
	kind, _, _ := mime.ParseMediaType(c.Request().Header.Get(echo.HeaderContentType))
	if kind != echo.MIMEApplicationJSON {
		return errMediaType.saying("send application/json")
	}
	if !s.sameOrigin(c) {
		return errRefused
	}
	var in struct {
		Code  string `json:"code"`
		State string `json:"state"`
	}
	if err := decodeJSON(c.Request().Body, &in, `send {"code": "…", "state": "…"}`); err != nil {
		return err
	}
	state, ok := s.state(c)
	if !s.OAuth || !ok || in.State != state.State {
		return errDenied
	}
	own, err := s.exchange(c.Request().Context(), in.Code, state.State)
	if err == nil {
		s.keepSession(c, own)
		s.endLogin(c)
	} else if own = s.readSession(c); errors.Is(err, errSnapshot) || own == nil {
		return err
	}
	return c.JSON(http.StatusOK, map[string]any{"csrf": s.csrf(own), "expires": own.Expires})
}
