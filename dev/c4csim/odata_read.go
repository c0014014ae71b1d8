package c4csim

import (
	"cmp"
	"encoding/base64"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Server-side page sizes; a query with $expand gets the smaller one.
const (
	pageSize         = 1000
	pageSizeExpanded = 100
)

// collection answers a query on a set, or on the rows a navigation leads to.
func (s *Simulator) collection(c *call, t, view *entityType, rows []*row) answer {
	o := c.odata
	filter := condition{match: func(*row) bool { return true }}
	if text := o.options.Get("$filter"); text != "" {
		var err error
		if filter, err = parseFilter(t, text); err != nil {
			return parameterError(err)
		}
	}
	switch {
	case len(o.path) > 0 && o.keyed: // the rows of a navigation
	case filter.hint != nil:
		rows = s.db.find(t.name, filter.hint.property, filter.hint.value)
	default:
		rows = s.db.all(t.name)
	}
	rows = filterRows(rows, filter.match)
	total := len(rows)
	if o.wantsCount() {
		return newAnswer(http.StatusOK, "text/plain", []byte(strconv.Itoa(total)))
	}
	if err := order(t, rows, o.options.Get("$orderby")); err != nil {
		return parameterError(err)
	}
	return s.page(c, view, rows, total)
}

// page cuts $skip, $top and the server's page out of the hits.
func (s *Simulator) page(c *call, view *entityType, rows []*row, total int) answer {
	o := c.odata
	rows = rows[min(o.skip, len(rows)):]
	if o.top >= 0 {
		rows = rows[:min(o.top, len(rows))]
	}
	size := pageSize
	if len(o.expand) > 0 {
		size = pageSizeExpanded
	}
	rows = rows[min(o.pageFrom, len(rows)):]
	more := len(rows) > size
	rows = rows[:min(size, len(rows))]
	results := []any{}
	for _, r := range rows {
		v, err := s.entity(c, view, r, o.sel, o.expand)
		if err != nil {
			return parameterError(err)
		}
		results = append(results, v)
	}
	d := map[string]any{"results": results}
	if o.options.Get("$inlinecount") == "allpages" {
		d["__count"] = strconv.Itoa(total)
	}
	if more {
		next := url.Values{}
		maps.Copy(next, o.options)
		next.Set("$skiptoken", strconv.Itoa(o.pageFrom+size+1))
		d["__next"] = origin(c.r) + c.r.URL.Path + "?" + next.Encode()
	}
	return jsonAnswer(http.StatusOK, map[string]any{"d": d})
}

// single answers with one entity; results is an object here.
func (s *Simulator) single(c *call, r *row) answer {
	v, err := s.entity(c, r.typ, r, c.odata.sel, c.odata.expand)
	if err != nil {
		return parameterError(err)
	}
	a := jsonAnswer(http.StatusOK, one(c, v))
	a.header.Set("etag", r.etag())
	return a
}

// strictJSON reports whether a client wants the form of JSON in the OData standard, as other SAP clients do.
func strictJSON(r *http.Request) bool { return r.Header.Get("odata-v2-strict-json-format") == "true" }

// one is the answer with one entity: C4C puts it under results, the standard does not.
func one(c *call, entity map[string]any) map[string]any {
	if strictJSON(c.r) {
		return map[string]any{"d": entity}
	}
	return map[string]any{"d": map[string]any{"results": entity}}
}

// order sorts by "Property [asc|desc]" parts.
func order(t *entityType, rows []*row, text string) error {
	type by struct {
		property string
		sign     int
	}
	var parts []by
	for _, item := range list(text) {
		name, direction, _ := strings.Cut(item, " ")
		direction = strings.TrimSpace(direction)
		if t.byName[name] == nil || direction != "" && direction != "asc" && direction != "desc" {
			return invalidOption("Invalid $orderby: " + item)
		}
		sign := 1
		if direction == "desc" {
			sign = -1
		}
		parts = append(parts, by{name, sign})
	}
	slices.SortStableFunc(rows, func(a, b *row) int {
		for _, p := range parts {
			if d := compareValues(valueOf(a, p.property), valueOf(b, p.property)); d != 0 {
				return d * p.sign
			}
		}
		return 0
	})
	return nil
}

func compareValues(a, b any) int {
	if at, ok := a.(time.Time); ok {
		bt, _ := b.(time.Time)
		return at.Compare(bt)
	}
	as, _ := a.(string)
	bs, _ := b.(string)
	return cmp.Compare(as, bs)
}

// related follows a navigation.
func (s *Simulator) related(r *row, nav navigation) []*row {
	value := r.id
	if nav.local != "ObjectID" {
		value = r.text(nav.local)
	}
	if nav.foreign == "ObjectID" {
		if target := s.db.get(nav.target, value); target != nil {
			return []*row{target}
		}
		return nil
	}
	source := nav.target
	if source == typeActivityChild {
		source = typeActivity
	}
	return filterRows(s.db.find(source, nav.foreign, value), func(x *row) bool { return x != r })
}

func origin(r *http.Request) string {
	if r.TLS != nil {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

func address(c *call, t *entityType, id string) string {
	return origin(c.r) + odataPath + t.set + "('" + id + "')"
}

// entity writes one entity as type `view`: all or the selected properties, expanded or deferred navigations.
func (s *Simulator) entity(c *call, view *entityType, r *row, sel, expand []string) (map[string]any, error) {
	uri := address(c, view, r.id)
	out := map[string]any{"__metadata": map[string]any{"uri": uri, "type": "c4codata." + view.name, "etag": r.etag()}}
	wanted := map[string]bool{}
	for _, name := range sel {
		head, _, nested := strings.Cut(name, "/")
		if _, isNav := view.navigations[head]; view.byName[head] == nil && !isNav || nested && !isNav {
			return nil, invalidOption("Invalid $select: " + name)
		}
		wanted[head] = true
	}
	for i := range view.properties {
		p := &view.properties[i]
		if len(sel) == 0 || wanted[p.name] {
			out[p.name] = s.display(c, r, p)
		}
	}
	for name, nav := range view.navigations {
		inner, expanded := nested(expand, name)
		switch {
		case expanded:
			v, err := s.expanded(c, r, nav, under(sel, name), inner)
			if err != nil {
				return nil, err
			}
			out[name] = v
		case len(sel) == 0 || wanted[name]:
			out[name] = map[string]any{"__deferred": map[string]any{"uri": uri + "/" + name}}
		}
	}
	for _, path := range expand {
		head, _, _ := strings.Cut(path, "/")
		if _, known := view.navigations[head]; !known {
			return nil, invalidOption("Invalid $expand: " + head)
		}
	}
	return out, nil
}

// expanded is an array for a navigation to many, an object or null for one to one.
func (s *Simulator) expanded(c *call, r *row, nav navigation, sel, expand []string) (any, error) {
	related := s.related(r, nav)
	results := []any{}
	for _, x := range related {
		v, err := s.entity(c, entityTypes[nav.target], x, sel, expand)
		if err != nil {
			return nil, err
		}
		results = append(results, v)
	}
	switch {
	case nav.many && strictJSON(c.r):
		return map[string]any{"results": results}, nil
	case nav.many:
		return results, nil
	case len(results) == 0:
		return nil, nil
	}
	return results[0], nil
}

// nested reports whether a navigation is expanded, and returns what is expanded below it.
func nested(expand []string, name string) (inner []string, found bool) {
	for _, path := range expand {
		head, rest, deeper := strings.Cut(path, "/")
		if head == name {
			found = true
			if deeper {
				inner = append(inner, rest)
			}
		}
	}
	return inner, found
}

// under keeps the parts of $select that belong to an expanded navigation.
func under(sel []string, name string) []string {
	var out []string
	for _, path := range sel {
		if head, rest, deeper := strings.Cut(path, "/"); deeper && head == name {
			out = append(out, rest)
		}
	}
	return out
}

// display is a property's value in verbose JSON.
func (s *Simulator) display(c *call, r *row, p *property) any {
	switch p.name {
	case "SizeInkB":
		return fmt.Sprintf("%.3f", float64(len(r.bytes("Binary")))/1024)
	case "DocumentLink":
		if r.text("CategoryCode") == "2" {
			return address(c, r.typ, r.id) + "/Binary/$value"
		}
	}
	switch p.kind {
	case "DateTimeOffset", "DateTime":
		at, ok := valueOf(r, p.name).(time.Time)
		if !ok {
			return nil
		}
		return fmt.Sprintf("/Date(%d)/", at.UnixMilli())
	case "Boolean":
		return r.flag(p.name)
	case "Binary":
		if b := r.bytes(p.name); b != nil {
			return base64.StdEncoding.EncodeToString(b)
		}
		return nil
	case "Guid":
		if r.text(p.name) == "" {
			return nil
		}
	case "Decimal":
		if r.text(p.name) == "" {
			return noDecimal
		}
	}
	return r.text(p.name)
}
