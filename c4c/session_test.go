package c4c

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// death is a way in which C4C, or an intermediary, reports that a session has ended.
type death struct {
	name   string
	status int
	header map[string]string
	body   string
	once   error // class of the write that meets it; nil: it is sent again and succeeds
}

// deaths were seen with C4C and with SAP's gateways of the same make. Source: SAP Note 1301591, KBA 3048103, and issues
// of public clients.
func deaths() []death {
	return []death{
		{"token required", 403, map[string]string{"x-csrf-token": "Required"}, "CSRF token validation failed", nil},
		{"token text", 403, textType, "CSRF token validation failed", nil},
		{"token text in German", 403, textType, "CSRF-Token-Validierung ist fehlgeschlagen", nil},
		{"token in json", 403, jsonType,
			`{"error":{"code":"/IWFND/CM:001","message":{"lang":"en","value":"CSRF token validation failed"}}}`, nil},
		{"forbidden page", 403, htmlType, "<html>Forbidden</html>", nil},
		{"session page", 400, htmlType, "<html><head><title>Session Timed Out</title></head></html>", nil},
		{"session text", 400, textType, "Session not found", nil},
		{"session in json", 400, jsonType, `{"error":{"code":"","message":{"lang":"de","value":"Sitzung ist abgelaufen"}}}`,
			nil},
		{"session by name", 400, textType, "ICMENOSESSION", nil},
		{"session in Chinese", 400, jsonType, `{"error":{"code":"X:1","message":{"lang":"zh","value":"会话已过期"}}}`, nil},
		{"bad request without words", 400, nil, "", nil},
		{"log-on", 401, htmlType, "<html>Logon</html>", nil},
		{"gone", 410, htmlType, "<html>Gone</html>", nil},
		{"log-on page", 200, htmlType, "<html>Logon</html>", ErrUnavailable},
		{"log-on page without label", 201, textType, "<!DOCTYPE html><html>Logon</html>", ErrUnavailable},
		{"redirect to the log-on", 302, map[string]string{"Location": "https://logon.invalid/"}, "", ErrUnavailable},
		{"server error", 500, htmlType, "<html>Session terminated</html>", ErrUnavailable},
		{"server error in json", 500, jsonType, jsonError, ErrUnavailable},
		{"down", 503, htmlType, "<html>Maintenance</html>", ErrUnavailable},
		{"nothing", 200, nil, "", ErrOutcomeUnknown},
		{"cut", 0, nil, "", ErrOutcomeUnknown},
	}
}

// die makes every write with the client's present session fail.
func (f *fake) die(d death) {
	f.mu.Lock()
	dead := fmt.Sprintf("%s-%d", f.token, f.session)
	f.mu.Unlock()
	f.onRequest(func(w http.ResponseWriter, r *http.Request, next http.HandlerFunc) {
		if r.Method == http.MethodGet || !strings.Contains(r.Header.Get("Cookie"), dead) {
			next(w, r)
			return
		}
		if d.status == 0 {
			panic(http.ErrAbortHandler)
		}
		for name, value := range d.header {
			w.Header().Set(name, value)
		}
		w.WriteHeader(d.status)
		_, _ = io.WriteString(w, d.body)
	})
}

// TestDeadSessionIsGivenUp: however C4C ends a session, at most one write fails because of it.
func TestDeadSessionIsGivenUp(t *testing.T) {
	t.Parallel()
	for _, d := range deaths() {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			c, f := setup(t, SocialOData)
			create := func() error {
				_, err := c.CreateCustomer(t.Context(), NewCustomer{LastName: "Li"})
				return err
			}
			require.NoError(t, create())
			f.die(d)
			err := create()
			if d.once != nil {
				requireClass(t, err, d.once)
				err = create()
			}
			require.NoError(t, err)
			require.NoError(t, create())
			require.Equal(t, 2, f.fetches())
		})
	}
}

// TestDeadSessionOfAttachment: a file cannot be sent twice, so the next attempt has another session.
func TestDeadSessionOfAttachment(t *testing.T) {
	t.Parallel()
	for _, d := range deaths() {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			c, f := setup(t, SocialSOAP)
			key := f.addTicket("brakes", "1").text("ObjectID")
			attach := func() error {
				return c.AddTicketAttachment(t.Context(), key, NewAttachment{Name: "a.txt", Content: strings.NewReader("x")})
			}
			require.NoError(t, attach())
			f.die(d)
			err := attach()
			if d.once == nil {
				d.once = ErrUnavailable
			}
			requireClass(t, err, d.once)
			require.NoError(t, attach())
			require.Len(t, f.rows(attachmentSet), 2)
		})
	}
}

