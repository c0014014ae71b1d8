package c4csim

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// row is one object of the tenant. Values are string, bool, time.Time or []byte (Edm.Binary); a missing one is initial.
type row struct {
	typ     *entityType
	id      string // ObjectID, 32 hex upper case; the code in code lists
	seq     int64
	props   map[string]any
	changed time.Time
}

func (r *row) text(name string) string    { v, _ := r.props[name].(string); return v }
func (r *row) flag(name string) bool      { v, _ := r.props[name].(bool); return v }
func (r *row) time(name string) time.Time { v, _ := r.props[name].(time.Time); return v }
func (r *row) bytes(name string) []byte   { v, _ := r.props[name].([]byte); return v }

// uuid is the row's id in the dashed, upper-case form of OData.
func (r *row) uuid() string { return dashed(r.id) }

// changeState is the row's ChangeStateID, which the real services pad with blanks on the left.
func (r *row) changeState() string {
	return fmt.Sprintf("%39s", r.changed.UTC().Format("20060102150405")+fmt.Sprintf(".%07d", r.changed.Nanosecond()/100))
}

// etag is the row's entity tag: a weak one with an escaped time of seven digits.
func (r *row) etag() string {
	t := r.changed.UTC().Format("2006-01-02T15:04:05") + fmt.Sprintf(".%07dZ", r.changed.Nanosecond()/100)
	return `W/"datetimeoffset'` + strings.ReplaceAll(t, ":", "%3A") + `'"`
}

func dashed(id string) string {
	if len(id) != 32 {
		return id
	}
	return strings.Join([]string{id[:8], id[8:12], id[12:16], id[16:20], id[20:]}, "-")
}

// undashed turns a UUID of either protocol into an ObjectID.
func undashed(uuid string) string { return strings.ToUpper(strings.ReplaceAll(uuid, "-", "")) }

type table struct {
	typ   *entityType
	byID  map[string]*row
	index map[string]map[string][]*row
}

// store is the tenant's data: one table per entity type. Callers hold Simulator.mu.
type store struct {
	tables  map[string]*table
	seed    int64
	objects int64
	numbers map[string]int64

	// What changed since the last write.
	cleared bool
	dirty   map[*row]struct{}
	removed []savedRow
}

// unchanged records that everything has been written.
func (d *store) unchanged() {
	d.cleared, d.dirty, d.removed = false, map[*row]struct{}{}, nil
}

func newStore(seed int64) *store {
	d := &store{seed: seed, numbers: map[string]int64{}}
	d.clear()
	return d
}

// copy is a copy of the data that later changes do not affect.
func (d *store) copy() *store {
	out := newStore(d.seed)
	out.cleared, out.removed = d.cleared, slices.Clone(d.removed)
	out.objects, out.numbers = d.objects, maps.Clone(d.numbers)
	twin := map[*row]*row{}
	for name, t := range d.tables {
		for id, r := range t.byID {
			r2 := *r
			r2.props = maps.Clone(r.props)
			twin[r], out.tables[name].byID[id] = &r2, &r2
		}
		for property, values := range t.index {
			for value, rows := range values {
				for _, r := range rows {
					out.tables[name].index[property][value] = append(out.tables[name].index[property][value], twin[r])
				}
			}
		}
	}
	for r := range d.dirty {
		out.dirty[twin[r]] = struct{}{}
	}
	return out
}

func (d *store) clear() {
	d.unchanged()
	d.cleared = true
	d.tables = map[string]*table{}
	for name, t := range entityTypes {
		d.tables[name] = &table{typ: t, byID: map[string]*row{}, index: map[string]map[string][]*row{}}
		for _, p := range t.indexed {
			d.tables[name].index[p] = map[string][]*row{}
		}
	}
}

// firstNumbers is where readable ids start; a seed moves each by its own million.
var firstNumbers = map[string]int64{typeCustomer: 1000000, typeTicket: 8000000, typeProfile: 800, typeActivity: 59000}

