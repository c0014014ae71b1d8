package c4csim

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

// condition is a parsed $filter; hint is the text that an indexed property must equal, if the filter says so.
type condition struct {
	match func(*row) bool
	hint  *hint
	names []string // properties in the condition
}

type hint struct{ property, value string }

var patternToken = regexp.MustCompile(
	`^\s*(guid'[^']*'|datetimeoffset'[^']*'|datetime'[^']*'|'(?:[^']|'')*'|[(),]|-?[0-9]+(?:\.[0-9]+)?[mMdD]?|[A-Za-z_]\w*(?:/[A-Za-z_]\w*)*)`)

// parseFilter reads the part of OData's filter language that C4C documents: eq, ne, ge, le, startswith, endswith, and;
// or over one property.
func parseFilter(t *entityType, text string) (condition, error) {
	p := &filterParser{typ: t}
	for rest := strings.TrimSpace(text); rest != ""; rest = strings.TrimSpace(rest) {
		m := patternToken.FindStringSubmatch(rest)
		if m == nil {
			return condition{}, invalidOption("Invalid $filter: unexpected character")
		}
		p.tokens = append(p.tokens, m[1])
		rest = rest[len(m[0]):]
	}
	c, err := p.alternatives()
	if err == nil && len(p.tokens) > 0 {
		err = invalidOption("Invalid $filter near " + p.tokens[0])
	}
	return c, err
}

type filterParser struct {
	typ    *entityType
	tokens []string
}

func (p *filterParser) next() string {
	if len(p.tokens) == 0 {
		return ""
	}
	t := p.tokens[0]
	p.tokens = p.tokens[1:]
	return t
}

func (p *filterParser) peek(word string) bool { return len(p.tokens) > 0 && p.tokens[0] == word }

func (p *filterParser) expect(word string) error {
	if got := p.next(); got != word {
		return invalidOption(fmt.Sprintf("Invalid $filter: %q expected", word))
	}
	return nil
}

func (p *filterParser) alternatives() (condition, error) {
	left, err := p.conjunction()
	for err == nil && p.peek("or") {
		p.next()
		var right condition
		if right, err = p.conjunction(); err != nil {
			break
		}
		names := slices.Compact(slices.Sorted(slices.Values(append(slices.Clone(left.names), right.names...))))
		if len(names) > 1 {
			return left, invalidOption("Invalid $filter: or is possible over one property only")
		}
		a, b := left.match, right.match
		left = condition{names: names, match: func(r *row) bool { return a(r) || b(r) }}
	}
	return left, err
}

func (p *filterParser) conjunction() (condition, error) {
	left, err := p.term()
	for err == nil && p.peek("and") {
		p.next()
		var right condition
		if right, err = p.term(); err != nil {
			break
		}
		a, b := left.match, right.match
		h := left.hint
		if h == nil {
			h = right.hint
		}
		left = condition{names: append(left.names, right.names...), hint: h, match: func(r *row) bool { return a(r) && b(r) }}
	}
	return left, err
}

func (p *filterParser) term() (condition, error) {
	word := p.next()
	switch word {
	case "(":
		c, err := p.alternatives()
		if err == nil {
			err = p.expect(")")
		}
		return c, err
	case "startswith", "endswith":
		return p.function(word)
	}
	prop, err := p.property(word)
	if err != nil {
		return condition{}, err
	}
	return p.comparison(prop, p.next(), p.next())
}

func (p *filterParser) property(name string) (*property, error) {
	prop := p.typ.byName[name]
	if prop == nil {
		return nil, invalidOption("Invalid $filter: property " + name + " is unknown in " + p.typ.name)
	}
	if !prop.filterable {
		return nil, invalidOption("Invalid $filter: property " + name + " is not filterable")
	}
	return prop, nil
}

