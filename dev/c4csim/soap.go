package c4csim

import (
	"crypto/subtle"
	"fmt"
	"maps"
	"mime"
	"net/http"
	"strings"
	"time"
)

// message is one operation of a SOAP service, identified by the root element of its request.
type message struct {
	service   string
	operation string
	answer    string // root element of the answer
	parts     []part
	maintains bool // changes data and is idempotent by the header's UUID
	handle    func(s *Simulator, request *node) (inner string, refused bool)
}

const (
	serviceManageProfile  = "managesocialmediauserprofilein"
	serviceQueryProfile   = "requestforsocialmediauserprofi"
	serviceManageActivity = "managesocialmediaactivityin"
	serviceQueryActivity  = "querysocialmediaactivityin"
)

// messages lists the operations by root element. The activity services spell "sync" without an underscore, the others
// with one.
var messages = map[string]message{
	"SocialMediaUserProfileBundleMaintainRequest_sync": {
		service: serviceManageProfile, operation: "MaintainBundle",
		answer: "SocialMediaUserProfileBundleMaintainConfirmation_sync",
		parts:  profileRequest(), maintains: true, handle: (*Simulator).maintainProfiles},
	"SocialMediaActivityBundleMaintainRequestsync": {
		service: serviceManageActivity, operation: "MaintainBundle",
		answer: "SocialMediaActivityBundleMaintainConfirmationsync",
		parts:  activityRequest(), maintains: true, handle: (*Simulator).maintainActivities},
	"SocialMediaActivityRequestBundleCheckMaintainQuerysync": {
		service: serviceManageActivity, operation: "CheckMaintainBundle",
		answer: "SocialMediaActivityRequestBundleCheckMaintainResponsesync",
		parts:  activityRequest(), handle: (*Simulator).checkActivities},
	"SocialMediaUserProfileRequest_sync": {
		service: serviceQueryProfile, operation: "FindByElements", answer: "SocialMediaUserProfileResponse_sync",
		parts: selection("SocialMediaUserProfileSelectionByElements", "SelectionBySocialMediaUserProfileUserAccountID",
			"SelectionBySocialMediaUserProfileID"),
		handle: (*Simulator).queryProfiles},
	"SocialMediaActivityByElementsQuery_sync": {
		service: serviceQueryActivity, operation: "FindByElements", answer: "SocialMediaActivityByElementsResponse_sync",
		parts:  selection("SocialMediaActivitySelectionByElements", "SelectionBySocialMediaMessageID"),
		handle: (*Simulator).queryActivities},
}

// interfaces are the existing services; those without messages lack a communication arrangement for our user.
var interfaces = map[string]string{
	serviceManageProfile: "ManageSocialMediaUserProfileIn", serviceQueryProfile: "RequestForSocialMediaUserProfileIn",
	serviceManageActivity: "ManageSocialMediaActivityIn", serviceQueryActivity: "QuerySocialMediaActivityIn",
	"managecustomerin1": "ManageCustomerIn", "querycustomerin1": "QueryCustomerIn", "querycontactin": "QueryContactIn",
	"manageservicerequestin1": "ManageServiceRequestIn", "queryservicerequestin": "QueryServiceRequestIn",
	"manageappointmentactivityin1": "ManageAppointmentActivityIn",
}

var arranged = map[string]bool{serviceManageProfile: true, serviceQueryProfile: true, serviceManageActivity: true,
	serviceQueryActivity: true}

// storedAnswer is the first answer to a message header UUID.
type storedAnswer struct {
	answer answer
	root   string
	at     time.Time
}

func (c *call) service() string { return strings.TrimPrefix(c.r.URL.Path, soapPath) }

