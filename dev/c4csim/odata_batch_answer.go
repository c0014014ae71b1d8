package c4csim

import (
	"bytes"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// Boundaries of answers; SAP generates new ones each time, from letters like these.
const (
	batchBoundary     = "ejjeeffe0"
	changeSetBoundary = "ejjeeffe1"
)

// batch executes a batch. Each read and each change set is answered separately, in order; the batch as a whole is
// accepted. An unreadable batch is refused before any part of it is executed.
func (s *Simulator) batch(c *call) answer {
	if c.r.Method != http.MethodPost {
		return odataError(problem{status: http.StatusMethodNotAllowed, text: "A batch is a POST"}).refuse()
	}
	parts, err := readBatch(c.r.Header.Get("Content-Type"), c.body)
	if err != nil {
		return odataError(problem{status: http.StatusBadRequest, text: "The batch is malformed: " + err.Error()}).refuse()
	}
	var out bytes.Buffer
	refused := false
	for _, p := range parts {
		var a []inBatch
		if p.reads != nil {
			a = []inBatch{s.readInBatch(c, p.reads)}
		} else {
			a = s.changeInBatch(c, p.changeSet)
		}
		refused = refused || slices.ContainsFunc(a, func(x inBatch) bool { return x.answer.refused })
		if p.reads != nil || a[0].answer.status >= http.StatusBadRequest {
			writePart(&out, batchBoundary, a[0].id, a[0].answer)
			continue
		}
		var set bytes.Buffer
		for _, one := range a {
			writePart(&set, changeSetBoundary, one.id, one.answer)
		}
		fmt.Fprintf(&set, "--%s--\r\n", changeSetBoundary)
		fmt.Fprintf(&out, "--%s\r\nContent-Type: multipart/mixed; boundary=%s\r\nContent-Length: %9d\r\n\r\n%s\r\n",
			batchBoundary, changeSetBoundary, set.Len(), &set)
	}
	fmt.Fprintf(&out, "--%s--\r\n", batchBoundary)
	a := newAnswer(http.StatusAccepted, "multipart/mixed; boundary="+batchBoundary, out.Bytes())
	a.refused = refused
	return a
}

// inBatch is the answer to one request of a batch.
type inBatch struct {
	id     string
	answer answer
}

func (s *Simulator) readInBatch(c *call, b *batchRequest) inBatch {
	inner, err := b.within(c.r, nil)
	if err != nil {
		return inBatch{answer: odataError(*invalid(err.Error())).refuse()}
	}
	return inBatch{id: b.id, answer: s.inLanguage(inner, s.odataRead(inner))}
}

// changeInBatch executes a change set as a whole: if one of its requests fails, all are undone, and the one error is
// its answer.
func (s *Simulator) changeInBatch(c *call, set []*batchRequest) []inBatch {
	before, pending := s.db.copy(), slices.Clone(s.pending)
	s.deferred = []*statusEvent{}
	defer func() { s.deferred = nil }()
	made := map[string]string{}
	var out []inBatch
	for _, b := range set {
		inner, err := b.within(c.r, made)
		a := answer{}
		if err != nil {
			a = odataError(*invalid(err.Error())).refuse()
		} else {
			a = s.inLanguage(inner, s.odataWrite(inner))
		}
		if a.status >= http.StatusBadRequest {
			before.objects = s.db.objects // assigned numbers are not reused
			before.numbers = s.db.numbers
			s.db, s.pending = before, pending
			s.changed()
			return []inBatch{{id: b.id, answer: a}}
		}
		if b.id != "" {
			if location := a.header.Get("location"); location != "" {
				made[b.id] = odataPath + location[strings.LastIndexByte(location, '/')+1:]
			} else {
				made[b.id] = inner.r.URL.Path
			}
		}
		out = append(out, inBatch{id: b.id, answer: a})
	}
	events := s.deferred
	s.deferred = nil
	for _, event := range events {
		s.announce(event)
	}
	return out
}

// writePart writes one answer as application/http.
func writePart(out *bytes.Buffer, boundary, id string, a answer) {
	var text bytes.Buffer
	fmt.Fprintf(&text, "HTTP/1.1 %d %s\r\n", a.status, http.StatusText(a.status))
	header := maps.Clone(a.header)
	if header.Get("Content-Type") == "" {
		header.Set("Content-Type", "text/html")
	}
	header.Set("Content-Length", fmt.Sprint(len(a.body)))
	header.Set("dataserviceversion", "2.0")
	for _, name := range slices.Sorted(maps.Keys(header)) {
		for _, v := range header[name] {
			fmt.Fprintf(&text, "%s: %s\r\n", name, v)
		}
	}
	fmt.Fprintf(&text, "\r\n%s", a.body)
	fmt.Fprintf(out,
		"--%s\r\nContent-Type: application/http\r\nContent-Length: %d\r\nContent-Transfer-Encoding: binary\r\n", boundary,
		text.Len())
	if id != "" {
		fmt.Fprintf(out, "Content-ID: %s\r\n", id)
	}
	fmt.Fprintf(out, "\r\n%s\r\n", &text)
}
