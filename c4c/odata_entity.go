package c4c

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
)

// keyed is an entity. Without a key it does not count as one.
type keyed interface{ objectKey() string }

// identity is what every entity has.
type identity struct {
	ObjectID string   `json:"ObjectID"`
	Metadata metadata `json:"__metadata"`
}

func (i identity) objectKey() string { return i.ObjectID }

// propertiesOf names the properties that an entity holds, for $select: C4C leaves out what is not named.
func propertiesOf[T keyed]() string {
	var names []string
	for _, f := range reflect.VisibleFields(reflect.TypeFor[T]()) {
		if name := f.Tag.Get("json"); name != "" && f.Type != reflect.TypeFor[metadata]() {
			names = append(names, name)
		}
	}
	return strings.Join(names, ",")
}

// likeness is the result of comparing an entity with the request.
type likeness int

const (
	unlike likeness = iota // another object
	unsaid                 // the answer does not say
	alike
)

// same compares a value of an answer with the requested one, ignoring surrounding blanks.
func same(answered, asked string) likeness {
	switch strings.TrimSpace(answered) {
	case "":
		return unsaid
	case strings.TrimSpace(asked):
		return alike
	}
	return unlike
}

// sameNumber is same for numbers, which C4C may pad with zeros.
func sameNumber(answered, asked string) likeness { return same(number(answered), number(asked)) }

// sameKey is same for keys and UUIDs in any spelling.
func sameKey(answered, asked string) likeness { return same(objectID(answered), objectID(asked)) }

// kept is same for a value sent with a create: C4C may have cut it, or changed its case.
func kept(answered, sent string) likeness {
	answered, sent = strings.ToLower(strings.TrimSpace(answered)), strings.ToLower(strings.TrimSpace(sent))
	switch {
	case answered == "" || sent == "":
		return unsaid
	case strings.HasPrefix(sent, answered) || strings.HasPrefix(answered, sent):
		return alike
	}
	return unlike
}

// readKey reads the entity with the key in the path.
func readKey[T keyed](ctx context.Context, o *odata, op, path, key string, q query) (T, error) {
	var none T
	found, err := readPage[T](ctx, o, op, path, q)
	switch {
	case err != nil:
		return none, err
	case len(found.items) == 0:
		return none, notFound(op)
	case len(found.items) > 1 || sameKey(found.items[0].objectKey(), key) != alike:
		return none, &TransportError{Op: op, Status: http.StatusOK, Err: errOther}
	}
	return found.items[0], nil
}

// readLike reads the entities that a query selects and keeps those that match the request, whatever the other side
// made of the query. Having none is not an error, unless an entity does not say what it is and so might match.
func readLike[T keyed](ctx context.Context, o *odata, op, path string, q query, is func(T) likeness) ([]T, error) {
	all, err := readAll[T](ctx, o, op, path, q)
	if err != nil {
		return nil, err
	}
	found := slices.DeleteFunc(slices.Clone(all), func(e T) bool { return is(e) != alike })
	if len(found) == 0 && slices.ContainsFunc(all, func(e T) bool { return is(e) == unsaid }) {
		return nil, &TransportError{Op: op, Status: http.StatusOK, Err: errOther}
	}
	return found, nil
}

// readOne is readLike for one entity: it returns the first, or ErrNotFound.
func readOne[T keyed](ctx context.Context, o *odata, op, path string, q query, is func(T) likeness) (T, error) {
	var none T
	found, err := readLike(ctx, o, op, path, q, is)
	if err != nil {
		return none, err
	}
	if len(found) == 0 {
		return none, notFound(op)
	}
	return found[0], nil
}

// readPage reads one page.
func readPage[T keyed](ctx context.Context, o *odata, op, path string, q query) (page[T], error) {
	r, err := o.read(ctx, op, path, q)
	if err != nil {
		return page[T]{}, err
	}
	p, err := decodePage[T](r.d)
	if err != nil {
		return page[T]{}, &TransportError{Op: op, Status: r.status, Err: err}
	}
	return p, nil
}

// readAll follows the pages to the end. It uses only the query of a link: the link's host may not be the one that we
// use for C4C, and must not get our password.
func readAll[T keyed](ctx context.Context, o *odata, op, path string, q query) ([]T, error) {
	var all []T
	asked := q
	for range maxPages {
		p, err := readPage[T](ctx, o, op, path, q)
		if err != nil {
			return nil, err
		}
		all = append(all, p.items...)
		if p.next == "" {
			return all, nil
		}
		if q, err = asked.next(p.next); err != nil {
			return nil, &TransportError{Op: op, Status: http.StatusOK, Err: errUnreadable}
		}
	}
	return nil, &TransportError{Op: op, Status: http.StatusOK, Err: errTooLarge}
}

// next is the query of the page that a link points to: the original query with the link's additions.
func (q query) next(link string) (query, error) {
	_, raw, found := strings.Cut(link, "?")
	if !found || raw == "" {
		return nil, errUnreadable
	}
	raw, _, _ = strings.Cut(raw, "#")
	following := query{}
	for pair := range strings.SplitSeq(raw, "&") { // a semicolon is part of a value, unlike in net/url
		name, value, _ := strings.Cut(pair, "=")
		name, nameErr := url.QueryUnescape(name)
		value, valueErr := url.QueryUnescape(value)
		if nameErr != nil || valueErr != nil {
			return nil, errUnreadable
		}
		if name != "" {
			following[name] = value
		}
	}
	for name, value := range q {
		following[name] = value
	}
	return following, nil
}

// create posts an entity and returns C4C's version of it.
func create[T keyed](ctx context.Context, o *odata, op, set string, in any, is func(T) likeness) (T, error) {
	var none T
	body, err := json.Marshal(in)
	if err != nil {
		return none, &TransportError{Op: op, Unsent: true, Err: errNotJSON}
	}
	r, err := o.send(ctx, write{op: op, method: http.MethodPost, path: set, want: wantCreated, body: body})
	if err != nil {
		return none, err
	}
	return shown(op, r, is)
}

// patch changes an entity.
func patch(ctx context.Context, o *odata, op, path, etag string, in any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return &TransportError{Op: op, Unsent: true, Err: errNotJSON}
	}
	r, err := o.send(ctx, write{op: op, method: http.MethodPatch, path: path, want: wantChanged, etag: etag, body: body})
	if err != nil || r.d == nil {
		return err
	}
	_, key, _ := strings.Cut(path, "('")
	return shows(op, r, func(e identity) likeness { return sameKey(e.ObjectID, strings.TrimSuffix(key, "')")) })
}

// shows checks the object in the answer to a write.
func shows[T keyed](op string, r *reply, is func(T) likeness) error {
	_, err := shown(op, r, is)
	return err
}

func shown[T keyed](op string, r *reply, is func(T) likeness) (T, error) {
	var none T
	p, err := decodePage[T](r.d)
	switch {
	case err != nil || len(p.items) != 1:
		return none, r.missing(op)
	case is(p.items[0]) == unlike:
		// It is unknown whether ours was created, too, and repeating would not show it.
		return none, &ODataError{
			Op: op, Status: r.status, Message: "the answer shows another object than the one that was sent",
		}
	}
	return p.items[0], nil
}
