package c4csim

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// draft is the body of a create or an update after every check that needs no other object.
type draft struct {
	typ      *entityType
	props    map[string]any
	children []draft
}

func (d draft) text(name string) string  { v, _ := d.props[name].(string); return v }
func (d draft) bytes(name string) []byte { v, _ := d.props[name].([]byte); return v }
func (d draft) flag(name string) bool    { v, _ := d.props[name].(bool); return v }

// readDraft checks a body against the entity type: known properties of the right type and length, creatable or
// updatable, mandatory ones present. current is the row to update, nil for a create.
func readDraft(t *entityType, raw []byte, current *row) (draft, *problem) {
	d := draft{typ: t, props: map[string]any{}}
	var fields map[string]json.RawMessage
	decoder := json.NewDecoder(bytes.NewReader(raw))
	if !utf8.Valid(raw) || decoder.Decode(&fields) != nil || fields == nil || decoder.More() {
		return d, &problem{status: http.StatusBadRequest, text: "Malformed request body"}
	}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if nav, known := t.navigations[name]; known {
			if p := d.readChildren(nav, fields[name], current); p != nil {
				return d, p
			}
			continue
		}
		p := t.byName[name]
		if p == nil {
			if name == "__metadata" {
				continue
			}
			return d, invalid("Property " + name + " is invalid in " + t.name)
		}
		v, ok := convert(p, fields[name])
		if !ok {
			return d, invalid("Value of property " + name + " is not of type Edm." + p.kind)
		}
		if keep, bad := mayWrite(p, v, current); bad != nil {
			return d, bad
		} else if !keep {
			continue
		}
		if text, isText := v.(string); isText && p.max > 0 && length(text) > p.max {
			return d, invalid(fmt.Sprintf("Value of property %s is longer than %d", name, p.max))
		}
		d.props[name] = v
	}
	return d, d.checkMandatory(current)
}

// mayWrite decides about a read-only property. On create the not-null ones are ignored and the others an error; on
// update ETag and texts of codes are ignored and the others an error if their value differs.
func mayWrite(p *property, v any, current *row) (keep bool, bad *problem) {
	if current == nil {
		if p.creatable {
			return true, nil
		}
		if p.needs {
			return false, nil
		}
		return false, invalid("Property " + p.name + " is not creatable")
	}
	if p.updatable {
		return true, nil
	}
	if p.name == "ETag" || strings.HasSuffix(p.name, "CodeText") || same(valueOf(current, p.name), v) {
		return false, nil
	}
	return false, invalid("Property " + p.name + " is read-only")
}

func same(a, b any) bool {
	if a == nil {
		a = ""
	}
	if b == nil {
		b = ""
	}
	if at, ok := a.(time.Time); ok {
		bt, isTime := b.(time.Time)
		return isTime && at.Truncate(time.Millisecond).Equal(bt)
	}
	if _, isBinary := a.([]byte); isBinary {
		return false
	}
	return a == b
}

func (d *draft) checkMandatory(current *row) *problem {
	for _, name := range d.typ.mandatory {
		v, sent := d.props[name]
		if text, _ := v.(string); text == "" && (current == nil || sent) {
			return invalid("Property " + name + " is mandatory")
		}
	}
	return nil
}

// readChildren reads the array of a deep insert.
func (d *draft) readChildren(nav navigation, raw json.RawMessage, current *row) *problem {
	var items []json.RawMessage
	switch {
	case bytes.Contains(raw, []byte("__deferred")):
		return nil
	case current != nil || !nav.many || entityTypes[nav.target].parent != d.typ.name:
		return invalid("Navigation " + nav.name + " cannot be written here")
	case json.Unmarshal(raw, &items) != nil && !wrapped(raw, &items):
		return invalid("Navigation " + nav.name + " needs an array")
	}
	for _, item := range items {
		child, p := readDraft(entityTypes[nav.target], item, nil)
		if p != nil {
			return p
		}
		d.children = append(d.children, child)
	}
	return nil
}

// wrapped reads {"results": […]}, the form that answers have.
func wrapped(raw json.RawMessage, items *[]json.RawMessage) bool {
	var object map[string][]json.RawMessage
	if json.Unmarshal(raw, &object) != nil || len(object) != 1 || object["results"] == nil {
		return false
	}
	*items = object["results"]
	return true
}

var patternDate = regexp.MustCompile(`^/Date\((-?[0-9]+)(?:[+-][0-9]{4})?\)/$`)

// convert reads a JSON value as the property's Edm type; null is the initial value.
func convert(p *property, raw json.RawMessage) (any, bool) {
	if string(raw) == "null" {
		return nil, true
	}
	if p.kind == "Boolean" {
		var v bool
		err := json.Unmarshal(raw, &v)
		return v, err == nil
	}
	var text string
	if err := json.Unmarshal(raw, &text); err != nil {
		if p.kind == "Decimal" && patternInteger.Match(raw) {
			return string(raw), true
		}
		return nil, false
	}
	switch p.kind {
	case "Guid":
		return strings.ToUpper(text), text == "" || patternUUID.MatchString(text)
	case "Decimal":
		return text, patternDecimal.MatchString(text)
	case "Binary":
		b, err := base64.StdEncoding.DecodeString(text)
		return b, err == nil
	case "DateTimeOffset", "DateTime":
		if m := patternDate.FindStringSubmatch(text); m != nil {
			ms, err := strconv.ParseInt(m[1], 10, 64)
			return time.UnixMilli(ms).UTC(), err == nil
		}
		at, err := time.Parse(time.RFC3339Nano, text)
		return at.UTC(), err == nil
	}
	return text, true
}
