package wechat

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// marshal writes JSON as WeChat requires: raw UTF-8, neither HTML escapes nor \uXXXX (errcode 40033). Only types of
// this package get here, and they always marshal.
func marshal(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(fmt.Sprintf("wechat: marshal %T: %v", v, err))
	}
	return unescape(bytes.TrimSuffix(b.Bytes(), []byte("\n")))
}

// unescape replaces the \uXXXX that encoding/json insists on (U+2028, U+2029, U+FFFD, control characters) by the
// character itself, and drops control characters.
func unescape(doc []byte) []byte {
	if !bytes.Contains(doc, []byte(`\u`)) {
		return doc
	}
	out := make([]byte, 0, len(doc))
	for i := 0; i < len(doc); i++ {
		if doc[i] != '\\' {
			out = append(out, doc[i])
			continue
		}
		if doc[i+1] != 'u' {
			out = append(out, doc[i], doc[i+1])
			i++
			continue
		}
		r, err := strconv.ParseUint(string(doc[i+2:i+6]), 16, 32)
		if err == nil && r >= ' ' {
			out = utf8.AppendRune(out, rune(r))
		}
		i += 5
	}
	return out
}

// answeredBy reports whether an object is the answer to a call: it contains what the call is for, or, if that is
// nothing, the errcode 0. Anything else was made by an intermediary.
func (r call) answeredBy(members map[string]json.RawMessage) bool {
	if len(r.holds) == 0 {
		return members["errcode"] != nil
	}
	return slices.ContainsFunc(r.holds, func(name string) bool {
		return members[name] != nil && string(members[name]) != "null"
	})
}

// decode opens the envelope that all answers share and reads the rest into out, which may be nil. It ignores the
// content type, because WeChat's labels are unreliable.
func (c *Client) decode(r call, token string, body []byte, out any) error {
	body = bytes.TrimSpace(cleanJSON(body))
	var members map[string]json.RawMessage
	var code integer
	err := json.Unmarshal(body, &members)
	switch given := members["errcode"]; {
	case err != nil || given == nil:
	case string(given) == "null":
		delete(members, "errcode") // it carries no information
	case !errcodeForm.Match(given):
		err = errUnreadable
	default:
		err = json.Unmarshal(given, &code)
	}
	if err == nil && code != 0 {
		var message scalar
		_ = json.Unmarshal(members["errmsg"], &message) // a code is enough
		text, rid := splitRID(string(message))
		return &Error{Op: r.op, Code: Errcode(code), Message: c.clean(r, token, text), RID: rid}
	}
	if err == nil && !r.answeredBy(members) {
		err = errUnreadable
	}
	if err == nil && out != nil {
		err = json.Unmarshal(body, out)
	}
	if err != nil {
		return c.outcomeUnknown(r, token, errUnreadable)
	}
	return nil
}

// errcodeForm is a number, which may be quoted. No other value counts as zero.
var errcodeForm = regexp.MustCompile(`^"?\s*-?[0-9]`)

// errUnreadable replaces the error of encoding/json, which may quote the answer.
var errUnreadable = errors.New("answer is not the expected JSON")

// errOther is the error of an answer about another user than the requested one.
var errOther = errors.New("answer is about another user than the one asked for")

// integer is a number that WeChat writes as 1, "1", true, "" or null.
type integer int64

// UnmarshalJSON reads any of these forms.
func (i *integer) UnmarshalJSON(doc []byte) error {
	text := strings.TrimSpace(strings.Trim(string(doc), `"`))
	switch text {
	case "", "null", "false":
		*i = 0
		return nil
	case "true":
		*i = 1
		return nil
	}
	v, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		f, notFloat := strconv.ParseFloat(text, 64)
		if notFloat != nil || f != math.Trunc(f) || math.Abs(f) > 1<<53 {
			return errUnreadable
		}
		v = int64(f)
	}
	*i = integer(v)
	return nil
}

// listOf is a list that WeChat writes as "", {} or null if it is empty, sometimes as [].
type listOf[T any] []T

// UnmarshalJSON reads any of these forms.
func (l *listOf[T]) UnmarshalJSON(doc []byte) error {
	switch string(bytes.Join(bytes.Fields(doc), nil)) {
	case `""`, "{}", "null":
		*l = nil
		return nil
	}
	return json.Unmarshal(doc, (*[]T)(l))
}

// scalar is a string that WeChat sometimes writes as a number.
type scalar string

// UnmarshalJSON reads a string, a number or null.
func (t *scalar) UnmarshalJSON(doc []byte) error {
	if len(doc) > 0 && doc[0] == '"' {
		return json.Unmarshal(doc, (*string)(t))
	}
	if string(doc) == "null" {
		return nil
	}
	*t = scalar(doc)
	return nil
}