func (s *Simulator) soap(c *call) answer {
	if !s.authenticated(c.r) {
		return unauthorized()
	}
	if c.r.Method != http.MethodPost {
		return newAnswer(http.StatusMethodNotAllowed, "text/html", nil).refuse()
	}
	if interfaces[c.service()] == "" {
		return s.processingFault(c).refuse()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !arranged[c.service()] || s.set.unauthorized(c.service()) {
		return s.authorizationFault(c).refuse()
	}
	s.settle()
	if reason := c.malformed(); reason != nil {
		s.opts.Logger.Info("web service error log", "service", c.service(), "reason", reason.Error())
		return s.processingFault(c).refuse()
	}
	m := messages[c.operation]
	key := c.envelope.root.value("BasicMessageHeader", "UUID")
	if stored, ok := s.repeated(m, c.operation, key); ok {
		return stored
	}
	inner, refused := m.handle(s, c.envelope.root)
	a := confirm(c.envelope, m.answer, inner)
	a.refused = refused
	if m.maintains && key != "" && (!refused || s.set.ReplayErrors) {
		s.keepAnswer(strings.ToLower(key), storedAnswer{answer: a, root: c.operation, at: s.now()})
	}
	return a
}

// keepAnswer stores an answer and occasionally drops old ones.
func (s *Simulator) keepAnswer(key string, a storedAnswer) {
	if len(s.answered)%1000 == 999 {
		maps.DeleteFunc(s.answered, func(_ string, old storedAnswer) bool {
			return a.at.Sub(old.at) > s.opts.IdempotencyWindow
		})
	}
	s.answered[key] = a
}

// malformed returns why the real services would answer the message with the generic fault.
func (c *call) malformed() error {
	if c.soapErr != nil {
		return c.soapErr
	}
	mediaType, _, err := mime.ParseMediaType(c.r.Header.Get("Content-Type"))
	want := "text/xml"
	if c.envelope.soap12 {
		want = "application/soap+xml"
	}
	if err != nil || mediaType != want {
		return fmt.Errorf("content type is not %s", want)
	}
	m, known := messages[c.operation]
	if !known || m.service != c.service() || c.envelope.root.space != namespaceGlobal {
		return fmt.Errorf("root element {%s}%s", c.envelope.root.space, c.envelope.root.name)
	}
	top := part{name: c.operation, complex: true, parts: m.parts}
	if err := top.checkContent(c.envelope.root); err != nil {
		return err
	}
	conditions := c.envelope.root.child("ProcessingConditions")
	if conditions != nil && isTrue(conditions.value("QueryHitsUnlimitedIndicator")) &&
		conditions.has("QueryHitsMaximumNumberValue") {
		return fmt.Errorf("an unlimited query with a maximum")
	}
	return nil
}

func isTrue(v string) bool { return v == "true" || v == "1" }

// repeated finds the kept answer to a message header UUID inside the window.
func (s *Simulator) repeated(m message, root, key string) (answer, bool) {
	if !m.maintains || key == "" {
		return answer{}, false
	}
	stored, ok := s.answered[strings.ToLower(key)]
	if !ok || stored.root != root || s.now().Sub(stored.at) > s.opts.IdempotencyWindow {
		return answer{}, false
	}
	return stored.answer, true
}

// authenticated checks the Basic credentials in constant time.
func (s *Simulator) authenticated(r *http.Request) bool {
	user, password, ok := r.BasicAuth()
	same := subtle.ConstantTimeCompare([]byte(user), []byte(s.opts.User)) & subtle.ConstantTimeCompare([]byte(password),
		[]byte(s.opts.Password))
	s.mu.Lock()
	defer s.mu.Unlock()
	return ok && same == 1 && !s.set.RefuseCredentials
}

func unauthorized() answer {
	a := newAnswer(http.StatusUnauthorized, "text/html",
		[]byte("<html><head><title>Logon failed</title></head><body><h1>Logon failed</h1></body></html>"))
	a.header.Set("WWW-Authenticate", `Basic realm="SAP NetWeaver Application Server"`)
	return a.refuse()
}

func (s *Simulator) processingFault(c *call) answer {
	return s.fault(c, "Web service processing error; more details in the Web service error log on provider side")
}

func (s *Simulator) authorizationFault(c *call) answer {
	operation := "MaintainBundle"
	if m, known := messages[c.operation]; known {
		operation = m.operation
	}
	return s.fault(c,
		fmt.Sprintf(
			`Authorization role missing for service "ServiceInterface http://sap.com/xi/A1S/Global %s <default> <default>", operation "Operation http://sap.com/xi/A1S/Global %s"`,
			interfaces[c.service()], operation))
}

// fault is a SOAP fault of the message's version, with the transaction id that SAP support asks for.
func (s *Simulator) fault(c *call, text string) answer {
	now := s.now()
	text += fmt.Sprintf(" (UTC timestamp %s; Transaction ID 00163E%026X)", now.Format("20060102150405"), now.UnixNano())
	if c.envelope != nil && c.envelope.soap12 {
		body := `<env:Envelope xmlns:env="` + namespaceSOAP12 +
			`"><env:Header/><env:Body><env:Fault><env:Code><env:Value>env:Receiver</env:Value></env:Code>` +
			`<env:Reason>` + strings.Replace(element("env:Text", text), "<env:Text>", `<env:Text xml:lang="en">`, 1) +
			`</env:Reason></env:Fault></env:Body></env:Envelope>`
		return newAnswer(http.StatusInternalServerError, "application/soap+xml; charset=utf-8", []byte(body))
	}
	body := `<soap-env:Envelope xmlns:soap-env="` + namespaceSOAP11 +
		`"><soap-env:Header/><soap-env:Body><soap-env:Fault><faultcode>soap-env:Server</faultcode>` +
		strings.Replace(element("faultstring", text), "<faultstring>", `<faultstring xml:lang="en">`, 1) +
		`<detail/></soap-env:Fault></soap-env:Body></soap-env:Envelope>`
	return newAnswer(http.StatusInternalServerError, "text/xml; charset=utf-8", []byte(body))
}

// confirm wraps an answer's content in its root element and in the envelope version of the request.
func confirm(e *envelope, root, inner string) answer {
	prefix, space, kind := "soap-env", namespaceSOAP11, "text/xml; charset=utf-8"
	if e != nil && e.soap12 {
		prefix, space, kind = "env", namespaceSOAP12, "application/soap+xml; charset=utf-8"
	}
	body := fmt.Sprintf(
		`<%[1]s:Envelope xmlns:%[1]s="%[2]s"><%[1]s:Header/><%[1]s:Body><n0:%[3]s xmlns:n0="%[4]s" xmlns:prx="urn:sap.com:proxy:SIM:/1SAI/TAE00000000000000000000:804">%[5]s</n0:%[3]s></%[1]s:Body></%[1]s:Envelope>`,
		prefix, space, root, namespaceGlobal, inner)
	return newAnswer(http.StatusOK, kind, []byte(body))
}

// logXML is the Log of a business error; a successful social media answer has none.
func logXML(problems ...problem) string {
	var b strings.Builder
	b.WriteString("<Log>" + element("MaximumLogItemSeverityCode", "3"))
	for _, p := range problems {
		note := []rune(p.text)
		b.WriteString("<Item>" + optional("TypeID", p.typeID()) + element("SeverityCode", "3") +
			element("Note", string(note[:min(len(note), 200)])) + "</Item>")
	}
	b.WriteString("</Log>")
	return b.String()
}
