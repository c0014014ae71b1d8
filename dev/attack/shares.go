package main

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// Parameters of the measurement of shares. Each run takes about four minutes.
const (
	others       = 12              // followers who write
	writesEvery  = 6 * time.Second // of each of them
	sharesPhase  = time.Minute     // without and with the greedy follower
	sharesWait   = 2 * time.Minute // for one message, at most
	lookEvery    = 25 * time.Millisecond
	slowCall     = 600 * time.Millisecond // of C4C
	slowFile     = 10 * time.Second       // of C4C, for one file
	greedyFiles  = 12
	sharesAim    = 1.5 // how much longer messages of others may take, at p99
	greedyWriter = 8   // pushes of the greedy follower at once
)

// errShares reports that one follower takes more than a fair share.
var errShares = errors.New("attack: one follower delays the messages of others")

// measureShares measures how long other followers' messages take to reach C4C, alone and while one follower does the
// worst they are allowed to. It does so with a slow C4C, and with one that is slow with files.
func measureShares(ctx context.Context, out io.Writer) error {
	late := false
	for _, m := range []struct {
		name string
		file time.Duration
	}{
		{fmt.Sprintf("C4C takes %v for a call", slowCall), 0},
		{fmt.Sprintf("C4C takes %v for a call, and %v for a file", slowCall, slowFile), slowFile},
	} {
		quiet, beside, done, err := shares(ctx, m.file)
		if err != nil {
			return err
		}
		ratio := float64(at(beside, 99)) / float64(at(quiet, 99))
		late = late || ratio > sharesAim
		fmt.Fprintf(out, "\n%s: from the webhook to C4C, %d others\n", m.name, others)
		for _, row := range []struct {
			name string
			took []time.Duration
		}{{"quiet", quiet}, {"one is greedy", beside}} {
			fmt.Fprintf(out, "  %-14s p50 %5.2f s, p99 %5.2f s, %d messages\n", row.name, at(row.took, 50).Seconds(),
				at(row.took, 99).Seconds(), len(row.took))
		}
		fmt.Fprintf(out, "  p99 is %.2f times that of quiet, at most %.1f is allowed\n  the greedy one: %s\n", ratio,
			sharesAim, done)
	}
	if late {
		return errShares
	}
	return nil
}

// at returns a percentile.
func at(took []time.Duration, percent int) time.Duration {
	if len(took) == 0 {
		return 0
	}
	slices.Sort(took)
	return took[min(len(took)*percent/100, len(took)-1)]
}

// shares measures both figures on a stack of its own, because the greedy follower's syncs take long to finish.
func shares(ctx context.Context, file time.Duration) (quiet, beside []time.Duration, done string, err error) {
	s, err := startStage(ctx)
	if err != nil {
		return nil, nil, "", err
	}
	defer func() { err = errors.Join(err, s.stop()) }()
	if err := s.giveFiles(ctx); err != nil {
		return nil, nil, "", err
	}
	writers, err := s.writers(ctx)
	if err != nil {
		return nil, nil, "", err
	}
	rules := []map[string]any{{"kind": "latency", "ms": slowCall.Milliseconds()}}
	if file > 0 {
		for _, of := range []string{"SocialMediaActivityAttachmentFolderCollection",
			"ServiceRequestAttachmentFolderCollection"} {
			rules = append(rules, map[string]any{"kind": "latency", "ms": file.Milliseconds(), "match": "GET " + of +
				"/Binary/$value"})
		}
	}
	if err := s.stack.C4C().Call(ctx, http.MethodPost, "/faults", map[string]any{"rules": rules}, nil); err != nil {
		return nil, nil, "", err
	}
	if quiet, err = s.timeMessages(ctx, writers, "quiet"); err != nil {
		return nil, nil, "", err
	}
	greedy, stop := context.WithCancel(ctx)
	ended := make(chan string, 1)
	go func() { ended <- s.beGreedy(greedy) }()
	beside, err = s.timeMessages(ctx, writers, "beside")
	stop()
	return quiet, beside, <-ended, err
}

