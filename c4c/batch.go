package c4c

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"strings"
)

const (
	batchPath     = "$batch"
	batchBoundary = "batch_reads"
	batchKind     = "multipart/mixed"
)

// batchRead is one read of a batch.
type batchRead struct {
	path  string
	query query
}

// batchAnswer is C4C's answer to one read of a batch: its reply, or the typed error that the read alone would have
// had.
type batchAnswer struct {
	reply *reply
	err   error
}

// readTogether makes several reads in one request, which counts as one parallel call. It returns an answer for each
// read, in order.
//
// Source: github.com/SAP-archive/C4CODATAAPIDEVGUIDE, "$batch" ("multiple queries can be executed as part of a $batch
// query"); its note on two blank lines after a GET.
func (o *odata) readTogether(ctx context.Context, op string, reads []batchRead) ([]batchAnswer, error) {
	var body strings.Builder
	asks := make([]ask, len(reads))
	for i, r := range reads {
		req, err := o.request(ctx, op, http.MethodGet, r.path, r.query, nil)
		if err != nil {
			return nil, err
		}
		asks[i] = ask{op: op, req: req, want: wantEntities}
		body.WriteString("--" + batchBoundary + "\r\nContent-Type: application/http\r\n" +
			"Content-Transfer-Encoding: binary\r\n\r\n" +
			"GET " + r.path + "?" + r.query.encode() + " HTTP/1.1\r\nAccept: application/json\r\n\r\n\r\n")
	}
	body.WriteString("--" + batchBoundary + "--\r\n")
	r, err := o.send(ctx, write{
		op: op, method: http.MethodPost, path: batchPath, want: wantBatch, body: []byte(body.String()),
		kind: batchKind + "; boundary=" + batchBoundary,
	})
	if err != nil {
		return nil, err
	}
	return o.http.apart(r, asks)
}

// apart splits the answer to a batch and judges each part as if it had come alone.
func (t *transport) apart(whole *reply, asks []ask) ([]batchAnswer, error) {
	_, parameters, _ := mime.ParseMediaType(whole.header.Get("Content-Type"))
	parts := multipart.NewReader(bytes.NewReader(whole.body), parameters["boundary"])
	answers := make([]batchAnswer, 0, len(asks))
	for _, a := range asks {
		part, err := parts.NextRawPart()
		if err != nil {
			return nil, whole.unreadable(a.op)
		}
		r, err := t.part(a, part)
		if r == nil {
			return nil, err
		}
		answers = append(answers, batchAnswer{reply: r, err: err})
	}
	if _, err := parts.NextRawPart(); err != io.EOF {
		return nil, whole.unreadable(asks[0].op)
	}
	return answers, nil
}

// part reads the answer in one part; the reply is nil if there is none.
func (t *transport) part(a ask, content io.Reader) (*reply, error) {
	resp, err := http.ReadResponse(bufio.NewReader(content), a.req)
	if err != nil {
		return nil, &TransportError{Op: a.op, Status: http.StatusOK, Err: errUnreadable}
	}
	return t.answer(a, resp)
}

// isBatch reports whether an answer belongs to a batch.
func (r *reply) isBatch() bool {
	kind, parameters, err := mime.ParseMediaType(r.header.Get("Content-Type"))
	return err == nil && kind == batchKind && parameters["boundary"] != "" &&
		(r.status == http.StatusOK || r.status == http.StatusAccepted)
}