// function reads startswith(Property,'x') or endswith(Property,'x'); the property comes first.
func (p *filterParser) function(name string) (condition, error) {
	if err := p.expect("("); err != nil {
		return condition{}, err
	}
	prop, err := p.property(p.next())
	if err != nil {
		return condition{}, err
	}
	if err := p.expect(","); err != nil {
		return condition{}, err
	}
	text, ok := stringLiteral(p.next())
	if !ok || prop.kind != "String" {
		return condition{}, invalidOption("Invalid $filter: " + name + " compares text")
	}
	if err := p.expect(")"); err != nil {
		return condition{}, err
	}
	if p.peek("eq") {
		p.next()
		if err := p.expect("true"); err != nil {
			return condition{}, err
		}
	}
	test := strings.HasPrefix
	if name == "endswith" {
		test = strings.HasSuffix
	}
	return condition{names: []string{prop.name}, match: func(r *row) bool { return test(r.text(prop.name), text) }}, nil
}

func stringLiteral(token string) (string, bool) {
	if len(token) < 2 || token[0] != '\'' {
		return "", false
	}
	return strings.ReplaceAll(token[1:len(token)-1], "''", "'"), true
}

func (p *filterParser) comparison(prop *property, operator, literal string) (condition, error) {
	if !slices.Contains([]string{"eq", "ne", "ge", "le"}, operator) {
		return condition{}, invalidOption("Invalid $filter: operator " + operator + " is not supported")
	}
	compare, value, err := comparer(prop, literal)
	if err != nil {
		return condition{}, err
	}
	c := condition{names: []string{prop.name}}
	switch operator {
	case "eq":
		c.match = func(r *row) bool { return compare(r) == 0 }
		if value != "" && slices.Contains(p.typ.indexed, prop.name) {
			c.hint = &hint{prop.name, value}
		}
	case "ne":
		c.match = func(r *row) bool { return compare(r) != 0 }
	case "ge":
		c.match = func(r *row) bool { return compare(r) >= 0 }
	case "le":
		c.match = func(r *row) bool { return compare(r) <= 0 }
	}
	return c, nil
}

// comparer makes the comparison of a row's property with a literal of the property's type; value is the plain text it
// must equal, without a wildcard.
func comparer(prop *property, literal string) (compare func(*row) int, value string, err error) {
	wrong := invalidOption("Invalid $filter: literal for " + prop.name + " is not of type Edm." + prop.kind)
	switch prop.kind {
	case "String":
		text, ok := stringLiteral(literal)
		if !ok {
			return nil, "", wrong
		}
		if strings.Contains(text, "*") {
			return func(r *row) int {
				if wildcard(text, r.text(prop.name)) {
					return 0
				}
				return strings.Compare(r.text(prop.name), text)
			}, "", nil
		}
		return func(r *row) int { return strings.Compare(r.text(prop.name), text) }, text, nil
	case "Guid":
		id, ok := quoted(literal, "guid")
		if !ok || !patternUUID.MatchString(id) {
			return nil, "", wrong
		}
		id = strings.ToUpper(id)
		return func(r *row) int { return strings.Compare(r.text(prop.name), id) }, id, nil
	case "Boolean":
		if literal != "true" && literal != "false" {
			return nil, "", wrong
		}
		return func(r *row) int {
			if r.flag(prop.name) == (literal == "true") {
				return 0
			}
			return 1
		}, "", nil
	case "DateTimeOffset", "DateTime":
		return timeComparer(prop, literal, wrong)
	}
	return nil, "", wrong
}

func timeComparer(prop *property, literal string, wrong error) (func(*row) int, string, error) {
	text, ok := quoted(literal, strings.ToLower(prop.kind))
	if !ok {
		return nil, "", wrong
	}
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		if at, err = time.Parse("2006-01-02T15:04:05", text); err != nil {
			return nil, "", wrong
		}
	}
	return func(r *row) int {
		v, _ := valueOf(r, prop.name).(time.Time)
		return v.Truncate(time.Millisecond).Compare(at)
	}, "", nil
}

func quoted(literal, prefix string) (string, bool) {
	if !strings.HasPrefix(literal, prefix+"'") {
		return "", false
	}
	return strings.TrimSuffix(literal[len(prefix)+1:], "'"), true
}

// valueOf reads a property, including those derived from the row itself.
func valueOf(r *row, name string) any {
	switch name {
	case "ETag", "EntityLastChangedOn", "LastChangeDateTime", "ChangedOn":
		return r.changed
	}
	return r.props[name]
}
