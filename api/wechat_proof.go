package api

import (
	"crypto/sha256"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/wechat-c4c/wechat-c4c/wechat"
)

// How old a push may be. WeChat repeats a push within some 15 seconds, with the same signature or a new one; the rest
// allows for clock differences. An older push was intercepted and sent again, and starts nothing.
const (
	signatureAge = time.Hour        // of the signature over time and nonce
	plainAge     = 10 * time.Minute // the same if no other signature covers the body
	contentAge   = 24 * time.Hour   // of the content, whose age only the body shows
)

// clockAhead is how far a signature may be ahead of this machine's clock.
const clockAhead = 5 * time.Minute

// staleError is the error of a push that is too old, or from the future, in which case age is negative.
type staleError struct {
	what string
	age  time.Duration
}

func (e *staleError) Error() string {
	if e.age < 0 {
		return fmt.Sprintf("api: %s is %s ahead: made up by somebody, or this machine's clock is wrong", e.what,
			-e.age.Round(time.Second))
	}
	return fmt.Sprintf("api: %s is %s old: sent again by somebody, or this machine's clock is wrong", e.what,
		e.age.Round(time.Second))
}

// signed reports whether a request's query has a fresh signature of WeChat.
func (h *handlers) signed(req *http.Request) bool { return h.proof(req.URL.Query()) == nil }

// proof returns what is wrong with a push's query; nil: WeChat has signed it recently.
func (h *handlers) proof(q url.Values) error {
	if !h.WeChat.Signed(q) {
		return wechat.ErrSignature
	}
	most := signatureAge
	if h.WeChat.Mode() == wechat.ModePlain {
		most = plainAge
	}
	return h.fresh(q, most)
}

// fresh refuses a signature that is older than most, or from the future.
func (h *handlers) fresh(q url.Values, most time.Duration) error {
	at, err := strconv.ParseInt(q.Get("timestamp"), 10, 64)
	if err != nil {
		return wechat.ErrSignature
	}
	if ahead := time.Unix(at, 0).Sub(h.Now()); ahead > clockAhead {
		return &staleError{"the signature", -ahead}
	}
	return h.notOlder("the signature", time.Unix(at, 0), most)
}

func (h *handlers) notOlder(what string, at time.Time, most time.Duration) error {
	if age := h.Now().Sub(at); age > most {
		return &staleError{what, age}
	}
	return nil
}

// requireSignature lets only pushes pass whose query WeChat has signed recently. No byte of any other body is read.
func (h *handlers) requireSignature(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if err := h.proof(c.QueryParams()); err != nil {
			leaveUnread(c)
			return refused(err)
		}
		h.warnOfProxies(c.Request())
		return next(c)
	}
}

// open reads a push whose query is proven.
func (h *handlers) open(c echo.Context, body []byte) (wechat.Message, error) {
	q := c.QueryParams()
	msg, err := h.WeChat.Open(q, body)
	if err != nil {
		return nil, err
	}
	if err := h.notOlder("what a push tells", msg.Header().CreateTime, contentAge); err != nil {
		return nil, err
	}
	if msg.Header().Encrypted {
		if h.WeChat.Mode() == wechat.ModeCompatible && h.plain.refuseFromNow() {
			h.Logger.InfoContext(c.Request().Context(),
				"encrypted pushes have begun: plain ones are refused from now on; set the mode to secure",
				slog.String("account", h.Account))
		}
		return msg, nil
	}
	if err := h.fresh(q, plainAge); err != nil {
		return nil, err
	}
	return msg, h.plain.accept(q.Get("signature"), body, h.Now())
}

// maxPlainPushes is how many signatures are remembered. When it is reached, plain pushes are refused until the oldest
// signatures have expired.
const maxPlainPushes = 50_000

// plainPushes tracks pushes whose bodies are not covered by a signature. Each signature is accepted for one body only,
// which WeChat's own repeats have in common: someone who finds a signature in a log cannot send anything else with
// it.
type plainPushes struct {
	mu      sync.Mutex
	refused bool // an encrypted push has come: plain ones are no longer accepted
	bodies  map[string]plainBody
}

type plainBody struct {
	hash [sha256.Size]byte
	at   time.Time
}

// refuseFromNow refuses all plain pushes from now on, and reports whether that is new.
func (p *plainPushes) refuseFromNow() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	before := p.refused
	p.refused, p.bodies = true, nil
	return !before
}

// accept accepts a body under its signature.
func (p *plainPushes) accept(signature string, body []byte, now time.Time) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	hash := sha256.Sum256(body)
	known, used := p.bodies[signature]
	switch {
	case p.refused:
		return wechat.ErrNotEncrypted
	case used && known.hash != hash:
		return wechat.ErrSignature
	case used:
		return nil
	}
	if p.bodies == nil {
		p.bodies = map[string]plainBody{}
	}
	if len(p.bodies) >= maxPlainPushes {
		for signature, known := range p.bodies {
			if now.Sub(known.at) > 2*plainAge { // the signer's clock may be ahead
				delete(p.bodies, signature)
			}
		}
		if len(p.bodies) >= maxPlainPushes {
			return unavailable(fmt.Errorf("api: more than %d plain pushes in %s", maxPlainPushes, 2*plainAge))
		}
	}
	p.bodies[signature] = plainBody{hash, now}
	return nil
}
