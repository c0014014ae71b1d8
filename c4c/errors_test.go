package c4c

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var classes = map[string]error{
	"not found": ErrNotFound, "locked": ErrLocked, "unauthorized": ErrUnauthorized, "not authorized": ErrNotAuthorized,
	"read-only": ErrReadOnly, "conflict": ErrConflict, "rejected": ErrRejected, "fault": ErrFault,
	"unavailable": ErrUnavailable, "not sent": ErrNotSent, "outcome unknown": ErrOutcomeUnknown,
}

// requireClass requires this class and no other.
func requireClass(t *testing.T, err, class error) {
	t.Helper()
	require.Error(t, err)
	for name, c := range classes {
		require.Equal(t, c == class, errors.Is(err, c), "class %q of %v", name, err)
	}
}

var (
	xmlType  = map[string]string{"Content-Type": "text/xml; charset=utf-8"}
	jsonType = map[string]string{"Content-Type": "application/json"}
	htmlType = map[string]string{"Content-Type": "text/html; charset=utf-8"}
	textType = map[string]string{"Content-Type": "text/plain"}
)

func sapMessageHeader(code, message string) map[string]string {
	return map[string]string{
		"Content-Type": "application/json",
		"sap-message": `{"code":"ODATA_ERROR","message":"Error occurred","severity":"error","details":[{"code":"` + code +
			`","message":"` + message + `","severity":"error"}]}`,
	}
}

const jsonError = `{"error":{"code":"X:001","message":{"lang":"en","value":"Invalid input"}}}`

func TestSOAPErrors(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		status int
		header map[string]string
		body   string
		class  error
		text   string
	}{
		{"generic fault", 500, xmlType, soapFaultBody(genericFault), ErrFault, "Web service processing error"},
		{"fault in 200", 200, xmlType, soapFaultBody(genericFault), ErrFault, "Web service processing error"},
		{"authorization role", 500, xmlType,
			soapFaultBody(
				`Authorization role missing for service "ServiceInterface X" (UTC timestamp 20130320080942; Transaction ID 00163E1)`), ErrNotAuthorized, "Authorization role missing"},
		{"fault of a lock", 500, xmlType, soapFaultBody("Object is locked by user LI"), ErrLocked, "locked by"},
		{"fault with 401", 401, xmlType, soapFaultBody("Logon failed"), ErrUnauthorized, "Logon failed"},
		{"fault with 503", 503, xmlType, soapFaultBody("Down"), ErrUnavailable, "Down"},
		{"soap 1.2 fault", 500, xmlType,
			`<env:Envelope xmlns:env="http://www.w3.org/2003/05/soap-envelope"><env:Body><env:Fault><env:Code><env:Value>env:Receiver</env:Value></env:Code><env:Reason><env:Text xml:lang="en">` + genericFault + `</env:Text></env:Reason></env:Fault></env:Body></env:Envelope>`, ErrFault, "env:Receiver"},
		{"lock", 200, xmlType, soapLogBody("101(/AP_ESI_COMMON/)", "Object busy"), ErrLocked, "Object busy"},
		{"lock in another spelling", 200, xmlType, soapLogBody("AP_ESI_COMMON/101", "Object busy"), ErrLocked, ""},
		{"lock by its text", 200, xmlType, soapLogBody("", "Locking of object failed"), ErrLocked, "Locking"},
		{"action not enabled", 200, xmlType, soapLogBody("106(/AP_ESI_COMMON/)", "Not enabled"), ErrReadOnly, ""},
		{"data read-only", 200, xmlType, soapLogBody("107(/AP_ESI_COMMON/)", "Read-only"), ErrReadOnly, ""},
		{"order block", 200, xmlType, soapLogBody("034(/CL_CDA_BUSDT/)", "Blocked"), ErrRejected,
			"034(/CL_CDA_BUSDT/) Blocked"},
		{"same number, other class", 200, xmlType, soapLogBody("101(/OTHER/)", "No"), ErrRejected, ""},
		{"log without items", 200, xmlType,
			soapEnvelope("X", `<Log><MaximumLogItemSeverityCode>3</MaximumLogItemSeverityCode></Log>`), ErrRejected,
			"no reason"},
		{"item worse than the maximum", 200, xmlType,
			soapEnvelope("X", `<Log><Item><SeverityCode>3</SeverityCode><Note>Bad</Note></Item></Log>`), ErrRejected, "Bad"},
		{"warning without object", 200, xmlType,
			soapEnvelope("X", `<Log><MaximumLogItemSeverityCode>2</MaximumLogItemSeverityCode></Log>`), ErrOutcomeUnknown,
			"without the object"},
		{"empty answer", 200, xmlType, "", ErrOutcomeUnknown, ""},
		{"broken answer", 200, xmlType, soapEnvelope("X", "<a>"), ErrOutcomeUnknown, ""},
		{"empty body", 200, xmlType, `<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body/></e:Envelope>`,
			ErrOutcomeUnknown, ""},
		{"login page", 200, htmlType, "<html>Log on</html>", ErrUnavailable, "web page"},
		{"wrong password", 401, htmlType, "<html>Logon failed</html>", ErrUnauthorized, "401"},
		{"forbidden", 403, htmlType, "", ErrNotAuthorized, ""},
		{"service missing", 404, htmlType, "<html>Not found</html>", ErrRejected, "404"},
		{"redirect", 302, map[string]string{"Location": "https://elsewhere.invalid/"}, "", ErrUnavailable, "302"},
		{"too many", 429, nil, "", ErrUnavailable, ""},
		{"bad gateway", 502, htmlType, "<html>", ErrUnavailable, ""},
		{"500 without fault", 500, textType, "dump", ErrUnavailable, ""},
		{"bad request", 400, textType, "", ErrRejected, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c, f := setup(t, SocialSOAP)
			f.answer(test.status, test.header, test.body)
			_, err := c.Social().CreateActivity(t.Context(), requestID(test.name),
				newMessage(Profile{ID: "1", UUID: "A"}, "wx:"+testOpenID, "my brakes squeal"))
			requireClass(t, err, test.class)
			requireRedacted(t, err, testOpenID, "brakes", "elsewhere")
			require.Contains(t, err.Error(), "create activity")
			require.Contains(t, err.Error(), test.text)
			require.Len(t, f.seen(), 1, "never repeated")
		})
	}
}

