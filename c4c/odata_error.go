package c4c

import (
	"bytes"
	"cmp"
	"encoding/json"
	"encoding/xml"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// odataBody is an answer in JSON: data under "d", an error under "error", or at the top level in the older service.
type odataBody struct {
	Error   json.RawMessage `json:"error"`
	D       json.RawMessage `json:"d"`
	Code    string          `json:"code"`
	Message json.RawMessage `json:"message"`
}

// odataProblem is an error in the body of an answer.
type odataProblem struct {
	code, text string
	details    []ODataDetail
}

// sapMessage is the response header sap-message.
type sapMessage struct {
	Code     string       `json:"code"`
	Message  string       `json:"message"`
	Severity string       `json:"severity"`
	Details  []jsonDetail `json:"details"`
}

// jsonDetail is a line of the header sap-message, or of innererror.
type jsonDetail struct {
	Code     string          `json:"code"`
	Message  json.RawMessage `json:"message"`
	Severity string          `json:"severity"`
	Target   string          `json:"target"`
	Property string          `json:"propertyref"`
}

// odataStatus turns every unsuccessful answer into a typed error. C4C also reports errors within 200 and 201.
func (t *transport) odataStatus(a ask, r *reply) error {
	if r.status == http.StatusForbidden && strings.EqualFold(r.header.Get(csrfHeader), "required") {
		return &ODataError{Op: a.op, Status: r.status, Code: CodeCSRF, Message: "csrf token refused"}
	}
	if a.want == wantContent && r.status == http.StatusOK && a.isFile(r) {
		return nil
	}
	if r.status/100 == 3 || r.isPage() {
		return r.pageError(a.op)
	}
	message := parseSAPMessage(r.header.Get("sap-message"))
	var problem *odataProblem
	r.d, problem = parseOData(r.body)
	if r.status < 300 {
		empty := len(r.body) == 0 && strings.EqualFold(message.Severity, "error")
		if problem == nil && !empty {
			return nil
		}
	}
	if problem == nil {
		problem = &odataProblem{}
		text := bytes.TrimSpace(r.start())
		parts := bytes.HasPrefix(text, []byte("--")) // each with its own headers
		if r.status >= 300 && len(text) > 0 && !parts && !strings.ContainsRune("<{[", rune(text[0])) {
			problem.text = string(text)
		}
	}
	if problem.text == "" && problem.code == "" && message.Code == "" && len(message.Details)+len(problem.details) == 0 {
		return r.failure(a.op)
	}
	e := t.odataError(a.op, r, message, *problem)
	// If a set or a service is missing, no object was looked for.
	e.service = r.status == http.StatusNotFound && !strings.Contains(a.req.URL.Path, "(")
	return e
}

// pageError is the error for a web page. A page about the session says nothing about the request.
func (r *reply) pageError(op string) *TransportError {
	e := r.failure(op)
	if e.Err != nil && r.status >= 400 && r.status < 500 && (csrfWords.Match(r.start()) || sessionWords.Match(r.start())) {
		e.Err = errSession
	}
	return e
}

func (t *transport) odataError(op string, r *reply, message sapMessage, problem odataProblem) *ODataError {
	e := &ODataError{Op: op, Status: r.status, RetryAfter: r.retryAfter(time.Now())}
	for _, d := range append(detailsOf(message.Details), problem.details...) {
		detail := ODataDetail{
			Code: t.note(d.Code), Message: t.note(d.Message), Severity: t.note(d.Severity), Target: t.note(d.Target),
		}
		if len(e.Details) == 0 || e.Details[len(e.Details)-1] != detail {
			e.Details = append(e.Details, detail)
		}
	}
	heaviest := e.Heaviest()
	weight := heaviest.weight()
	named := weight >= weightUnknown || weight == weightGeneric && isGeneric(problem.code)
	switch {
	case named, heaviest.Message != "" && problem.text == "":
		e.Code, e.Message = heaviest.Code, heaviest.Message
	case problem.text != "":
		e.Code, e.Message = t.note(problem.code), t.note(problem.text)
	default:
		e.Code, e.Message = t.note(cmp.Or(message.Code, problem.code)), t.note(message.Message)
	}
	if text := e.Code + " " + e.Message + " " + t.note(problem.text); csrfWords.MatchString(text) {
		e.Code = CodeCSRF
	} else if isGeneric(e.Code) && r.status >= 400 && r.status < 500 && sessionWords.MatchString(text) {
		e.Code = CodeSession
	}
	return e
}

// parseOData reads a body in JSON or Atom: the content of "d", or an error object.
func parseOData(body []byte) (json.RawMessage, *odataProblem) {
	if bytes.HasPrefix(bytes.TrimSpace(body), []byte("<")) {
		return nil, parseAtomError(body)
	}
	var b odataBody
	if json.Unmarshal(body, &b) != nil {
		return nil, parseLooseError(body)
	}
	switch {
	case !isNull(b.Error):
		return nil, parseJSONError(b.Error)
	case isNull(b.D) && b.Code != "":
		return nil, &odataProblem{code: b.Code, text: messageText(b.Message)}
	}
	return b.D, nil
}

// parseLooseError finds an error even if the other members have unexpected types.
func parseLooseError(body []byte) *odataProblem {
	var b struct {
		Error json.RawMessage `json:"error"`
	}
	if json.Unmarshal(body, &b) != nil || isNull(b.Error) {
		return nil
	}
	return parseJSONError(b.Error)
}

// parseJSONError reads the content of "error": usually an object, whose details SAP Gateway puts under innererror.
func parseJSONError(raw json.RawMessage) *odataProblem {
	var object struct {
		Code    json.RawMessage `json:"code"`
		Message json.RawMessage `json:"message"`
		Details []jsonDetail    `json:"details"`
		Inner   struct {
			Details []jsonDetail `json:"errordetails"`
		} `json:"innererror"`
	}
	if json.Unmarshal(raw, &object) != nil {
		var plain struct {
			Code    json.RawMessage `json:"code"`
			Message json.RawMessage `json:"message"`
		}
		if json.Unmarshal(raw, &plain) != nil {
			return &odataProblem{text: messageText(raw)}
		}
		object.Code, object.Message = plain.Code, plain.Message
	}
	return &odataProblem{
		code: messageText(object.Code), text: messageText(object.Message),
		details: append(detailsOf(object.Inner.Details), detailsOf(object.Details)...),
	}
}

func detailsOf(lines []jsonDetail) []ODataDetail {
	details := make([]ODataDetail, 0, len(lines))
	for _, d := range lines {
		target := d.Target
		if target == "" {
			target = d.Property
		}
		details = append(details, ODataDetail{
			Code: d.Code, Message: messageText(d.Message), Severity: d.Severity, Target: target,
		})
	}
	return details
}

// parseAtomError reads an error in XML; nil if it is not one.
func parseAtomError(body []byte) *odataProblem {
	var atom struct {
		XMLName xml.Name `xml:"error"`
		Code    string   `xml:"code"`
		Message string   `xml:"message"`
		Details []struct {
			Code     string `xml:"code"`
			Message  string `xml:"message"`
			Severity string `xml:"severity"`
			Target   string `xml:"target"`
		} `xml:"innererror>errordetails>errordetail"`
	}
	if xml.Unmarshal(body, &atom) != nil {
		return nil
	}
	problem := &odataProblem{code: atom.Code, text: atom.Message}
	for _, d := range atom.Details {
		problem.details = append(problem.details, ODataDetail(d))
	}
	return problem
}

// messageText reads {"lang","value"}, a bare string or a number.
func messageText(raw json.RawMessage) string {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return text
	}
	var number json.Number
	if json.Unmarshal(raw, &number) == nil {
		return number.String()
	}
	var object struct {
		Value string `json:"value"`
	}
	_ = json.Unmarshal(raw, &object)
	return object.Value
}

