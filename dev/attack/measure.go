package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Sizes of the measurement.
const (
	crowd      = 1000    // requests at once
	largeBody  = 1 << 20 // bytes of each
	hammering  = 5 * time.Second
	hammerers  = 32
	clockTicks = 100 // of Linux, a second
)

// measure reports what strangers cost: the memory of many large requests at once, and how many requests one processor
// refuses.
func measure(ctx context.Context, out io.Writer) error {
	fmt.Fprintf(out, "\nan api on one processor\n")
	for _, m := range []struct {
		name  string
		query func() string
		body  string
	}{
		{"peak memory, 1,000 unsigned requests of 1 MiB at once", func() string {
			return "?msg_signature=x&timestamp=1&nonce=1"
		}, strings.Repeat(" ", largeBody)},
		{"peak memory, the same under a signature that was seen, 200,000 attributes each", seenSignature,
			"<xml" + strings.Repeat(" b=''", 200_000) + "></xml>"},
	} {
		before, peak, err := crowded(ctx, m.query, m.body)
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "%6.0f MB  %s (%.0f MB before)\n", mb(peak), m.name, mb(before))
	}
	for _, m := range []struct {
		name string
		from func(int64) string
	}{
		{"refused a second, each from another address (401)", func(i int64) string {
			return fmt.Sprintf("100.%d.%d.%d", 130+i>>16%100, i>>8&255, i&255)
		}},
		{"refused a second, all from one address (429)", func(int64) string { return "203.0.113.9" }},
	} {
		rate, cost, err := refused(ctx, m.from)
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "%6.0f     %s, %.0f µs of the processor each\n", rate, m.name, cost)
	}
	return nil
}

func mb(bytes int64) float64 { return float64(bytes) / (1 << 20) }

func seenSignature() string {
	return "?" + target{token: settings("", "").WeChat.Token.Reveal()}.query(time.Now()).Encode()
}

// crowded sends a crowd of requests at once, each from another address, and returns the peak memory.
func crowded(ctx context.Context, query func() string, body string) (before, peak int64, err error) {
	api, err := startChild(ctx, "http://127.0.0.1:1")
	if err != nil {
		return 0, 0, err
	}
	defer api.stop()
	if before, err = api.memory(); err != nil {
		return 0, 0, err
	}
	var group sync.WaitGroup
	start := make(chan struct{})
	many := &http.Client{Timeout: time.Minute, Transport: &http.Transport{DisableKeepAlives: true}}
	for i := range crowd {
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+api.addr+"/wechat"+query(),
			strings.NewReader(body))
		if err != nil {
			return 0, 0, err
		}
		req.Header.Set("X-Forwarded-For", fmt.Sprintf("100.131.%d.%d", i>>8, i&255))
		group.Go(func() {
			<-start
			if res, err := many.Do(req); err == nil { // an answer before the whole body is sent may end as an error here
				_ = res.Body.Close()
			}
		})
	}
	close(start)
	group.Wait()
	peak, err = api.memory()
	return before, peak, err
}

// memory is the process's peak resident memory in bytes.
func (c *child) memory() (int64, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", c.command.Process.Pid))
	if err != nil {
		return 0, fmt.Errorf("attack: memory is read from Linux's /proc: %w", err)
	}
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	fields := strings.Fields(rest)
	if len(fields) == 0 {
		return 0, errors.New("attack: /proc says nothing of memory")
	}
	kb, err := strconv.ParseInt(fields[0], 10, 64)
	return kb << 10, err
}

// processor is the CPU time that the process has used.
func (c *child) processor() (time.Duration, error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", c.command.Process.Pid))
	if err != nil {
		return 0, err
	}
	_, rest, _ := strings.Cut(string(stat), ") ")
	fields := strings.Fields(rest)
	if len(fields) < 13 {
		return 0, errors.New("attack: /proc says nothing of the processor")
	}
	user, err := strconv.ParseInt(fields[11], 10, 64)
	system, failed := strconv.ParseInt(fields[12], 10, 64)
	return time.Duration(user+system) * time.Second / clockTicks, errors.Join(err, failed)
}

// refused sends refused requests to an api for a while and returns their rate.
func refused(ctx context.Context, from func(int64) string) (rate, micros float64, err error) {
	api, err := startChild(ctx, "http://127.0.0.1:1")
	if err != nil {
		return 0, 0, err
	}
	defer api.stop()
	t := target{api: "http://" + api.addr}
	before, err := api.processor()
	if err != nil {
		return 0, 0, err
	}
	var sent atomic.Int64
	var wrong atomic.Value
	until := time.Now().Add(hammering)
	var group sync.WaitGroup
	for range hammerers {
		group.Go(func() {
			for time.Now().Before(until) {
				got, err := t.do(ctx, attempt{
					method: http.MethodPost, path: "/wechat?msg_signature=x&timestamp=1&nonce=1", body: "<xml/>",
					from: from(sent.Add(1)),
				})
				if err == nil {
					err = want(got, http.StatusUnauthorized, http.StatusTooManyRequests)
				}
				if err != nil {
					wrong.Store(err)
					return
				}
			}
		})
	}
	group.Wait()
	if err, ok := wrong.Load().(error); ok {
		return 0, 0, err
	}
	after, err := api.processor()
	n := float64(sent.Load())
	return n / hammering.Seconds(), float64((after - before).Microseconds()) / n, err
}