// Whatever page comes with a 401, the status says it all.
func TestRefusedCredentialsSayNothingOfAPage(t *testing.T) {
	t.Parallel()
	c, f := setup(t, SocialSOAP)
	f.answer(401, htmlType, "<html>Logon failed</html>")
	_, err := c.Social().CreateActivity(t.Context(), requestID("1"),
		newMessage(Profile{ID: "1", UUID: "A"}, "wx:1", "hello"))
	require.EqualError(t, err, "c4c: create activity: http 401")
}

func TestODataErrors(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		status int
		header map[string]string
		body   string
		class  error
		text   string
	}{
		{"bad request", 400, jsonType, jsonError, ErrRejected, "X:001 Invalid input"},
		{"details first", 400, sapMessageHeader("/APBP/CENT:003", "Cannot maintain internal field"), jsonError, ErrRejected,
			"/APBP/CENT:003 Cannot maintain internal field"},
		{"lock", 400, sapMessageHeader("AP_ESI_COMMON:101", "Record busy"), jsonError, ErrLocked, ""},
		{"lock by its text", 500, jsonType, `{"error":{"code":"","message":{"value":"record locked by user LI"}}}`, ErrLocked,
			"locked by"},
		{"read-only", 400, sapMessageHeader("AP_ESI_COMMON:107", "Read-only"), jsonError, ErrReadOnly, ""},
		{"escaped sap-message", 400,
			map[string]string{
				"sap-message": `%7b%22code%22%3a%22A%3a1%22%2c%22details%22%3a%5b%7b%22code%22%3a%22AP_ESI_COMMON%3a106%22%7d%5d%7d`}, jsonError, ErrReadOnly, "AP_ESI_COMMON:106"},
		{"error in 200", 200, jsonType, jsonError, ErrRejected, "Invalid input"},
		{"error in 201", 201, jsonType, jsonError, ErrRejected, "Invalid input"},
		{"older error in 200", 200, jsonType, `{"code":"ERROR","message":"Validation failed"}`, ErrRejected,
			"Validation failed"},
		{"204 with an error", 204, sapMessageHeader("X:1", "No"), "", ErrRejected, "X:1 No"},
		{"atom error", 400, map[string]string{"Content-Type": "application/xml"},
			`<error xmlns="http://schemas.microsoft.com/ado/2007/08/dataservices/metadata"><code>X:2</code><message xml:lang="en">Bad</message></error>`, ErrRejected, "X:2 Bad"},
		{"set not found", 404, textType, "The server has not found any resource", ErrRejected, "not found any"},
		{"session page", 400, htmlType, "<html>Session Timed Out</html>", ErrUnavailable, "session"},
		{"page not found", 404, htmlType, "<html>", ErrRejected, "web page"},
		{"wrong password", 401, htmlType, "<html>", ErrUnauthorized, ""},
		{"wrong password, json", 401, jsonType, jsonError, ErrUnauthorized, ""},
		{"forbidden", 403, jsonType, jsonError, ErrNotAuthorized, ""},
		{"forbidden, other token header", 403,
			map[string]string{"x-csrf-token": "token-0", "Content-Type": "application/json"}, jsonError, ErrNotAuthorized, ""},
		{"csrf twice", 403, map[string]string{"x-csrf-token": "Required", "Content-Type": "text/html"},
			"CSRF token validation failed", ErrUnavailable, "CSRF"},
		{"precondition", 412, jsonType, jsonError, ErrConflict, ""},
		{"precondition without body", 412, nil, "", ErrConflict, ""},
		{"locked status", 423, jsonType, jsonError, ErrLocked, ""},
		{"too many", 429, jsonType, jsonError, ErrUnavailable, ""},
		{"too large", 413, textType, "too large", ErrRejected, ""},
		{"server error", 500, jsonType, jsonError, ErrUnavailable, ""},
		{"maintenance", 503, htmlType, "<html>Maintenance</html>", ErrUnavailable, "web page"},
		{"maintenance with 200", 200, htmlType, "<html>Maintenance</html>", ErrUnavailable, "web page"},
		{"not json", 201, jsonType, "???", ErrOutcomeUnknown, ""},
		{"no object", 201, jsonType, `{"d":{"results":[]}}`, ErrOutcomeUnknown, "without the object"},
		{"object without key", 201, jsonType, `{"d":{"results":{"CustomerID":"1"}}}`, ErrOutcomeUnknown,
			"without the object"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c, f := setup(t, SocialOData)
			f.answer(test.status, test.header, test.body)
			_, err := c.CreateCustomer(t.Context(), NewCustomer{LastName: "Brakes", NickName: testOpenID})
			requireClass(t, err, test.class)
			requireRedacted(t, err, testOpenID, "Brakes")
			require.Contains(t, err.Error(), "create customer")
			require.Contains(t, err.Error(), test.text)
		})
	}
}

