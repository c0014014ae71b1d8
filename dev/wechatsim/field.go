package wechatsim

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
)

// field is one element of a push, in order. Its value is a string (CDATA), a number
// (bare), []field (nested) or []listed (an event's List elements).
type field struct {
	name  string
	value any
}

// listed is one List element of a subscription event.
type listed []field

// renderXML writes fields inside <xml>.
func renderXML(fields []field) []byte {
	var buf bytes.Buffer
	buf.WriteString("<xml>")
	writeXML(&buf, fields)
	buf.WriteString("</xml>")
	return buf.Bytes()
}

func writeXML(buf *bytes.Buffer, fields []field) {
	for _, f := range fields {
		fmt.Fprintf(buf, "<%s>", f.name)
		switch value := f.value.(type) {
		case string:
			buf.WriteString("<![CDATA[" + value + "]]>") // WeChat does not split the end marks in a text
		case []field:
			writeXML(buf, value)
		case []listed:
			for _, entry := range value {
				writeXML(buf, []field{{"List", []field(entry)}})
			}
		default:
			fmt.Fprint(buf, plainNumber(value))
		}
		fmt.Fprintf(buf, "</%s>", f.name)
	}
}

// plainNumber writes floats the way WeChat does: plainly, without an exponent.
func plainNumber(value any) string {
	if f, ok := value.(float64); ok {
		return strconv.FormatFloat(f, 'f', 6, 64)
	}
	return fmt.Sprint(value)
}

// renderJSON writes fields as an object in the same order. Event lists are at the top level as "List", an object if
// there is just one, with every value a string.
func renderJSON(fields []field) ([]byte, error) {
	var buf bytes.Buffer
	buf.WriteByte('{')
	for i, f := range fields {
		if i > 0 {
			buf.WriteByte(',')
		}
		name, value, err := f.json()
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(&buf, "%q:%s", name, value)
	}
	buf.WriteByte('}')
	return buf.Bytes(), nil
}

func (f field) json() (string, []byte, error) {
	switch value := f.value.(type) {
	case []field:
		data, err := renderJSON(value)
		return f.name, data, err
	case []listed:
		var entries [][]byte
		for _, entry := range value {
			texts := make([]field, len(entry))
			for i, e := range entry {
				texts[i] = field{e.name, fmt.Sprint(e.value)}
			}
			data, err := renderJSON(texts)
			if err != nil {
				return "", nil, err
			}
			entries = append(entries, data)
		}
		if len(entries) == 1 {
			return "List", entries[0], nil
		}
		return "List", append(append([]byte{'['}, bytes.Join(entries, []byte{','})...), ']'), nil
	case float64:
		return f.name, []byte(plainNumber(value)), nil
	case string:
		data, err := rawJSON(value)
		return f.name, data, err
	}
	data, err := json.Marshal(f.value)
	return f.name, data, err
}

// rawJSON encodes a string without \u003c for angle brackets.
func rawJSON(text string) ([]byte, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(text); err != nil {
		return nil, err
	}
	return bytes.TrimRight(buf.Bytes(), "\n"), nil
}
