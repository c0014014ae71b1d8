package c4csim

import (
	"maps"
	"net/http"
	"slices"
)

// deaths are the ways in which C4C, or an intermediary, answers a write with the cookies of an ended session. Only
// the first follows the OData guide; the others were seen with C4C and with SAP's gateways of the same make.
//
// Sources: SAP Note 1301591, KBA 3048103, github.com/marcellourbani/abap-adt-api pull request 52,
// github.com/pfefferf/grunt-nwabap-ui5uploader issue 12.
var deaths = map[string]func() answer{
	"required": func() answer {
		a := newAnswer(http.StatusForbidden, "text/plain;charset=utf-8", []byte("CSRF token validation failed"))
		a.header.Set("x-csrf-token", "Required")
		return a
	},
	"text": func() answer {
		return newAnswer(http.StatusForbidden, "text/plain;charset=utf-8", []byte("CSRF token validation failed"))
	},
	"german": func() answer {
		return odataError(problem{status: http.StatusForbidden, text: "CSRF-Token-Validierung ist fehlgeschlagen"})
	},
	"page": func() answer {
		return newAnswer(http.StatusBadRequest, "text/html;charset=utf-8",
			[]byte("<html><title>Session Timed Out</title></html>"))
	},
	"not_found": func() answer {
		return newAnswer(http.StatusBadRequest, "text/plain;charset=utf-8", []byte("Session not found"))
	},
	"logon": func() answer {
		return newAnswer(http.StatusOK, "text/html;charset=utf-8", []byte("<html><title>Logon</title></html>"))
	},
	"terminated": func() answer {
		return newAnswer(http.StatusInternalServerError, "text/html;charset=utf-8", []byte("<html>Session terminated</html>"))
	},
}

func deathNames() []string { return slices.Sorted(maps.Keys(deaths)) }

// endSessions ends every session; writes with an ended session are then answered in the given way.
func (s *Simulator) endSessions(as string) {
	for id := range s.sessions {
		s.dead[id] = as
	}
	s.sessions = map[string]*session{}
}

// deathOf returns the answer to a write with the cookie of an ended session.
func (s *Simulator) deathOf(r *http.Request) (answer, bool) {
	cookie, err := r.Cookie(s.keyCookie())
	if err != nil || deaths[s.dead[cookie.Value]] == nil {
		return answer{}, false
	}
	return deaths[s.dead[cookie.Value]]().refuse(), true
}