func TestFaultDetails(t *testing.T) {
	t.Parallel()
	c, f := setup(t, SocialSOAP)
	f.answer(500, map[string]string{"Retry-After": "7"}, soapFaultBody(genericFault))
	_, err := c.Social().FindProfile(t.Context(), testOpenID)
	var fault *Fault
	require.ErrorAs(t, err, &fault)
	require.Equal(t, "00163E0000001EE28000000000000005", fault.TransactionID)
	require.Equal(t, time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), fault.At)
	require.Equal(t, "soap-env:Server", fault.Code)
	require.Equal(t, 500, fault.Status)
	after, ok := RetryAfter(fmt.Errorf("sync: %w", err))
	require.True(t, ok)
	require.Equal(t, 7*time.Second, after)
}

func TestBusinessErrorItems(t *testing.T) {
	t.Parallel()
	c, f := setup(t, SocialSOAP)
	f.answer(200, xmlType, soapLogBody("034(/CL_CDA_BUSDT/)", strings.Repeat("长", 600)))
	_, err := c.Social().FindActivity(t.Context(), "m1")
	var business *BusinessError
	require.ErrorAs(t, err, &business)
	require.Len(t, business.Items, 2)
	require.Equal(t, LogItem{Severity: 2, Note: "a warning beside it"}, business.Items[0])
	require.Equal(t, 3, business.Items[1].Severity)
	require.Len(t, []rune(business.Items[1].Note), maxNote)
	require.NotContains(t, err.Error(), "warning")
}

