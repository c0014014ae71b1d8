package web

import (
	"context"
	"crypto/rand"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/wechat-c4c/wechat-c4c/api/caller"
	"github.com/wechat-c4c/wechat-c4c/conversation"
)

const (
	sessionCookie = "wx_session"
	stateCookie   = "wx_state"

	sessionLife = 12 * time.Hour
	looseLife   = time.Hour // of a session without a conversation that could end it
	stateLife   = 10 * time.Minute
	linkLife    = 10 * time.Minute

	purposeSession = "session"
	purposeState   = "state"
	purposeLink    = "link"
	purposeCSRF    = "csrf"
	purposeDraft   = "draft"
)

// session identifies a proven follower.
type session struct {
	ID      string `json:"i"`
	OpenID  string `json:"o"`
	Issued  int64  `json:"t"` // seconds since 1970
	Expires int64  `json:"e"`
	// Of is the follower's conversation. The session ends with it, for example after an erasure. Empty: there was none,
	// or it was unknown; then the session is short until there is one.
	Of string `json:"c,omitempty"`
	// Erased is the follower's last erasure known at login, in milliseconds since 1970; a later erasure ends the
	// session. 0: none was known.
	Erased int64 `json:"r,omitempty"`
}

const sessionKey = "web.session"

func sessionOf(c echo.Context) *session {
	own, _ := c.Get(sessionKey).(*session)
	return own
}

// newSession makes a session for a follower; erased is as in [session].
func (s *Site) newSession(openID string, erased int64) *session {
	now := s.Now()
	return &session{
		ID: rand.Text(), OpenID: openID, Issued: now.Unix(), Expires: now.Add(looseLife).Unix(), Erased: erased,
	}
}

// bind ties a session to the follower's conversation and gives it its full life.
func (s *Site) bind(c echo.Context, own *session, conversation string) {
	own.Of, own.Expires = conversation, time.Unix(own.Issued, 0).Add(sessionLife).Unix()
	s.keepSession(c, own)
}

func (s *Site) keepSession(c echo.Context, own *session) {
	s.setCookie(c, sessionCookie, s.signer.sign(purposeSession, own), time.Unix(own.Expires, 0).Sub(s.Now()))
	c.Set(sessionKey, own)
}

// cookieName prevents other hosts of the same domain from setting our cookies, if the page uses https.
func (s *Site) cookieName(name string) string {
	if s.secure() {
		return "__Host-" + name
	}
	return name
}

func (s *Site) secure() bool { return s.base.Scheme == "https" }

// cookie is the value of one of our cookies.
func (s *Site) cookie(c echo.Context, name string) (string, bool) {
	cookie, err := c.Cookie(s.cookieName(name))
	if err != nil {
		return "", false
	}
	return cookie.Value, true
}

func (s *Site) setCookie(c echo.Context, name, value string, life time.Duration) {
	age := int(life.Seconds())
	if life <= 0 {
		age = -1
	}
	c.SetCookie(&http.Cookie{
		Name: s.cookieName(name), Value: value, Path: "/", MaxAge: age, HttpOnly: true, SameSite: http.SameSiteLaxMode,
		Secure: s.secure(),
	})
}

// readSession reads the session cookie; nil: none, forged, or ended.
func (s *Site) readSession(c echo.Context) *session {
	signed, ok := s.cookie(c, sessionCookie)
	if !ok {
		return nil
	}
	var own session
	if !s.signer.open(purposeSession, signed, &own) || own.OpenID == "" || own.Expires <= s.Now().Unix() {
		return nil
	}
	if s.hasSignedOut(&own) {
		return nil
	}
	return &own
}

// hasSignedOut reports whether the follower has signed out of a session in this process.
func (s *Site) hasSignedOut(own *session) bool {
	_, left := s.ended.stale(own.ID)
	return left
}

// identify lets only proven followers pass. Others log in, or are told to come from the chat.
func (s *Site) identify(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		own := s.readSession(c)
		if own == nil {
			if !s.limits.callers.Allow(caller.Of(c)) {
				return errTooMany.by(limitStrangers)
			}
			return s.signedOut(c)
		}
		if !s.limits.readers.Allow(own.OpenID) {
			return errTooMany.by(limitReads)
		}
		s.heedChange(c, own)
		status, err := s.stillIn(c, own)
		if err != nil {
			return err
		}
		if status == nil {
			return s.signedOut(c)
		}
		c.Set(sessionKey, own)
		if own.Of == "" && status.Conversation != "" {
			s.bind(c, own, status.Conversation)
		}
		return next(c)
	}
}

// stillIn returns the status of a session's follower; nil: the session has ended.
func (s *Site) stillIn(c echo.Context, own *session) (*followStatus, error) {
	if s.hasSignedOut(own) {
		return nil, nil
	}
	status := s.followStatus(c.Request().Context(), own.OpenID)
	switch {
	case status.unproven || !status.silent && status.erasure.unproven(s.Now()):
		return nil, errUnproven
	case status.Gone:
		s.setCookie(c, sessionCookie, "", -1)
		return nil, errGone
	case status.hasEnded(own):
		s.setCookie(c, sessionCookie, "", -1)
		return nil, nil
	}
	return &status, nil
}

// signedOut sends a browser to the login if possible. The change it requested is not made.
func (s *Site) signedOut(c echo.Context) error {
	if !s.OAuth || wantsJSON(c) || c.Request().Method != http.MethodGet {
		return errSignedOut
	}
	return s.redirectToLogin(c, c.Request().URL.RequestURI())
}

// csrf is the token in a session's forms.
func (s *Site) csrf(own *session) string { return s.signer.mac(purposeCSRF, own.ID) }

// checkCSRF refuses requests that another site's page could have sent.
func (s *Site) checkCSRF(c echo.Context, token string) error {
	if header := c.Request().Header.Get(echo.HeaderXCSRFToken); header != "" {
		token = header
	}
	if !s.sameOrigin(c) || !s.signer.matches(purposeCSRF, sessionOf(c).ID, token) {
		return errRefused
	}
	return nil
}

// sameOrigin returns false if the browser says that another site sent the request.
func (s *Site) sameOrigin(c echo.Context) bool {
	header := c.Request().Header
	if site := header.Get("Sec-Fetch-Site"); site != "" && site != "same-origin" && site != "none" {
		return false
	}
	origin := header.Get(echo.HeaderOrigin)
	return origin == "" || origin == s.base.Scheme+"://"+s.base.Host || origin == "null" &&
		header.Get("Sec-Fetch-Site") == "same-origin"
}

// logout ends the session: in this browser and process at once, elsewhere within the time for which a status is
// trusted. The conversation remembers it.
func (s *Site) logout(c echo.Context) error {
	if err := s.checkCSRF(c, c.FormValue("csrf")); err != nil {
		return err
	}
	own, ctx := sessionOf(c), context.WithoutCancel(c.Request().Context())
	s.ended.keep(own.ID, true)
	if err := s.Backend.SignOut(ctx, own.OpenID, conversation.EndedSession{ID: own.ID, Expires: own.Expires}); err != nil {
		s.Logger.WarnContext(ctx, "a session has ended in this process alone", "error", err)
	}
	s.setCookie(c, sessionCookie, "", -1)
	c.Response().Header().Set("Clear-Site-Data", `"cache"`)
	if wantsJSON(c) {
		return c.NoContent(http.StatusNoContent)
	}
	c.Set(sessionKey, nil)
	return s.render(c, http.StatusOK, "left", "web_left", nil)
}
