package c4c

import (
	"encoding/json"
	"errors"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// Properties are values of further properties, such as a tenant's extension fields (…_KUT), by name: a text, true or
// false, or nil for none. A date is [Date], a decimal number a text.
type Properties map[string]any

// Date is the value of a property that holds a date, given as 2006-01-02; nil if it is none.
func Date(day string) any {
	at := parseTime(day)
	if at.IsZero() {
		return nil
	}
	return dateJSON(at)
}

// withMore is an entity together with the properties that only the caller knows.
type withMore[T keyed] struct {
	entity T
	all    map[string]json.RawMessage
}

func (w withMore[T]) objectKey() string { return w.entity.objectKey() }

// UnmarshalJSON reads both.
func (w *withMore[T]) UnmarshalJSON(raw []byte) error {
	if err := json.Unmarshal(raw, &w.entity); err != nil {
		return err
	}
	return json.Unmarshal(raw, &w.all)
}

// more are the named properties as texts: a date as 2006-01-02, yes and no as true and false. A property that C4C does
// not show is missing.
func (w withMore[T]) more(names []string) map[string]string {
	var found map[string]string
	for _, name := range names {
		raw, shown := w.all[name]
		if !shown {
			continue
		}
		if found == nil {
			found = map[string]string{}
		}
		found[name] = propertyText(raw)
	}
	return found
}

func propertyText(raw json.RawMessage) string {
	var value any
	decoder := json.NewDecoder(strings.NewReader(string(raw)))
	decoder.UseNumber()
	if decoder.Decode(&value) != nil {
		return ""
	}
	switch v := value.(type) {
	case string:
		if dateLiteral.MatchString(v) {
			if at := parseTime(v); !at.IsZero() {
				return at.Format("2006-01-02")
			}
			return ""
		}
		return strings.TrimSpace(v)
	case bool:
		if v {
			return "true"
		}
		return "false"
	case json.Number:
		return v.String()
	}
	return ""
}

// selecting adds properties to those of a query.
func selecting(fields string, more []string) string {
	return strings.Join(append([]string{fields}, more...), ",")
}

// with adds properties to a body. The body's own take precedence.
func (p Properties) with(body any) (json.RawMessage, error) {
	own, err := json.Marshal(body)
	if err != nil || len(p) == 0 {
		return own, err
	}
	all := map[string]any(maps.Clone(p))
	if err := json.Unmarshal(own, &all); err != nil {
		return nil, err
	}
	return json.Marshal(all)
}

// conceal removes the values of properties from what C4C says about them: people entered them.
func (p Properties) conceal(err error) error {
	refused, ok := errors.AsType[*ODataError](err)
	if !ok || len(p) == 0 {
		return err
	}
	refused.Code, refused.Message = p.without(refused.Code), p.without(refused.Message)
	for i := range refused.Details {
		d := &refused.Details[i]
		d.Code, d.Message, d.Target = p.without(d.Code), p.without(d.Message), p.without(d.Target)
	}
	return err
}

// concealed replaces a value.
const concealed = "…"

// shortest is the length from which a part of a value may not be shown: C4C cuts values.
const shortest = 4

var word = regexp.MustCompile(`[\p{L}\p{N}_]+`)

// without is a text without the values: whole, and each word that is a part of one. Names of properties stay.
func (p Properties) without(text string) string {
	for _, name := range slices.Sorted(maps.Keys(p)) {
		value, _ := p[name].(string)
		if value = strings.TrimSpace(value); value == "" {
			continue
		}
		text = replaceFold(text, value)
		text = word.ReplaceAllStringFunc(text, func(w string) string {
			_, name := p[w]
			if !name && len([]rune(w)) >= shortest && strings.Contains(strings.ToLower(value), strings.ToLower(w)) {
				return concealed
			}
			return w
		})
	}
	return text
}

// replaceFold replaces a value in a text, in any case, unless it is only a part of a word.
func replaceFold(text, value string) string {
	found, err := regexp.Compile(`(?i)` + regexp.QuoteMeta(value))
	if err != nil {
		return concealed // values are valid UTF-8, so this cannot be
	}
	var b strings.Builder
	from := 0
	for _, at := range found.FindAllStringIndex(text, -1) {
		before, after := text[:at[0]], text[at[1]:]
		if at[1]-at[0] < shortest && (endsInWord(before) || beginsWord(after)) {
			continue
		}
		b.WriteString(text[from:at[0]] + concealed)
		from = at[1]
	}
	return b.String() + text[from:]
}

func endsInWord(s string) bool {
	r := []rune(s)
	return len(r) > 0 && inWord(r[len(r)-1])
}

func beginsWord(s string) bool {
	for _, r := range s {
		return inWord(r)
	}
	return false
}

func inWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) || r == '_' }

// Named are the names that C4C's words about a refusal contain, in order; nil if they contain none.
func (p Properties) Named(err error) []string {
	refused, ok := errors.AsType[*ODataError](err)
	if !ok {
		return nil
	}
	said := []string{refused.Code, refused.Message}
	for _, d := range refused.Details {
		said = append(said, d.Message, d.Target)
	}
	words := word.FindAllString(strings.Join(said, " "), -1)
	var named []string
	for _, name := range slices.Sorted(maps.Keys(p)) {
		if slices.Contains(words, name) {
			named = append(named, name)
		}
	}
	return named
}
