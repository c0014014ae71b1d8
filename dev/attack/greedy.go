package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// beGreedy does everything a follower may do, as often as allowed and more. It returns a summary of the answers.
func (s *stage) beGreedy(ctx context.Context) string {
	var group sync.WaitGroup
	var number, key atomic.Int64
	counts := newTally()
	ask := func(what string, a func() attempt) {
		group.Go(func() {
			for ctx.Err() == nil {
				got, err := s.do(ctx, s.as(s.victim, a()))
				counts.add(what, got.status, err)
				if got.status == http.StatusTooManyRequests || got.status == http.StatusServiceUnavailable {
					rest(ctx, 50*time.Millisecond)
				}
			}
		})
	}
	for range 3 {
		ask("numbers", func() attempt {
			return get(fmt.Sprintf("/web/get?entity=ticket&id=%d", 900_000+number.Add(1)))
		})
	}
	ask("lists", func() attempt { return get(fmt.Sprintf("/web/get?entity=tickets&page=%d", 1+number.Add(1)%50)) })
	ask("thread", func() attempt { return get("/web/tickets/" + s.ticket + "?received=x") })
	ask("account", func() attempt { return get("/web/account?saved=x") })
	for range 5 {
		ask("files", func() attempt {
			a := get(s.files[int(number.Add(1))%len(s.files)])
			a.header = map[string]string{"Range": "bytes=0-0"}
			return a
		})
	}
	ask("forms", func() attempt {
		form := url.Values{"csrf": {s.victim.csrf}, "entity": {"ticket"},
			"key": {fmt.Sprintf("GREEDYGREEDY%06d", key.Add(1))}, "ticket": {s.ticket}, "text": {"greedy"}}
		return attempt{method: http.MethodPost, path: "/web/update", body: form.Encode(),
			header: map[string]string{"Content-Type": formType, "Accept": "application/json"}}
	})
	for i := range greedyWriter {
		group.Go(func() {
			kind := map[string]any{"type": []string{"text", "image"}[i%2], "content": "greedy"}
			for ctx.Err() == nil {
				err := s.stack.WeChat().Call(ctx, http.MethodPost, "/followers/"+victimOpenID+"/messages", kind, nil)
				counts.add("messages", http.StatusOK, err)
			}
		})
	}
	group.Wait()
	return counts.String()
}

// rest waits a moment.
func rest(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// tally counts answers by request.
type tally struct {
	mu    sync.Mutex
	count map[string]map[int]int
}

func newTally() *tally { return &tally{count: map[string]map[int]int{}} }

func (t *tally) add(what string, status int, err error) {
	if err != nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.count[what] == nil {
		t.count[what] = map[int]int{}
	}
	t.count[what][status]++
}

func (t *tally) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	var all []string
	for _, what := range sorted(t.count) {
		var each []string
		for status, n := range t.count[what] {
			each = append(each, fmt.Sprintf("%d × %d", n, status))
		}
		slices.Sort(each)
		all = append(all, what+" "+strings.Join(each, " + "))
	}
	return strings.Join(all, ", ")
}
