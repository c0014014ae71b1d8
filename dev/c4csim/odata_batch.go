package c4csim

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// batchPart is one part of a batch: a read, or a change set.
type batchPart struct {
	reads     *batchRequest // nil: a change set
	changeSet []*batchRequest
}

// batchRequest is a request inside a batch.
type batchRequest struct {
	id     string // Content-ID; empty: it has none
	method string
	target string // as it is written: below the service root, an absolute path, or a whole address
	header http.Header
	body   []byte
}

// patternReference is the beginning of an address by which a request refers to an object created earlier in its change
// set.
var patternReference = regexp.MustCompile(`^\$([^/]+)(/.*)?$`)

// readBatch splits a batch. Nothing of a batch is executed unless all of it can be read.
//
// https://www.odata.org/documentation/odata-version-2-0/batch-processing/
func readBatch(contentType string, body []byte) ([]batchPart, error) {
	kind, parameters, err := mime.ParseMediaType(contentType)
	if err != nil || kind != "multipart/mixed" || parameters["boundary"] == "" {
		return nil, errors.New("a batch is multipart/mixed with a boundary")
	}
	var parts []batchPart
	err = eachPart(parameters["boundary"], body, func(header textproto.MIMEHeader, content []byte) error {
		if kind, _, err := mime.ParseMediaType(header.Get("Content-Type")); err == nil && kind == "multipart/mixed" {
			set, err := readChangeSet(header.Get("Content-Type"), content)
			parts = append(parts, batchPart{changeSet: set})
			return err
		}
		r, err := readBatchRequest(header, content)
		if err == nil && r.method != http.MethodGet {
			err = errors.New(r.method + " outside of a change set")
		}
		parts = append(parts, batchPart{reads: r})
		return err
	})
	if err == nil && len(parts) == 0 {
		err = errors.New("the batch is empty")
	}
	return parts, err
}

func readChangeSet(contentType string, body []byte) ([]*batchRequest, error) {
	_, parameters, err := mime.ParseMediaType(contentType)
	if err != nil || parameters["boundary"] == "" {
		return nil, errors.New("a change set has a boundary")
	}
	var set []*batchRequest
	var ids []string
	err = eachPart(parameters["boundary"], body, func(header textproto.MIMEHeader, content []byte) error {
		r, err := readBatchRequest(header, content)
		switch {
		case err != nil:
			return err
		case !slices.Contains([]string{http.MethodPost, http.MethodPut, "MERGE", http.MethodPatch, http.MethodDelete},
			r.method):
			return errors.New(r.method + " in a change set")
		case r.id != "" && slices.Contains(ids, r.id):
			return errors.New("Content-ID " + r.id + " appears twice in one change set")
		}
		ids = append(ids, r.id)
		set = append(set, r)
		return nil
	})
	if err == nil && len(set) == 0 {
		err = errors.New("the change set is empty")
	}
	return set, err
}

// eachPart walks a multipart body, whose lines end with CRLF and which ends with its closing boundary.
func eachPart(boundary string, body []byte, do func(textproto.MIMEHeader, []byte) error) error {
	if !bytes.Contains(body, []byte("--"+boundary+"\r\n")) {
		return errors.New("the boundary is nowhere on a line of its own that ends with CRLF")
	}
	parts := multipart.NewReader(bytes.NewReader(body), boundary)
	for {
		p, err := parts.NextRawPart()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return errors.New("the closing boundary is missing")
		}
		content, err := io.ReadAll(p)
		if err != nil {
			return errors.New("the closing boundary is missing")
		}
		if err := do(p.Header, content); err != nil {
			return err
		}
	}
}

// readBatchRequest reads application/http. The blank line after the headers may be missing where there is no body:
// clients leave it to the boundary.
func readBatchRequest(part textproto.MIMEHeader, content []byte) (*batchRequest, error) {
	if kind, _, err := mime.ParseMediaType(part.Get("Content-Type")); err != nil || kind != "application/http" {
		return nil, errors.New("a part is neither application/http nor multipart/mixed")
	}
	if !strings.EqualFold(part.Get("Content-Transfer-Encoding"), "binary") {
		return nil, errors.New("Content-Transfer-Encoding of a request is not binary")
	}
	text := bufio.NewReader(bytes.NewReader(append(bytes.Clone(content), "\r\n\r\n"...)))
	line, err := text.ReadString('\n')
	words := strings.Split(strings.TrimSpace(line), " ")
	if err != nil || len(words) != 3 || words[2] != "HTTP/1.1" {
		return nil, errors.New("a request does not begin with METHOD URI HTTP/1.1")
	}
	header, err := textproto.NewReader(text).ReadMIMEHeader()
	if err != nil {
		return nil, errors.New("the headers of a request cannot be read")
	}
	body, err := io.ReadAll(text)
	if err != nil {
		return nil, err
	}
	r := &batchRequest{method: words[0], target: words[1], header: http.Header(header), body: bytes.TrimSpace(body)}
	if r.id = part.Get("Content-ID"); r.id == "" {
		r.id = r.header.Get("Content-ID")
	}
	if tunnelled := strings.ToUpper(r.header.Get("X-HTTP-Method")); r.method == http.MethodPost &&
		tunnelled == http.MethodGet {
		return nil, errors.New("a read that is tunnelled")
	}
	length := r.header.Get("Content-Length")
	if n, err := strconv.Atoi(length); length != "" && (err != nil || n < 0) {
		return nil, errors.New("Content-Length of a request is no number")
	}
	return r, nil
}

// within makes a call from a request, with the batch's values for what it does not specify. made are the paths that
// the change set has created so far, by Content-ID.
func (b *batchRequest) within(batch *http.Request, made map[string]string) (*call, error) {
	target := b.target
	if m := patternReference.FindStringSubmatch(target); m != nil && !strings.HasPrefix(target, "$batch") {
		path, known := made[m[1]]
		if !known {
			return nil, errors.New("nothing in the change set has the Content-ID " + m[1])
		}
		target = path + m[2]
	}
	u, err := url.Parse(target)
	if err != nil {
		return nil, errors.New("the address of a request cannot be read")
	}
	u = (&url.URL{Path: odataPath}).ResolveReference(u)
	if !strings.HasPrefix(u.Path, odataPath) || u.Path == odataPath+"$batch" || u.Host != "" && u.Host != batch.Host {
		return nil, errors.New("a request leads out of the service")
	}
	r := &http.Request{
		Method: b.method, URL: &url.URL{Path: u.Path, RawQuery: u.RawQuery}, Host: batch.Host, TLS: batch.TLS,
		Header: b.header.Clone(),
	}
	for _, name := range []string{"Accept-Language", "X-Forwarded-Proto", "Odata-V2-Strict-Json-Format",
		"Odata-No-Response-Payload"} {
		if r.Header.Get(name) == "" && batch.Header.Get(name) != "" {
			r.Header.Set(name, batch.Header.Get(name))
		}
	}
	return newCall(r, b.body), nil
}
