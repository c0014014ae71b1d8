package web

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// Relay is where workers bring the files that followers look at: this process asks C4C for nothing, and no file enters a
// history. It belongs on the internal listener, for a process's own workers to reach. Each file has an address that is
// good for one delivery and known to one worker.
type Relay struct {
	mu      sync.Mutex
	url     string
	waiting map[string]chan<- *carried
}

// carried is a file that a worker has brought, on disk and at its beginning.
type carried struct {
	*os.File
	sum string // SHA-256 of the content, in hex
}

// bears reports whether a mark is that of the content. Without one any content is right.
func (f *carried) bears(mark string) bool { return strings.HasPrefix(f.sum, mark) }

func (f *carried) close() {
	_ = f.Close()
	_ = os.Remove(f.Name())
}

// NewRelay makes one that waits for nothing.
func NewRelay() *Relay { return &Relay{waiting: map[string]chan<- *carried{}} }

// Announce says at which address workers reach the relay, such as http://10.0.3.7:8081. Until then, and with an empty
// one, it expects nothing.
func (r *Relay) Announce(url string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.url = strings.TrimSuffix(url, "/")
}

// relayPath is where on the internal listener files arrive.
const relayPath = "/files/"

// there says whether files can be brought at all.
func (r *Relay) there() bool {
	if r == nil {
		return false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.url != ""
}

// expect makes an address for one file, which comes through the channel. The caller says when it waits no more.
func (r *Relay) expect() (address string, arrived <-chan *carried, done func(), ok bool) {
	if r == nil {
		return "", nil, nil, false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.url == "" {
		return "", nil, nil, false
	}
	token, files := rand.Text(), make(chan *carried, 1)
	r.waiting[token] = files
	return r.url + relayPath + token, files, func() {
		r.mu.Lock()
		delete(r.waiting, token)
		r.mu.Unlock()
		select {
		case file := <-files:
			file.close()
		default:
		}
	}, true
}

// expects says whether somebody waits for the file of a token.
func (r *Relay) expects(token string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.waiting[token] != nil
}

// deliver hands a file to whoever waits for it; false: nobody.
func (r *Relay) deliver(token string, file *carried) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	files := r.waiting[token]
	if files == nil {
		return false
	}
	delete(r.waiting, token)
	files <- file // has room for one
	return true
}

// ServeHTTP takes a file at PUT /files/{token}. The whole file is taken before anybody sees it: a slow phone must not
// keep a call to C4C open.
func (r *Relay) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	token, ok := strings.CutPrefix(req.URL.Path, relayPath)
	if !ok || req.Method != http.MethodPut || !r.expects(token) {
		http.NotFound(w, req)
		return
	}
	control := http.NewResponseController(w)
	_ = control.SetReadDeadline(time.Now().Add(carryWait)) // a server that cannot keeps its own limits
	_ = control.SetWriteDeadline(time.Now().Add(carryWait))
	file, err := keep(http.MaxBytesReader(w, req.Body, workflows.MaxFile))
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
		w.WriteHeader(http.StatusRequestEntityTooLarge)
		return
	}
	if err != nil {
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	if !r.deliver(token, file) { // the follower has left meanwhile
		file.close()
		http.NotFound(w, req)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func keep(from io.Reader) (*carried, error) {
	file, err := os.CreateTemp("", "wechat-c4c-file-*")
	if err != nil {
		return nil, err
	}
	kept, sum := &carried{File: file}, sha256.New()
	if _, err = io.Copy(io.MultiWriter(file, sum), from); err == nil {
		_, err = file.Seek(0, io.SeekStart)
	}
	kept.sum = hex.EncodeToString(sum.Sum(nil))
	if err != nil {
		kept.close()
		return nil, err
	}
	return kept, nil
}
