package c4c

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// odataBody is an error in an answer: under "error", or at the top as the older service writes it.
type odataBody struct {
	Error *struct {
		Code    string          `json:"code"`
		Message json.RawMessage `json:"message"`
	} `json:"error"`
	D       json.RawMessage `json:"d"`
	Code    string          `json:"code"`
	Message json.RawMessage `json:"message"`
}

// sapMessage is the response header sap-message.
type sapMessage struct {
	Code     string `json:"code"`
	Message  string `json:"message"`
	Severity string `json:"severity"`
	Details  []struct {
		Code     string `json:"code"`
		Message  string `json:"message"`
		Severity string `json:"severity"`
		Target   string `json:"target"`
	} `json:"details"`
}

// odataStatus turns every answer but a success into its typed error. C4C also reports errors inside 200 and 201.
func (t *transport) odataStatus(op string, r reply) error {
	if r.status == http.StatusForbidden && strings.EqualFold(r.header.Get(csrfHeader), "required") {
		return &ODataError{Op: op, Status: r.status, Code: CodeCSRF, Message: "csrf token refused"}
	}
	if r.status/100 == 3 || r.isPage() {
		return r.failure(op)
	}
	message := parseSAPMessage(r.header.Get("sap-message"))
	code, text, isError := parseODataError(r.body)
	if r.status < 300 {
		empty := len(r.body) == 0 && strings.EqualFold(message.Severity, "error")
		if !isError && !empty {
			return nil
		}
	} else if !isError && !bytes.HasPrefix(bytes.TrimSpace(r.body), []byte("<")) {
		text = string(r.body)
	}
	if text == "" && code == "" && message.Code == "" && len(message.Details) == 0 {
		return r.failure(op)
	}
	return t.odataError(op, r, message, code, text)
}

func (t *transport) odataError(op string, r reply, message sapMessage, code, text string) *ODataError {
	e := &ODataError{Op: op, Status: r.status, RetryAfter: r.retryAfter(time.Now())}
	for _, d := range message.Details {
		detail := ODataDetail{
			Code: t.note(d.Code), Message: t.note(d.Message), Severity: t.note(d.Severity), Target: t.note(d.Target),
		}
		if len(e.Details) == 0 || e.Details[len(e.Details)-1] != detail {
			e.Details = append(e.Details, detail)
		}
	}
	switch {
	case len(e.Details) > 0:
		code, text = e.Details[0].Code, e.Details[0].Message
	case text == "":
		code, text = message.Code, message.Message
	}
	e.Code, e.Message = t.note(code), t.note(text)
	return e
}

// parseODataError finds an error object in JSON or Atom.
func parseODataError(body []byte) (code, text string, found bool) {
	trimmed := strings.TrimSpace(string(body))
	if strings.HasPrefix(trimmed, "<") {
		var atom struct {
			XMLName xml.Name `xml:"error"`
			Code    string   `xml:"code"`
			Message string   `xml:"message"`
		}
		if xml.Unmarshal(body, &atom) != nil {
			return "", "", false
		}
		return atom.Code, atom.Message, true
	}
	var b odataBody
	if json.Unmarshal(body, &b) != nil {
		return "", "", false
	}
	switch {
	case b.Error != nil:
		return b.Error.Code, messageText(b.Error.Message), true
	case isNull(b.D) && b.Code != "":
		return b.Code, messageText(b.Message), true
	}
	return "", "", false
}

// messageText reads {"lang","value"} or a bare string.
func messageText(raw json.RawMessage) string {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return text
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
	if plain, err := url.PathUnescape(header); err == nil {
		m = sapMessage{}
		_ = json.Unmarshal([]byte(plain), &m)
	}
	return m
}
