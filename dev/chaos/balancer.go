package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"syscall"
	"time"
)

// restsFor is how long the balancer avoids an api process that has failed, as nginx does by default.
const restsFor = 10 * time.Second

// balancer is in front of the api processes. Like nginx with its defaults it takes them in turns, tries the next one if
// a connection is refused, and avoids a failed one for a while. It never sends a request twice once the request has
// been sent.
type balancer struct {
	client *http.Client
	addrs  []string

	mu    sync.Mutex
	turn  int
	rests map[string]time.Time // until when
}

func newBalancer(addrs ...string) *balancer {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 32}}
	return &balancer{client: client, addrs: addrs, rests: map[string]time.Time{}}
}

// answer is the api's answer to a request.
type answer struct {
	status int
	body   string
}

// post sends a request to one of the api processes. An error means that there is no answer.
func (b *balancer) post(ctx context.Context, path string, header http.Header, body []byte) (answer, error) {
	var failed error
	for _, addr := range b.inTurn() {
		got, err := b.ask(ctx, "http://"+addr+path, header, body)
		if err == nil {
			return got, nil
		}
		failed = err
		b.rest(addr)
		if !errors.Is(err, syscall.ECONNREFUSED) {
			break
		}
	}
	return answer{}, failed
}

// inTurn returns the processes in the order in which to try them: first those that are not avoided.
func (b *balancer) inTurn() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.turn++
	var awake, resting []string
	for i := range b.addrs {
		addr := b.addrs[(b.turn+i)%len(b.addrs)]
		if time.Now().Before(b.rests[addr]) {
			resting = append(resting, addr)
		} else {
			awake = append(awake, addr)
		}
	}
	return append(awake, resting...)
}

func (b *balancer) rest(addr string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.rests[addr] = time.Now().Add(restsFor)
}

func (b *balancer) ask(ctx context.Context, url string, header http.Header, body []byte) (answer, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return answer{}, fmt.Errorf("post: %w", err)
	}
	req.Header = header.Clone()
	res, err := b.client.Do(req)
	if err != nil {
		return answer{}, fmt.Errorf("post: %w", err)
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(io.LimitReader(res.Body, 64<<10))
	if err != nil {
		return answer{}, fmt.Errorf("post: %w", err)
	}
	return answer{res.StatusCode, string(text)}, nil
}