func TestODataErrorDetails(t *testing.T) {
	t.Parallel()
	c, f := setup(t, SocialOData)
	detail := `{"code":"/APBP/CENT:003","message":"Cannot maintain internal field","target":"","severity":"error"}`
	f.answer(400, map[string]string{"sap-message": `{"code":"ODATA_ERROR","message":"Error","details":[` + detail + `,` +
		detail + `,{"code":"B:1","message":"other"}]}`}, jsonError)
	_, err := c.Ticket(t.Context(), "00163E0000001ED78000000000000009")
	var odata *ODataError
	require.ErrorAs(t, err, &odata)
	require.Len(t, odata.Details, 2, "repetitions are left out")
	require.Equal(t, "/APBP/CENT:003", odata.Code)
	require.Equal(t, "ticket", odata.Op)
}

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for value, want := range map[string]time.Duration{
		"": 0, "30": 30 * time.Second, "-1": 0, "soon": 0, "99999999999": 0,
		"9999999":                       7 * 24 * time.Hour,
		"Fri, 02 Jan 2026 03:05:05 GMT": time.Minute,
		"Fri, 02 Jan 2026 03:03:05 GMT": 0,
	} {
		got := (&reply{header: http.Header{"Retry-After": {value}}}).retryAfter(now)
		if value == "99999999999" {
			want = 7 * 24 * time.Hour
		}
		require.Equal(t, want, got, value)
	}
	_, ok := RetryAfter(errors.New("other"))
	require.False(t, ok)
	for _, status := range []int{429, 503} {
		c, f := setup(t, SocialSOAP)
		f.answer(status, map[string]string{"Retry-After": "12", "Content-Type": "text/html"}, "<html>")
		_, err := c.Social().FindProfile(t.Context(), testOpenID)
		after, ok := RetryAfter(err)
		require.True(t, ok)
		require.Equal(t, 12*time.Second, after)
		_, err = c.TicketByID(t.Context(), "1")
		after, ok = RetryAfter(err)
		require.True(t, ok)
		require.Equal(t, 12*time.Second, after)
		f.answer(status, map[string]string{"Retry-After": "13"}, jsonError)
		_, err = c.TicketByID(t.Context(), "1")
		after, _ = RetryAfter(err)
		require.Equal(t, 13*time.Second, after)
	}
}

func TestStatusClasses(t *testing.T) {
	t.Parallel()
	for status, class := range map[int]error{
		301: ErrUnavailable, 302: ErrUnavailable, 307: ErrUnavailable, 400: ErrRejected, 401: ErrUnauthorized,
		403: ErrNotAuthorized,
		404: ErrRejected, 405: ErrRejected, 406: ErrRejected, 408: ErrUnavailable, 409: ErrConflict, 412: ErrConflict,
		413: ErrRejected,
		415: ErrRejected, 422: ErrRejected, 429: ErrUnavailable, 500: ErrUnavailable, 501: ErrUnavailable,
		502: ErrUnavailable,
		503: ErrUnavailable, 504: ErrUnavailable, 599: ErrUnavailable, 200: ErrOutcomeUnknown, 0: ErrOutcomeUnknown,
	} {
		requireClass(t, &TransportError{Op: "x", Status: status}, class)
		if status >= 400 && status != http.StatusNotFound {
			requireClass(t, &ODataError{Op: "x", Status: status, Code: "A:1"}, class)
		}
	}
	requireClass(t, &TransportError{Op: "x", Status: 500, Unsent: true}, ErrNotSent)
	requireClass(t, fmt.Errorf("sync: %w", &ODataError{Op: "x", Status: 404}), ErrNotFound)
	requireClass(t, fmt.Errorf("sync: %w", notFound("x")), ErrNotFound)
}

func TestSAPMessage(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ header, code, detail string }{
		"none":        {"", "", ""},
		"plain":       {`{"code":"A","details":[{"code":"B:1"}]}`, "A", "B:1"},
		"escaped":     {`%7B%22code%22%3A%22A%22%2C%22details%22%3A%5B%7B%22code%22%3A%22B%3A1%22%7D%5D%7D`, "A", "B:1"},
		"no details":  {`{"code":"A","details":null}`, "A", ""},
		"not json":    {"Error", "", ""},
		"bad escapes": {"%zz", "", ""},
		"wrong types": {`{"code":1}`, "", ""},
	} {
		m := parseSAPMessage(test.header)
		require.Equal(t, test.code, m.Code, name)
		if test.detail == "" {
			require.Empty(t, m.Details, name)
			continue
		}
		require.Equal(t, test.detail, m.Details[0].Code, name)
	}
}

// TestRedaction makes C4C return secrets in every place from which an error takes text.
func TestRedaction(t *testing.T) {
	t.Parallel()
	echo := "you sent " + testPassword
	for name, answer := range map[string]struct {
		status int
		header map[string]string
		body   string
	}{
		"fault":       {500, xmlType, soapFaultBody(echo)},
		"log":         {200, xmlType, soapLogBody(escape(echo), echo)},
		"odata error": {400, jsonType, `{"error":{"code":"` + echo + `","message":{"value":"` + echo + `"}}}`},
		"sap-message": {400, sapMessageHeader(echo, echo), jsonError},
		"text":        {400, textType, echo},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, social := range []string{SocialSOAP, SocialOData} {
				c, f := setup(t, social)
				f.answer(answer.status, answer.header, answer.body)
				_, err := c.Social().FindProfile(t.Context(), testOpenID)
				requireRedacted(t, err, testOpenID)
			}
		})
	}
}
