package wechat

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
)

// jsonReader builds nodes from a JSON object.
type jsonReader struct {
	d     *json.Decoder
	nodes int
}

// parseJSON reads one object. Numbers keep all their digits; an array becomes repeated children, so that a list of one
// and a bare object look the same.
func parseJSON(body []byte) (*node, error) {
	r := &jsonReader{d: json.NewDecoder(bytes.NewReader(cleanJSON(body)))}
	r.d.UseNumber()
	root := &node{}
	if _, err := r.token(); err != nil { // the opening brace
		return nil, err
	}
	if err := r.object(root, 1); err != nil {
		return nil, err
	}
	if _, err := r.d.Token(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%w: text after the JSON object", ErrMalformed)
	}
	return root, nil
}

func (r *jsonReader) token() (json.Token, error) {
	t, err := r.d.Token()
	if err != nil {
		return nil, fmt.Errorf("%w: not well-formed JSON", ErrMalformed)
	}
	return t, nil
}

// object reads members up to the closing brace.
func (r *jsonReader) object(into *node, depth int) error {
	for {
		key, err := r.token()
		if err != nil {
			return err
		}
		name, ok := key.(string)
		if !ok {
			return nil
		}
		if _, err := r.value(into, name, depth); err != nil {
			return err
		}
	}
}

// value reads the value of name; ended reports the closing bracket of an array instead.
func (r *jsonReader) value(into *node, name string, depth int) (ended bool, err error) {
	token, err := r.token()
	if err != nil {
		return false, err
	}
	if r.nodes++; r.nodes > maxNodes || depth > maxDepth {
		return false, fmt.Errorf("%w: too many or too deeply nested values", ErrMalformed)
	}
	child := &node{name: name}
	switch t := token.(type) {
	case json.Delim:
		if t == ']' {
			return true, nil
		}
		if t == '[' {
			return false, r.array(into, name, depth+1)
		}
		err = r.object(child, depth+1)
	case string:
		child.value = []byte(t)
	case json.Number:
		child.value = []byte(t)
	case bool:
		child.value = strconv.AppendBool(nil, t)
	}
	into.children = append(into.children, child)
	return false, err
}

func (r *jsonReader) array(into *node, name string, depth int) error {
	for {
		ended, err := r.value(into, name, depth)
		if ended || err != nil {
			return err
		}
	}
}

// cleanJSON makes WeChat's output acceptable to encoding/json. Raw control characters, seen inside strings written by
// users, are dropped, or escaped if they have a meaning, and so are backslashes that begin no escape. encoding/json
// itself replaces broken UTF-8. It returns body itself if there is nothing to do.
func cleanJSON(body []byte) []byte {
	body = bytes.TrimPrefix(body, utf8BOM)
	clean, inString, escaped := []byte(nil), false, false
	for i, c := range body {
		control := c < ' ' && (inString || c != '\t' && c != '\n' && c != '\r')
		if control && clean == nil {
			clean = append(make([]byte, 0, len(body)+16), body[:i]...)
		}
		stray := inString && escaped && !control && !bytes.ContainsRune([]byte(`"\/bfnrtu`), rune(c))
		if stray && clean == nil {
			clean = append(make([]byte, 0, len(body)+16), body[:i]...)
		}
		if stray {
			clean = append(clean, '\\') // an unescaped backslash
		}
		switch {
		case control && inString && !escaped && (c == '\n' || c == '\t' || c == '\r'):
			clean = append(clean, '\\', escapeOf[c])
		case control:
		case clean != nil:
			clean = append(clean, c)
		}
		if control {
			continue
		}
		inString = inString != (c == '"' && !escaped)
		escaped = inString && c == '\\' && !escaped
	}
	if clean == nil {
		return body
	}
	return clean
}

var escapeOf = map[byte]byte{'\n': 'n', '\t': 't', '\r': 'r'}