// giveFiles adds files to the greedy follower's thread.
func (s *stage) giveFiles(ctx context.Context) error {
	var files []any
	for i := range greedyFiles {
		content := base64.StdEncoding.EncodeToString([]byte("%PDF-1.4 " + strings.Repeat(fmt.Sprint(i), 100_000)))
		files = append(files, map[string]string{"name": fmt.Sprintf("file%02d.pdf", i), "mime_type": "application/pdf",
			"content": content})
	}
	reply := map[string]any{"text": "some files", "author_name": "Ann", "attachments": files}
	if err := s.stack.C4C().Call(ctx, http.MethodPost, "/tickets/"+s.ticket+"/replies", reply, nil); err != nil {
		return err
	}
	return s.until(ctx, "the files on the page", func() (bool, error) {
		s.files = nil
		err := s.findFiles(ctx)
		return len(s.files) > greedyFiles, err
	})
}

// writer is a follower with a ticket.
type writer struct{ openid, ticket string }

// writers are the others, each with a ticket of their own.
func (s *stage) writers(ctx context.Context) ([]writer, error) {
	var all []writer
	for i := range others {
		openid := fmt.Sprintf("oSharesOther%016d", i)
		if err := s.stack.WeChat().Call(ctx, http.MethodPost, "/followers/"+openid+"/subscribe", nil, nil); err != nil {
			return nil, err
		}
		if err := s.write(ctx, openid, "first of "+openid); err != nil {
			return nil, err
		}
		all = append(all, writer{openid: openid})
	}
	err := s.until(ctx, "the others' tickets", func() (bool, error) {
		tickets, err := s.tickets(ctx)
		found := 0
		for i, w := range all {
			for _, t := range tickets {
				if len(t.Thread) > 0 && strings.Contains(string(t.Thread[0]), "first of "+w.openid) {
					all[i].ticket = t.ID
					found++
				}
			}
		}
		return found == others, err
	})
	return all, err
}

// write has a follower write a text.
func (s *stage) write(ctx context.Context, openid, text string) error {
	return s.stack.WeChat().Call(ctx, http.MethodPost, "/followers/"+openid+"/messages",
		map[string]any{"type": "text", "content": text}, nil)
}

// timeMessages has the others write for a while, and returns how long each message took to reach C4C.
func (s *stage) timeMessages(ctx context.Context, writers []writer, phase string) ([]time.Duration, error) {
	var (
		mu     sync.Mutex
		took   []time.Duration
		failed error
		group  sync.WaitGroup
	)
	until := time.Now().Add(sharesPhase)
	for i, w := range writers {
		group.Go(func() {
			pause := time.NewTimer(time.Duration(i) * writesEvery / others) // not all at once
			defer pause.Stop()
			for n := 0; ; n++ {
				select {
				case <-pause.C:
				case <-ctx.Done():
					return
				}
				began := time.Now()
				if began.After(until) {
					return
				}
				err := s.arrives(ctx, w, fmt.Sprintf("%s message %d of %s", phase, n, w.openid))
				mu.Lock()
				took, failed = append(took, time.Since(began)), errors.Join(failed, err)
				mu.Unlock()
				if err != nil {
					return
				}
				pause.Reset(time.Until(began.Add(writesEvery)))
			}
		})
	}
	group.Wait()
	return took, errors.Join(failed, ctx.Err())
}

// arrives writes a text and waits until it is in the ticket.
func (s *stage) arrives(ctx context.Context, w writer, text string) error {
	ctx, cancel := context.WithTimeout(ctx, sharesWait)
	defer cancel()
	if err := s.write(ctx, w.openid, text); err != nil {
		return err
	}
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		var t ticketView
		if err := s.stack.C4C().Call(ctx, http.MethodGet, "/tickets/"+w.ticket, nil, &t); err != nil {
			return fmt.Errorf("attack: %q is not in C4C: %w", text, err)
		}
		for _, line := range slices.Backward(t.Thread) {
			if strings.Contains(string(line), text) {
				return nil
			}
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("attack: %q is not in C4C after %v", text, sharesWait)
		}
	}
}
