package stack

import (
	"bytes"
	_ "embed"
	"net/http"
	"strconv"
	"sync"
)

// noticeScript shows at the top of a page what the stack still waits for, until it waits for nothing.
//
//go:embed notice.js
var noticeScript []byte

// notice is what people at the phone and at the desk must know, such as that Temporal is still being compiled.
type notice struct {
	mu   sync.Mutex
	text string
}

func (n *notice) say(text string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.text = text
}

func (n *notice) read() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.text
}

// over adds the notice to a simulator's page.
func (n *notice) over(next http.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /_dev/notice", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.Header().Set("Cache-Control", "no-store")
		_, _ = w.Write([]byte(n.read()))
	})
	mux.HandleFunc("GET /_dev/notice.js", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/javascript; charset=utf-8")
		w.Header().Set("Cache-Control", "no-cache")
		_, _ = w.Write(noticeScript)
	})
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		if n.read() == "" {
			next.ServeHTTP(w, r)
			return
		}
		page := &page{ResponseWriter: w}
		next.ServeHTTP(page, r)
		page.send()
	})
	mux.Handle("/", next)
	return mux
}

// page buffers a page so that the script can be inserted.
type page struct {
	http.ResponseWriter
	status int
	body   bytes.Buffer
}

func (p *page) WriteHeader(status int) { p.status = status }

func (p *page) Write(b []byte) (int, error) { return p.body.Write(b) }

func (p *page) send() {
	content := bytes.Replace(p.body.Bytes(), []byte("</head>"),
		[]byte(`<script src="/_dev/notice.js" defer></script></head>`), 1)
	header := p.Header()
	header.Set("Content-Length", strconv.Itoa(len(content)))
	header.Del("Last-Modified") // the script comes and goes, so the page changes
	if p.status != 0 {
		p.ResponseWriter.WriteHeader(p.status)
	}
	_, _ = p.ResponseWriter.Write(content)
}
