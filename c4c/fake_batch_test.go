package c4c

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
)

// batchGet is a part of a batch as SAP's guide prints it: two blank lines end a read.
var batchGet = regexp.MustCompile(`^\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n` +
	`GET ([^ /]+) HTTP/1\.1\r\nAccept: application/json\r\n\r\n\r\n$`)

// serveBatch answers reads that come in one request. batches replaces its answers.
func (f *fake) serveBatch(w http.ResponseWriter, r *http.Request) {
	if f.batches != nil {
		f.batches(w)
		return
	}
	_, boundary, ok := strings.Cut(r.Header.Get("Content-Type"), "multipart/mixed; boundary=")
	if !ok {
		f.fail(w, &problem{415, "", "no batch"})
		return
	}
	body, _ := io.ReadAll(r.Body)
	parts := strings.Split(string(body), "--"+boundary)
	if len(parts) < 3 || parts[0] != "" || parts[len(parts)-1] != "--\r\n" {
		f.fail(w, &problem{400, "", "not in parts"})
		return
	}
	var answers []string
	for _, part := range parts[1 : len(parts)-1] {
		m := batchGet.FindStringSubmatch(part)
		if m == nil {
			f.fail(w, &problem{400, "", "not a read"})
			return
		}
		path, query, _ := strings.Cut(m[1], "?")
		one := httptest.NewRecorder()
		f.getOData(one, &http.Request{Method: http.MethodGet, Host: r.Host, URL: &url.URL{Path: "/" + path, RawQuery: query}},
			path)
		answers = append(answers,
			fmt.Sprintf("HTTP/1.1 %d x\r\nContent-Type: application/json\r\nContent-Length:      %d\r\n\r\n%s",
				one.Code, one.Body.Len(), one.Body))
	}
	writeBatch(w, answers...)
}

func writeBatch(w http.ResponseWriter, answers ...string) {
	w.Header().Set("Content-Type", "multipart/mixed; boundary=ejjeeffe0")
	w.WriteHeader(http.StatusAccepted)
	for _, a := range answers {
		_, _ = fmt.Fprintf(w, "--ejjeeffe0\r\nContent-Type: application/http\r\nContent-Length: %d\r\n"+
			"Content-Transfer-Encoding: binary\r\n\r\n%s\r\n", len(a), a)
	}
	_, _ = io.WriteString(w, "--ejjeeffe0--\r\n")
}
