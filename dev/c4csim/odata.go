package c4csim

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"mime"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf16"
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

func (s *Simulator) odata(c *call) answer {
	_, _, explicit := c.r.BasicAuth()
	s.mu.Lock()
	logon := s.sessionOf(c.r)
	refused := s.set.RefuseCredentials
	s.mu.Unlock()
	if explicit && !s.authenticated(c.r) || !explicit && (logon == nil || refused) {
		return unauthorized()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.set.unauthorized("odata") {
		return odataError(problem{status: http.StatusForbidden, class: "/IWFND/MED", number: "170", text: "No authorization to access the service"}).refuse()
	}
	s.settle()
	var a answer
	if c.odata.method == http.MethodGet {
		a = s.odataRead(c)
		s.fetchToken(c.r, a.header)
	} else if death, dead := s.deathOf(c.r); dead {
		a = death
	} else if !s.tokenValid(c.r, logon) {
		a = deaths["required"]().refuse()
	} else {
		a = s.odataWrite(c)
	}
	a.header.Set("dataserviceversion", "2.0")
	a.header.Set("c4c-odata-response-time", "1")
	return a
}

// sessionOf finds the living session of the request's cookies and keeps it alive.
func (s *Simulator) sessionOf(r *http.Request) *session {
	cookie, err := r.Cookie(cookieSession)
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
	if !strings.EqualFold(r.Header.Get("x-csrf-token"), "fetch") {
		return
	}
	logon := s.sessionOf(r)
	if logon == nil {
		logon = &session{token: s.db.objectID() + "==", xsrf: s.db.objectID(), lastUsed: s.now()}
		id := s.db.objectID()
		s.sessions[id] = logon
		h.Add("Set-Cookie", cookieSession+"="+id+"; path=/; HttpOnly")
		h.Add("Set-Cookie", cookieXSRF+"="+logon.xsrf+"; path=/")
		h.Add("Set-Cookie", cookieContext+"=sap-client=100; path=/")
	}
	h.Set("x-csrf-token", logon.token)
}

// tokenValid wants the token of the session and every cookie that came with it.
func (s *Simulator) tokenValid(r *http.Request, logon *session) bool {
	if logon == nil || r.Header.Get("x-csrf-token") != logon.token {
		return false
	}
	xsrf, err := r.Cookie(cookieXSRF)
	if err != nil || xsrf.Value != logon.xsrf {
		return false
	}
	_, err = r.Cookie(cookieContext)
	return err == nil
}

func (s *Simulator) odataRead(c *call) answer {
	o := c.odata
	if c.odataErr != nil {
		return odataError(*invalid(c.odataErr.Error())).refuse()
	}
	if o.root == "$metadata" && len(o.path) == 0 {
		return newAnswer(http.StatusOK, "application/xml;charset=utf-8", []byte(metadata()))
	}
	if !o.wantsCount() && !wantsValue(o) && !acceptsJSON(c.r, o) {
		return newAnswer(http.StatusNotAcceptable, "text/plain", []byte("the simulator answers in JSON: add $format=json or Accept: application/json")).refuse()
	}
	switch {
	case o.root == "":
		return serviceDocument()
	case functions[o.root] != nil && !o.keyed && len(o.path) == 0:
		return s.callFunction(c)
	}
	t := entitySets[o.root]
	if t == nil {
		return odataError(*problemNotFound()).refuse()
	}
	if !o.keyed {
		if len(o.path) > 1 || len(o.path) == 1 && !o.wantsCount() {
			return odataError(*problemNotFound()).refuse()
		}
		return s.collection(c, t, t, nil)
	}
	return s.readEntity(c, t)
}

func (s *Simulator) readEntity(c *call, t *entityType) answer {
	o := c.odata
	r := s.db.get(t.name, o.key)
	if r == nil {
		a := odataError(*problemNotFound())
		a.refused = s.db.get(t.name, strings.ToUpper(o.key)) != nil // keys are upper case
		return a
	}
	if len(o.path) == 0 {
		return s.single(c, r)
	}
	if wantsValue(o) {
		return mediaOf(r)
	}
	nav, known := t.navigations[o.path[0]]
	if !known || len(o.path) > 2 || len(o.path) == 2 && !o.wantsCount() {
		return odataError(*problemNotFound()).refuse()
	}
	related := s.related(r, nav)
	target := entityTypes[nav.target]
	if nav.many {
		return s.collection(c, target, target, related)
	}
	if len(related) == 0 {
		return odataError(*problemNotFound())
	}
	return s.single(c, related[0])
}

func wantsValue(o odataRequest) bool {
	return o.keyed && len(o.path) > 0 && o.path[len(o.path)-1] == "$value"
}

// mediaOf streams an attachment's file: …Collection('…')/Binary/$value.
func mediaOf(r *row) answer {
	if r.typ.byName["Binary"] == nil || r.text("CategoryCode") != "2" {
		return odataError(*problemNotFound()).refuse()
	}
	kind := r.text("MimeType")
	if kind == "" {
		kind = "application/octet-stream"
	}
	return newAnswer(http.StatusOK, kind, r.bytes("Binary"))
}

func acceptsJSON(r *http.Request, o odataRequest) bool {
	if format := o.options.Get("$format"); format != "" {
		return format == "json"
	}
	for v := range strings.SplitSeq(r.Header.Get("Accept"), ",") {
		if kind, _, err := mime.ParseMediaType(v); err == nil && kind == "application/json" {
			return true
		}
	}
	return false
}

func jsonAnswer(status int, v any) answer {
	body, err := json.Marshal(v)
	if err != nil {
		return odataError(problem{status: http.StatusInternalServerError, text: err.Error()})
	}
	return newAnswer(status, "application/json;charset=utf-8", body)
}

func serviceDocument() answer {
	sets := slices.Sorted(maps.Keys(entitySets))
	return jsonAnswer(http.StatusOK, map[string]any{"d": map[string]any{"EntitySets": sets}})
}

// odataError is the error body, and the header sap-message that holds the useful detail.
func odataError(p problem) answer {
	type object = map[string]any
	a := jsonAnswer(p.status, object{"error": object{"code": p.code(), "message": object{"lang": "en", "value": p.text}}})
	if p.class == "" {
		return a
	}
	detail, err := json.Marshal(object{
		"code": "ODATA_ERROR", "message": "Error occurred during processing", "severity": "error", "target": "",
		"details": []object{{"code": p.code(), "message": p.text, "target": "", "severity": "error"}},
	})
	if err == nil {
		a.header.Set("sap-message", asciiJSON(string(detail)))
	}
	return a
}

// asciiJSON escapes what a header cannot carry.
func asciiJSON(text string) string {
	var b strings.Builder
	for _, r := range text {
		if r >= 0x20 && r <= 0x7e {
			b.WriteRune(r)
			continue
		}
		for _, u := range utf16.AppendRune(nil, r) {
			fmt.Fprintf(&b, `\u%04x`, u)
		}
	}
	return b.String()
}

// parameterError turns an error of request parsing into an answer.
func parameterError(err error) answer {
	option := optionError{}
	if errors.As(err, &option) {
		return odataError(*invalid(option.text)).refuse()
	}
	return odataError(*invalid("Malformed request")).refuse()
}
