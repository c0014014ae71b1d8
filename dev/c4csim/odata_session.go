package c4csim

import (
	"net/http"
	"strings"
	"time"
)

// Kinds of OData sessions, by the switch session_kind. A tenant's kind depends on its release and its user.
const (
	// SessionFull has SAP_SESSIONID in addition to the XSRF cookie and the user context. A write must send all of them.
	SessionFull = "full"
	// SessionXSRF has no SAP_SESSIONID: the token is compared with the XSRF cookie, and no other state is kept.
	// Sources: KBA 3339155, KBA 3048103.
	SessionXSRF = "xsrf"
	// SessionNone is a technical user's kind: no token is issued, and none is needed.
	SessionNone = "none"
)

// session is one OData logon: its cookies and the token that belongs to them.
type session struct {
	token, xsrf string
	lastUsed    time.Time
}

const (
	cookieSession = "SAP_SESSIONID_SIM_100"
	cookieXSRF    = "sap-XSRF_SIM_100"
	cookieContext = "sap-usercontext"
)

// keyCookie is the cookie by which a session is found.
func (s *Simulator) keyCookie() string {
	if s.set.SessionKind == SessionXSRF {
		return cookieXSRF
	}
	return cookieSession
}

// sessionOf finds the open session of the request's cookies and extends it.
func (s *Simulator) sessionOf(r *http.Request) *session {
	cookie, err := r.Cookie(s.keyCookie())
	if err != nil {
		return nil
	}
	logon := s.sessions[cookie.Value]
	if logon == nil {
		return nil
	}
	if s.now().Sub(logon.lastUsed) > s.opts.CSRFLifetime {
		delete(s.sessions, cookie.Value)
		return nil
	}
	logon.lastUsed = s.now()
	return logon
}

// fetchToken answers x-csrf-token: fetch with a token and the cookies it belongs to.
func (s *Simulator) fetchToken(r *http.Request, h http.Header) {
	if !strings.EqualFold(r.Header.Get("x-csrf-token"), "fetch") || s.set.SessionKind == SessionNone {
		return
	}
	logon := s.sessionOf(r)
	if logon == nil {
		logon = &session{token: s.db.objectID() + "==", xsrf: s.db.objectID(), lastUsed: s.now()}
		if s.set.SessionKind == SessionXSRF {
			s.sessions[logon.xsrf] = logon
		} else {
			id := s.db.objectID()
			s.sessions[id] = logon
			h.Add("Set-Cookie", cookieSession+"="+id+"; path=/; HttpOnly")
		}
		h.Add("Set-Cookie", cookieXSRF+"="+logon.xsrf+"; path=/")
		h.Add("Set-Cookie", cookieContext+"=sap-client=100; path=/")
	}
	h.Set("x-csrf-token", logon.token)
}

// tokenValid requires the token of the session and every cookie that came with it.
func (s *Simulator) tokenValid(r *http.Request, logon *session) bool {
	if s.set.SessionKind == SessionNone {
		return true
	}
	if logon == nil || r.Header.Get("x-csrf-token") != logon.token {
		return false
	}
	xsrf, err := r.Cookie(cookieXSRF)
	if err != nil || xsrf.Value != logon.xsrf {
		return false
	}
	_, err = r.Cookie(cookieContext)
	return err == nil || s.set.SessionKind == SessionXSRF
}
