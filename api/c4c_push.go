package api

import (
	"bytes"
	"encoding/json"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html/charset"

	"github.com/wechat-c4c/wechat-c4c/conversation"
)

// c4cIDForm is the form of ids that become part of a workflow id or a search attribute. C4C's ids have about ten
// digits, and ids that a tenant numbers itself may contain letters. Anything else would have to be quoted in every
// query for the id.
var c4cIDForm = regexp.MustCompile(`^[0-9A-Za-z._-]{1,100}$`)

// Kinds of C4C's pushes.
const (
	pushReply   = "reply"
	pushPrivate = "private_note"
	pushSurvey  = "survey"
)

// push is what C4C posts to the social media channel's address.
type push struct {
	kind  string
	reply conversation.Reply // kind reply only
	texts []workflowText     // kind survey only
}

// parsePush reads the form field content, or the same JSON as the whole body. C4C's content types are unreliable, so
// the first byte decides which. Of the content type only the charset counts, for text that is not UTF-8, and a
// boundary. Its errors name the field.
//
// https://help.sap.com/docs/sap-cloud-for-customer
func parsePush(contentType string, body []byte) (push, error) {
	content := contentOf(contentType, body)
	if len(content) == 0 {
		return push{}, badField("content", "is not there")
	}
	content, ok := inUTF8(contentType, content)
	if !ok {
		return push{}, badField("content", "is neither UTF-8 nor of the charset that the content type names")
	}
	fields := fieldsOf(content)
	if fields == nil {
		return push{}, badField("content", "is not a JSON object")
	}
	kind, err := textField(fields, "type")
	if err != nil {
		return push{}, err
	}
	if kind == "WKF" {
		texts, err := parseWorkflow(fields)
		return push{kind: pushSurvey, texts: texts}, err
	}
	private, err := textField(fields, "private_ind")
	if err != nil {
		return push{}, err
	}
	switch strings.ToLower(strings.TrimSpace(private)) {
	case "false", "0", "":
	case "true", "1", "x":
		return push{kind: pushPrivate}, nil
	default: // nothing that may be a private note is sent
		return push{}, badField("private_ind", "is neither TRUE nor FALSE")
	}
	reply, err := parseReply(fields)
	return push{kind: pushReply, reply: reply}, err
}

// contentOf is the JSON of a push: the body itself, or the form field content, which some tenants do not escape.
func contentOf(contentType string, body []byte) []byte {
	body = bytes.TrimSpace(bytes.TrimPrefix(body, []byte("\ufeff")))
	kind, parameters, _ := mime.ParseMediaType(contentType)
	raw, isField := bytes.CutPrefix(body, []byte("content="))
	switch {
	case len(body) == 0 || body[0] == '{' || body[0] == '"':
		return body
	case kind == "multipart/form-data":
		form, err := multipart.NewReader(bytes.NewReader(body), parameters["boundary"]).ReadForm(maxBody)
		if err != nil || len(form.Value["content"]) == 0 {
			return nil
		}
		return []byte(strings.TrimSpace(form.Value["content"][0]))
	case isField && json.Valid(raw) && raw[0] == '{':
		return raw
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return nil
	}
	return []byte(strings.TrimSpace(form.Get("content")))
}

// fieldsOf reads the JSON object, even if it is quoted as a string or is the member content of another object; nil:
// it is not an object.
func fieldsOf(content []byte) map[string]json.RawMessage {
	var text string
	if json.Unmarshal(content, &text) == nil {
		content = []byte(text)
	}
	var fields map[string]json.RawMessage
	if json.Unmarshal(content, &fields) != nil {
		return nil
	}
	inner, wrapped := fields["content"]
	if !wrapped || len(fields) != 1 {
		return fields
	}
	if json.Unmarshal(inner, &text) == nil {
		inner = []byte(text)
	}
	fields = nil
	if json.Unmarshal(inner, &fields) != nil {
		return nil
	}
	return fields
}

// inUTF8 converts text from a content type's charset to UTF-8. ok is false if characters would be lost: C4C still has
// the complete text, and reconciliation fetches it.
func inUTF8(contentType string, text []byte) (decoded []byte, ok bool) {
	if utf8.Valid(text) {
		return text, true
	}
	_, parameters, err := mime.ParseMediaType(contentType)
	if err != nil {
		return nil, false
	}
	from, err := charset.NewReaderLabel(parameters["charset"], bytes.NewReader(text))
	if err != nil {
		return nil, false
	}
	decoded, err = io.ReadAll(from)
	return decoded, err == nil && utf8.Valid(decoded) && !bytes.ContainsRune(decoded, utf8.RuneError)
}

// parseReply reads an agent's reply. Its errors name the field.
func parseReply(fields map[string]json.RawMessage) (conversation.Reply, error) {
	var r conversation.Reply
	for _, field := range []struct {
		name  string
		value *string
		keep  bool // blanks are significant
	}{
		{"sma_id", &r.SmaID, false},
		{"text", &r.Text, true},
		{"original_id", &r.OriginalID, false},
		{"service_req_no", &r.TicketID, false},
		{"author_name", &r.Author, false},
		{"sma_create_datetime", &r.CreatedAt, false},
	} {
		value, err := textField(fields, field.name)
		if err != nil {
			return r, err
		}
		if !field.keep {
			value = strings.TrimSpace(value)
		}
		*field.value = value
	}
	switch {
	case r.SmaID == "":
		return r, badField("sma_id", "is not there")
	case !c4cIDForm.MatchString(r.SmaID):
		return r, badField("sma_id", "is not an id of up to 100 letters, digits, dots, hyphens and underscores")
	case fields["text"] == nil: // an empty one may have only attachments
		return r, badField("text", "is not there")
	case r.TicketID != "" && !c4cIDForm.MatchString(r.TicketID):
		return r, badField("service_req_no", "is not a ticket number of letters, digits, dots, hyphens and underscores")
	}
	return r, nil
}

// textField reads a text. C4C sends all values as texts; a number or a boolean is accepted as written.
func textField(fields map[string]json.RawMessage, name string) (string, error) {
	raw := fields[name]
	if len(raw) == 0 || string(raw) == "null" {
		return "", nil
	}
	switch raw[0] {
	case '{', '[':
		return "", badField(name, "is not a text")
	case '"':
		var s string
		if err := json.Unmarshal(raw, &s); err != nil {
			return "", badField(name, "is not a text")
		}
		return s, nil
	}
	if !utf8.Valid(raw) {
		return "", badField(name, "is not a text")
	}
	return string(raw), nil
}

func badField(name, what string) error {
	return &failure{status: http.StatusBadRequest, result: "malformed", text: name + " " + what}
}