func parseSAPMessage(header string) sapMessage {
	var m sapMessage
	if header == "" || json.Unmarshal([]byte(header), &m) == nil {
		return m
	}
	if strings.HasPrefix(strings.TrimSpace(header), "<") {
		return parseSAPNotification(header)
	}
	if plain, err := url.PathUnescape(header); err == nil {
		m = sapMessage{}
		_ = json.Unmarshal([]byte(plain), &m)
	}
	return m
}

// parseSAPNotification reads sap-message in XML: SAP Gateway writes it in the format that the answer would have had.
func parseSAPNotification(header string) sapMessage {
	type line struct {
		Code     string `xml:"code"`
		Message  string `xml:"message"`
		Severity string `xml:"severity"`
		Target   string `xml:"target"`
	}
	var n struct {
		line
		Details []line `xml:"details>detail"`
	}
	if xml.Unmarshal([]byte(header), &n) != nil {
		return sapMessage{}
	}
	m := sapMessage{Code: n.Code, Message: n.Message, Severity: n.Severity}
	for _, d := range n.Details {
		text, _ := json.Marshal(d.Message) // a text can always be encoded
		m.Details = append(m.Details, jsonDetail{Code: d.Code, Message: text, Severity: d.Severity, Target: d.Target})
	}
	return m
}