// number is the next readable id of a type.
func (d *store) number(typ string) string {
	d.numbers[typ]++
	return strconv.FormatInt(firstNumbers[typ]+(d.seed%900)*1_000_000+d.numbers[typ], 10)
}

// objectID is the next technical id, in the form real tenants hand out.
func (d *store) objectID() string {
	d.objects++
	return fmt.Sprintf("00163E00%04X1EE78000%012X", uint16(d.seed), d.objects)
}

// add inserts an object and gives it its technical id.
func (d *store) add(typ string, now time.Time, props map[string]any) *row {
	id := d.objectID()
	props["ObjectID"] = id
	return d.insert(typ, id, now, props)
}

func (d *store) insert(typ, id string, now time.Time, props map[string]any) *row {
	t := d.tables[typ]
	d.objects++
	r := &row{typ: t.typ, id: id, seq: d.objects, props: map[string]any{}, changed: now}
	t.byID[id] = r
	d.dirty[r] = struct{}{}
	for name, v := range props {
		d.assign(r, name, v)
	}
	return r
}

// restore gives an object its stored values.
func (d *store) restore(typ, id string, changed time.Time, props map[string]any) {
	r := d.get(typ, id)
	if r == nil {
		d.insert(typ, id, changed, props)
		return
	}
	for name, v := range props {
		d.assign(r, name, v)
	}
	r.changed = changed
}

// set changes one property and the row's time of change.
func (d *store) set(r *row, now time.Time, name string, v any) {
	d.assign(r, name, v)
	d.touch(r, now)
}

// touch renews the row's entity tag; two changes never share one.
func (d *store) touch(r *row, now time.Time) {
	if !now.After(r.changed) {
		now = r.changed.Add(100 * time.Nanosecond)
	}
	r.changed = now
	d.dirty[r] = struct{}{}
}

func (d *store) assign(r *row, name string, v any) {
	idx, indexed := d.tables[r.typ.name].index[name]
	if indexed {
		old := r.text(name)
		idx[old] = slices.DeleteFunc(idx[old], func(x *row) bool { return x == r })
		if len(idx[old]) == 0 {
			delete(idx, old)
		}
	}
	r.props[name] = v
	d.dirty[r] = struct{}{}
	if indexed {
		idx[r.text(name)] = append(idx[r.text(name)], r)
	}
}

// remove deletes an object and everything it owns.
func (d *store) remove(r *row) {
	for _, n := range r.typ.navigations {
		if n.many && entityTypes[n.target].parent == r.typ.name {
			for _, child := range d.find(n.target, n.foreign, r.id) {
				d.remove(child)
			}
		}
	}
	for name := range d.tables[r.typ.name].index {
		d.assign(r, name, nil)
		idx := d.tables[r.typ.name].index[name]
		idx[""] = slices.DeleteFunc(idx[""], func(x *row) bool { return x == r })
	}
	delete(d.tables[r.typ.name].byID, r.id)
	delete(d.dirty, r)
	d.removed = append(d.removed, savedRow{Type: r.typ.name, ID: r.id})
}

func (d *store) get(typ, id string) *row { return d.tables[typ].byID[id] }

// find returns the rows with that text in an indexed property, oldest first.
func (d *store) find(typ, name, value string) []*row {
	rows := slices.Clone(d.tables[typ].index[name][value])
	slices.SortFunc(rows, bySequence)
	return rows
}

// first is the oldest row that find would return, or nil.
func (d *store) first(typ, name, value string) *row {
	if rows := d.find(typ, name, value); len(rows) > 0 {
		return rows[0]
	}
	return nil
}

// all returns every row of a type, oldest first.
func (d *store) all(typ string) []*row {
	return slices.SortedFunc(maps.Values(d.tables[typ].byID), bySequence)
}

func bySequence(a, b *row) int { return cmp.Compare(a.seq, b.seq) }
