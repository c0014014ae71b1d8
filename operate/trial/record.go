package trial

import (
	"bytes"
	"io"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// Book contains the answers to calls, by step and call.
type Book map[string]map[string]Answer

// Answer is the form of the answers to one call, over all times that a step made it.
type Answer struct {
	Statuses []int    `json:"statuses"`
	Types    []string `json:"types"` // media types
	// Fields are kinds by path, only of JSON and XML. If a field was not present each time, its kind has a question
	// mark.
	Fields map[string]string `json:"fields,omitempty"`
}

// Recorder records the forms of answers.
type Recorder struct {
	mu   sync.Mutex
	step string
	book Book
}

// begin sets the step that the next calls belong to.
func (r *Recorder) begin(step string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.step = step
}

// answers are the answers recorded so far.
func (r *Recorder) answers() Book {
	r.mu.Lock()
	defer r.mu.Unlock()
	all := Book{}
	for step, calls := range r.book {
		all[step] = maps.Clone(calls)
	}
	return all
}

// over returns a transport that records what another transport answers.
func (r *Recorder) over(next http.RoundTripper) http.RoundTripper { return &listener{r, next} }

type listener struct {
	recorder *Recorder
	next     http.RoundTripper
}

// RoundTrip implements [http.RoundTripper]. Files are streamed; any other answer is read and passed on in full.
func (l *listener) RoundTrip(req *http.Request) (*http.Response, error) {
	res, err := l.next.RoundTrip(req)
	if err != nil {
		return res, err
	}
	kind, _, _ := mime.ParseMediaType(res.Header.Get("Content-Type"))
	var fields map[string]string
	if readable(kind) {
		body, err := io.ReadAll(io.LimitReader(res.Body, maxBody))
		if err != nil {
			_ = res.Body.Close()
			return nil, err
		}
		fields = form(body)
		rest := res.Body
		res.Body = struct {
			io.Reader
			io.Closer
		}{io.MultiReader(bytes.NewReader(body), rest), rest}
	}
	l.recorder.note(callOf(req), res.StatusCode, kind, fields)
	return res, nil
}

// maxBody is how much of an answer is examined, in bytes.
const maxBody = 8 << 20

func readable(kind string) bool {
	return strings.HasSuffix(kind, "json") || strings.HasSuffix(kind, "xml") || strings.HasPrefix(kind, "text/")
}

func (r *Recorder) note(call string, status int, kind string, fields map[string]string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.book[r.step] == nil {
		r.book[r.step] = map[string]Answer{}
	}
	a := r.book[r.step][call]
	a.Statuses, a.Types = with(a.Statuses, status), with(a.Types, kind)
	if again := len(a.Statuses) > 1 || a.Fields != nil; again {
		fields = merged(a.Fields, fields)
	}
	a.Fields = fields
	r.book[r.step][call] = a
}

// sometimes marks the kind of a field that is not always present.
const sometimes = "?"

// merged are the combined fields of two answers to the same call.
func merged(one, other map[string]string) map[string]string {
	all := map[string]string{}
	for _, from := range []map[string]string{one, other} {
		for path, kind := range from {
			bare := strings.TrimSuffix(kind, sometimes)
			if known := strings.TrimSuffix(all[path], sometimes); known != "" && known != kindNothing {
				bare = known
			}
			_, in := one[path]
			_, too := other[path]
			if !in || !too || strings.HasSuffix(one[path], sometimes) || strings.HasSuffix(other[path], sometimes) {
				bare += sometimes
			}
			all[path] = bare
		}
	}
	return all
}

// with adds a value to a sorted list unless it is already there.
func with[T int | string](list []T, one T) []T {
	at, there := slices.BinarySearch(list, one)
	if there {
		return list
	}
	return slices.Insert(slices.Clone(list), at, one)
}

var (
	inParentheses = regexp.MustCompile(`\([^)]*\)`)
	ownPath       = regexp.MustCompile(`/(sap|cgi-bin|sns|wxaapi)/`)
)

// callOf names a call without its data: method, path without keys, and the names of the query's options.
func callOf(req *http.Request) string {
	path := req.URL.Path
	if at := ownPath.FindStringIndex(path); at != nil { // a proxy may have put a prefix before it
		path = path[at[0]:]
	}
	path = inParentheses.ReplaceAllString(path, "('')")
	q, _ := url.ParseQuery(req.URL.RawQuery)
	names := slices.DeleteFunc(slices.Sorted(maps.Keys(q)), func(name string) bool {
		return !strings.HasPrefix(name, "$")
	})
	if len(names) > 0 {
		path += "?" + strings.Join(names, "&")
	}
	return req.Method + " " + path
}

// With returns the book with the additional answers of another one.
func (b Book) With(other Book) Book {
	all := Book{}
	for _, from := range []Book{b, other} {
		for step, calls := range from {
			if all[step] == nil {
				all[step] = map[string]Answer{}
			}
			for call, a := range calls {
				known, there := all[step][call]
				if there {
					for _, status := range known.Statuses {
						a.Statuses = with(a.Statuses, status)
					}
					for _, kind := range known.Types {
						a.Types = with(a.Types, kind)
					}
					a.Fields = merged(known.Fields, a.Fields)
				}
				all[step][call] = a
			}
		}
	}
	return all
}
