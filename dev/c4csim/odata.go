package c4csim

import (
	"encoding/json"
	"errors"
	"maps"
	"mime"
	"net/http"
	"slices"
	"strings"
)

func (s *Simulator) odata(c *call) answer {
	_, _, explicit := c.r.BasicAuth()
	s.mu.Lock()
	logon := s.sessionOf(c.r)
	refused := s.set.RefuseCredentials
	s.mu.Unlock()
	bearer, good := s.bearer(c.r)
	byCookie := logon != nil && s.keyCookie() == cookieSession
	switch {
	case bearer && good:
	case bearer || s.opts.OAuth != nil && s.opts.OAuth.Alone && explicit:
		return unauthorized()
	case explicit && !s.authenticated(c.r) || !explicit && (!byCookie || refused):
		return unauthorized()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.set.unauthorized("odata") {
		return odataError(problem{status: http.StatusForbidden, class: "/IWFND/MED", number: "170",
			text: "No authorization to access the service"}).refuse()
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

func (s *Simulator) odataRead(c *call) answer {
	o := c.odata
	if c.odataErr != nil {
		return odataError(*invalid(c.odataErr.Error())).refuse()
	}
	if o.root == "$metadata" && len(o.path) == 0 {
		return newAnswer(http.StatusOK, "application/xml;charset=utf-8", []byte(metadata()))
	}
	if !o.wantsCount() && !wantsValue(o) && !acceptsJSON(c.r, o) {
		return newAnswer(http.StatusNotAcceptable, "text/plain",
			[]byte("the simulator answers in JSON: add $format=json or Accept: application/json")).refuse()
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
	if name, key, keyed := keyedSegment(o.path[0]); keyed {
		nav, known := t.navigations[name]
		if !known || !nav.many {
			return odataError(*problemNotFound()).refuse()
		}
		related := filterRows(s.related(r, nav), func(x *row) bool { return x.id == key })
		switch {
		case len(related) == 0:
			return odataError(*problemNotFound()).refuse()
		case wantsValue(o):
			return mediaOf(related[0])
		case len(o.path) == 1:
			return s.single(c, related[0])
		}
		return odataError(*problemNotFound()).refuse()
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

// keyedSegment splits Name('KEY').
func keyedSegment(segment string) (name, key string, keyed bool) {
	m := patternSegment.FindStringSubmatch(segment)
	if m == nil || !strings.Contains(segment, "(") {
		return "", "", false
	}
	return m[1], m[2], true
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

// parameterError turns an error of request parsing into an answer.
func parameterError(err error) answer {
	option := optionError{}
	if errors.As(err, &option) {
		return odataError(*invalid(option.text)).refuse()
	}
	return odataError(*invalid("Malformed request")).refuse()
}
