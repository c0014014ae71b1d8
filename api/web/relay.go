package web

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// Relay receives the files that followers view, sent by workers: this process calls C4C for nothing, and no file
// enters a history. It belongs on the internal listener, where the process's own workers reach it. Each file has an
// address that works for one delivery and is known to one worker.
type Relay struct {
	mu      sync.Mutex
	url     string
	pin     string // of its certificate; see TLS
	own     bool   // workers see that certificate at url
	waiting map[string]*awaited
}

// awaited is a file that a follower waits for.
type awaited struct {
	address string // where a worker sends it
	pin     string // of the certificate there; empty: not one of ours
	arrived <-chan *carried
	done    func()      // the follower has stopped waiting
	full    atomic.Bool // there was no room for it

	files chan<- *carried
	disk  *Disk
	who   string
}

// carried is a file sent by a worker, on disk.
type carried struct {
	*kept
	sum  string // SHA-256 of the content, in hex
	size int64  // in bytes
}

// bears reports whether a mark belongs to the content. Without a mark, any content is accepted.
func (f *carried) bears(mark string) bool { return strings.HasPrefix(f.sum, mark) }

// NewRelay makes a Relay that expects no files.
func NewRelay() *Relay { return &Relay{waiting: map[string]*awaited{}} }

// Announce sets the address at which workers reach the relay, such as http://10.0.3.7:8081. Until then, or with an
// empty address, it expects no files. own reports whether the relay's own certificate is served there.
func (r *Relay) Announce(url string, own bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.url, r.own = strings.TrimSuffix(url, "/"), own
}

// relayPath is the path on the internal listener that receives files.
const relayPath = "/files/"

// there reports whether the relay can receive files.
func (r *Relay) there() bool {
	if r == nil {
		return false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.url != ""
}

// expect makes an address for one of a follower's files, which uses room on a disk. The caller ends the waiting.
func (r *Relay) expect(disk *Disk, who string) (*awaited, bool) {
	if r == nil {
		return nil, false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.url == "" {
		return nil, false
	}
	token, files := rand.Text(), make(chan *carried, 1)
	wait := &awaited{address: r.url + relayPath + token, pin: r.pinned(), arrived: files, files: files, disk: disk,
		who: who}
	wait.done = func() {
		r.mu.Lock()
		delete(r.waiting, token)
		r.mu.Unlock()
		select {
		case file := <-files:
			file.close()
		default:
		}
	}
	r.waiting[token] = wait
	return wait, true
}

// expected is the waiting request for a token; nil: none.
func (r *Relay) expected(token string) *awaited {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.waiting[token]
}

// deliver hands a file to the request that waits for it; false: none does.
func (r *Relay) deliver(token string, file *carried) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	wait := r.waiting[token]
	if wait == nil {
		return false
	}
	delete(r.waiting, token)
	wait.files <- file // has room for one
	return true
}

// ServeHTTP receives a file at PUT /files/{token}. It receives the whole file before anyone sees it: a slow phone
// must not keep a call to C4C open.
func (r *Relay) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	token, ok := strings.CutPrefix(req.URL.Path, relayPath)
	wait := r.expected(token)
	if !ok || req.Method != http.MethodPut || wait == nil {
		http.NotFound(w, req)
		return
	}
	control := http.NewResponseController(w)
	_ = control.SetReadDeadline(time.Now().Add(carryWait)) // a server without support keeps its own limits
	_ = control.SetWriteDeadline(time.Now().Add(carryWait))
	file, err := wait.keep(http.MaxBytesReader(w, req.Body, workflows.MaxFile))
	_, tooLarge := errors.AsType[*http.MaxBytesError](err)
	switch {
	case tooLarge:
		w.WriteHeader(http.StatusRequestEntityTooLarge)
		return
	case errors.Is(err, errDiskFull):
		wait.full.Store(true)
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	case err != nil:
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	if !r.deliver(token, file) { // the follower has left in the meantime
		file.close()
		http.NotFound(w, req)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// keep stores the content until it is closed.
func (w *awaited) keep(from io.Reader) (*carried, error) {
	file, err := w.disk.keep(w.who, "wechat-c4c-file-*")
	if err != nil {
		return nil, err
	}
	sum := sha256.New()
	size, err := file.fill(io.TeeReader(from, sum))
	if err != nil {
		file.close()
		return nil, err
	}
	return &carried{file, hex.EncodeToString(sum.Sum(nil)), size}, nil
}