// TestRefusalWithFreshSession: if C4C refuses even a session fetched for the write, the refusal is about the write.
func TestRefusalWithFreshSession(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		status int
		header map[string]string
		body   string
		class  error
		calls  int // of the second write: the first has a fresh session anyway
	}{
		{"no authorization", 403, jsonType, jsonError, ErrNotAuthorized, 1},
		{"forbidden page", 403, htmlType, "<html>", ErrNotAuthorized, 1},
		{"wrong password", 401, htmlType, "<html>", ErrUnauthorized, 1},
		{"token text", 403, textType, "CSRF token validation failed", ErrUnavailable, 2},
		{"session text", 400, textType, "Session not found", ErrUnavailable, 2},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c, f := setup(t, SocialOData)
			f.answer(test.status, test.header, test.body)
			for range 2 {
				f.forget()
				_, err := c.CreateCustomer(t.Context(), NewCustomer{LastName: "Li"})
				requireClass(t, err, test.class)
				require.Len(t, f.seen(), test.calls)
				require.Equal(t, test.calls, f.fetches())
			}
		})
	}
}

// TestBusinessErrorKeepsSession: an error that names a reason in the data causes neither a fetch nor a repeat.
func TestBusinessErrorKeepsSession(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		status int
		header map[string]string
		body   string
	}{
		{"rejected", 400, sapMessageHeader("ABSL:001", "Enter a country/region"), jsonError},
		{"locked", 400, sapMessageHeader("AP_ESI_COMMON:101", "Locking failed"), jsonError},
		{"read-only", 400, sapMessageHeader("AP_ESI_COMMON:107", "Read-only"), jsonError},
		{"changed meanwhile", 412, nil, ""},
		{"too many", 429, jsonType, jsonError},
		{"too many, page", 429, htmlType, "<html>"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c, f := setup(t, SocialOData)
			_, err := c.CreateCustomer(t.Context(), NewCustomer{LastName: "Li"})
			require.NoError(t, err)
			f.answer(test.status, test.header, test.body)
			for range 3 {
				f.forget()
				_, err = c.CreateCustomer(t.Context(), NewCustomer{LastName: "Li"})
				require.Error(t, err)
				require.Len(t, f.seen(), 1)
				require.Zero(t, f.fetches())
			}
		})
	}
}

func TestSessionHasAnAge(t *testing.T) {
	t.Parallel()
	c, f := setup(t, SocialOData)
	now := time.Now()
	c.odata.session.clock = func() time.Time { return now }
	for _, later := range []struct {
		by      time.Duration
		fetches int
	}{{0, 1}, {grantAge - time.Second, 1}, {time.Second, 2}, {grantAge / 2, 2}} {
		now = now.Add(later.by)
		_, err := c.CreateCustomer(t.Context(), NewCustomer{LastName: "Li"})
		require.NoError(t, err)
		require.Equal(t, later.fetches, f.fetches())
	}
}

// TestCookiesEnd: a server may delete a cookie in two ways.
func TestCookiesEnd(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	old := []*http.Cookie{{Name: "sap-contextid", Value: "SID%3aANON"}, {Name: "kept", Value: "1"}}
	for header, want := range map[string]string{
		"sap-contextid=0; path=/; expires=Tue, 01-Jan-1980 00:00:01 GMT":             "kept=1",
		"sap-contextid=; Max-Age=0":                                                  "kept=1",
		"sap-contextid=2; expires=Fri, 02 Jan 2026 04:04:05 GMT":                     "kept=1;sap-contextid=2",
		"sap-contextid=2; Max-Age=60; expires=Tue, 01-Jan-1980 00:00:01 GMT":         "kept=1;sap-contextid=2",
		"sap-contextid=2; expires=some day":                                          "kept=1;sap-contextid=2",
		"other=3; path=/; secure; HttpOnly; SameSite=None; expires=Tue, 01-Jan-1980": "sap-contextid=SID%3aANON;kept=1;other=3",
	} {
		merged := mergeCookies(old, setCookies(http.Header{"Set-Cookie": {header}}), now)
		var got []string
		for _, c := range merged {
			got = append(got, c.Name+"="+c.Value)
		}
		require.Equal(t, want, strings.Join(got, ";"), header)
	}
}
