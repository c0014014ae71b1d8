package c4c

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// page is the content of an OData answer.
type page[T any] struct {
	items []T
	total int // -1: not stated
	next  string
}

// decodePage reads the content of "d": {"results":[…]}, {"results":{…}}, […] and {…}. C4C uses the second form where
// the standard has the last. An entity without a key is ignored.
func decodePage[T keyed](content json.RawMessage) (page[T], error) {
	if isNull(content) {
		return page[T]{}, errUnreadable
	}
	p := page[T]{total: -1}
	if content[0] == '{' {
		var list struct {
			Results json.RawMessage `json:"results"`
			Count   json.RawMessage `json:"__count"`
			Next    string          `json:"__next"`

			Deferred json.RawMessage `json:"__deferred"`
		}
		if err := json.Unmarshal(content, &list); err != nil || list.Deferred != nil {
			return page[T]{}, errUnreadable
		}
		p.next = list.Next
		if n, err := strconv.Atoi(strings.Trim(string(list.Count), `"`)); err == nil && n >= 0 {
			p.total = n
		}
		if list.Results != nil {
			content = list.Results
		}
	}
	var items nested[T]
	if isNull(content) || json.Unmarshal(content, &items) != nil {
		return page[T]{}, errUnreadable
	}
	for _, e := range items {
		if e.objectKey() == "" {
			return page[T]{}, errNoObject
		}
	}
	p.items = items
	return p, nil
}

func isNull(raw json.RawMessage) bool { return len(raw) == 0 || bytes.Equal(raw, []byte("null")) }

// nested is an expanded navigation: null, deferred, one entity, an array, or one of these under "results".
type nested[T any] []T

// UnmarshalJSON accepts all these forms.
func (n *nested[T]) UnmarshalJSON(raw []byte) error {
	*n = nil
	if isNull(raw) {
		return nil
	}
	if raw[0] == '[' {
		return json.Unmarshal(raw, (*[]T)(n))
	}
	var object struct {
		Results  json.RawMessage `json:"results"`
		Deferred json.RawMessage `json:"__deferred"`
	}
	if err := json.Unmarshal(raw, &object); err != nil {
		return err
	}
	if object.Deferred != nil {
		return nil
	}
	if len(object.Results) > 0 && object.Results[0] == '[' {
		return json.Unmarshal(object.Results, (*[]T)(n))
	}
	if object.Results != nil {
		raw = object.Results
	}
	if isNull(raw) {
		return nil
	}
	var one T
	if err := json.Unmarshal(raw, &one); err != nil {
		return err
	}
	*n = []T{one}
	return nil
}

// metadata is what every entity has besides its properties.
type metadata struct {
	ETag string `json:"etag"`
}

// timestamp reads /Date(ms)/, ISO 8601 with or without a zone (then UTC), and the older {"content": …}. A value that
// is empty, open-ended (years 1 and 9999) or unreadable is the zero time.
type timestamp struct{ time.Time }

var dateLiteral = regexp.MustCompile(`^/Date\((-?\d{1,18})(?:[+-]\d{1,4})?\)/$`)

// UnmarshalJSON never fails: an unreadable time is no reason to lose the object.
func (t *timestamp) UnmarshalJSON(raw []byte) error {
	var text string
	var object struct {
		Content string `json:"content"`
	}
	if json.Unmarshal(raw, &text) != nil && json.Unmarshal(raw, &object) == nil {
		text = object.Content
	}
	t.Time = parseTime(strings.TrimSpace(text))
	return nil
}

func parseTime(text string) time.Time {
	var at time.Time
	if m := dateLiteral.FindStringSubmatch(text); m != nil {
		if ms, err := strconv.ParseInt(m[1], 10, 64); err == nil {
			at = time.UnixMilli(ms)
		}
	} else {
		for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02"} {
			if parsed, err := time.Parse(layout, text); err == nil {
				at = parsed
				break
			}
		}
	}
	if at = at.UTC(); at.Year() <= 1 || at.Year() >= 9999 {
		return time.Time{}
	}
	return at
}

// dateJSON formats a time as C4C does. The caller omits a zero time.
func dateJSON(t time.Time) string { return "/Date(" + strconv.FormatInt(t.UnixMilli(), 10) + ")/" }
