package prove

import (
	"fmt"
	"net/http"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// quietly is how long a process's memory must not grow to count as its memory at rest.
const quietly = 10 * time.Second

// starts is how often a start is timed.
const starts = 5

// needFigures skips a measurement unless figures are requested.
func needFigures(t *testing.T) {
	t.Helper()
	needPostgres(t)
	if *figures == 0 {
		t.Skip("-figures says how many conversations")
	}
}

func megabytes(n float64) string { return fmt.Sprintf("%.0f MB", n) }

func median(all []time.Duration) time.Duration {
	slices.Sort(all)
	return all[len(all)/2]
}

// The image contains only a binary and the certificates.
func TestFiguresOfTheImage(t *testing.T) {
	needFigures(t)
	binary, err := os.Stat(build(t, "1.0.0"))
	require.NoError(t, err)
	certificates, err := os.Stat("/etc/ssl/certs/ca-certificates.crt")
	require.NoError(t, err)
	size := float64(binary.Size()+certificates.Size()) / 1e6
	publish("Image: the static binary of linux/amd64 and the certificates of Debian",
		[]string{"binary", "certificates", "image"},
		[][]string{{fmt.Sprintf("%.1f MB", float64(binary.Size())/1e6),
			fmt.Sprintf("%.1f MB", float64(certificates.Size())/1e6), fmt.Sprintf("%.1f MB", size)}})
	require.Less(t, size, 40.0)
}

// Measures the time from process start to the first "ready", with Temporal up, and then the memory at rest.
func TestFiguresOfStartAndRest(t *testing.T) {
	needFigures(t)
	l := newLandscape(t, "")
	var rows [][]string
	for _, arguments := range [][]string{{"api"}, {"worker"}, {"worker", "--role", "workflows"},
		{"worker", "--role", "wechat"}, {"worker", "--role", "c4c"}} {
		var took []time.Duration
		for range starts {
			s := l.start("started", l.binary, nil, arguments...)
			took = append(took, s.ready())
			s.stop()
		}
		s := l.start("resting", l.binary, nil, arguments...)
		s.ready()
		rows = append(rows, []string{
			fmt.Sprint(arguments), median(took).Round(time.Millisecond).String(),
			slices.Max(took).Round(time.Millisecond).String(), megabytes(s.atRest(quietly)),
		})
		require.Less(t, median(took), time.Second)
		s.stop()
	}
	publish(fmt.Sprintf("Start to ready, %d times each, and memory (RSS) when it has not grown for %s", starts, quietly),
		[]string{"process", "start, median", "start, slowest", "memory at rest"}, rows)
}

// Measures the memory of api and worker before, with all conversations open, and later. One follower in twenty writes a
// message, which becomes a ticket; the others tap on the menu, which also opens a conversation.
func TestFiguresOfOpenConversations(t *testing.T) {
	needFigures(t)
	l := newLandscape(t, "")
	api, worker := l.start("api", l.binary, nil, "api"), l.start("worker", l.binary, nil, "worker")
	api.ready()
	worker.ready()
	worker.atRest(quietly)
	began := time.Now()
	var rows [][]string
	note := func(open int) {
		rows = append(rows, []string{strconv.Itoa(open), time.Since(began).Round(time.Second).String(), megabytes(api.rss()),
			megabytes(worker.rss())})
	}
	note(0)
	f := &traffic{l: l}
	for i := range *figures / 20 {
		f.records = append(f.records, &record{follower: fmt.Sprintf("oFollower%06d", i)})
	}
	f.each(func(r *record) {
		l.wechat.call(http.MethodPost, "/followers/"+r.follower+"/subscribe", nil, nil)
		f.say(r)
	})
	require.True(t, f.settle(t).sound())
	note(len(f.records))
	for _, share := range []int{4, 2, 1} {
		l.tap(*figures / share)
		note(*figures / share)
	}
	worker.atRest(time.Minute)
	note(*figures)
	publish(
		"Memory (RSS) of one api and one worker of all roles, by the conversations that are open; PostgreSQL-backed Temporal",
		[]string{"open conversations", "after", "api", "worker"}, rows)
}

// tap has followers tap on the menu until the given number of conversations is open.
func (l *landscape) tap(conversations int) {
	l.t.Helper()
	all := fmt.Sprintf(`WorkflowType = %q AND ExecutionStatus = "Running"`, workflows.TypeConversation)
	var group errgroup.Group
	group.SetLimit(16)
	for i := int(l.count(all)); i < conversations; i++ {
		body := fmt.Sprintf(
			"<xml><ToUserName>gh_0123456789ab</ToUserName><FromUserName>oFollower%06d</FromUserName><CreateTime>%d</CreateTime>"+
				"<MsgType>event</MsgType><Event>CLICK</Event><EventKey>service</EventKey></xml>", i, time.Now().Unix())
		group.Go(func() error {
			for out := (pushed{}); out.Status != http.StatusOK; {
				l.wechat.call(http.MethodPost, "/push", map[string]any{"openid": fmt.Sprintf("oFollower%06d", i), "body": body},
					&out)
			}
			return nil
		})
	}
	_ = group.Wait()
	until(l.t, patience, func() string {
		return fmt.Sprintf("%d of %d conversations are open", l.count(all), conversations)
	}, func() bool {
		return l.count(all) >= int64(conversations)
	})
}

// Measures messages of known followers with a C4C that takes 200 ms for each call: with one worker, and with several
// that share the cap.
func TestFiguresOfWorkers(t *testing.T) {
	needFigures(t)
	const followers, messages, latency = 24, 10, 200
	var rows [][]string
	for _, workers := range []int{1, 2, 3, 4} {
		l := newLandscape(t, "")
		running := []*service{l.start("api", l.binary, nil, "api")}
		for i := range workers {
			running = append(running, l.start(fmt.Sprintf("worker %d", i+1), l.binary, nil, "worker"))
		}
		for _, s := range running {
			s.ready()
		}
		f := &traffic{l: l}
		for i := range followers {
			f.records = append(f.records, &record{follower: fmt.Sprintf("oFollower%04d", i)})
		}
		f.each(func(r *record) {
			l.wechat.call(http.MethodPost, "/followers/"+r.follower+"/subscribe", nil, nil)
			f.say(r)
		})
		require.True(t, f.settle(t).sound())
		l.c4c.slow("/sap", latency)
		before := l.c4c.requests()
		began := time.Now()
		f.each(func(r *record) {
			for range messages {
				f.say(r)
			}
		})
		got := f.settle(t)
		took := time.Since(began)
		require.True(t, got.sound(), got.faults)
		parallel, calls := l.c4c.parallel(), l.c4c.requests()-before
		require.LessOrEqual(t, parallel, 8)
		rows = append(rows, []string{
			strconv.Itoa(workers), fmt.Sprintf("%.1f/s", float64(followers*messages)/took.Seconds()),
			fmt.Sprintf("%.1f/s", float64(calls)/took.Seconds()),
			fmt.Sprintf("%.0f/s", 8*1000.0/latency), strconv.Itoa(parallel), fmt.Sprintf("%d lost, %d doubled, %d out of order",
				got.lost, got.doubled, got.misplaced),
		})
		for _, s := range running {
			s.stop()
		}
	}
	publish(
		fmt.Sprintf(
			"Messages synced with %d ms for each call to C4C and a cap of 8 parallel calls, %d followers with %d messages each, PostgreSQL-backed Temporal", latency, followers, messages),
		[]string{"workers", "messages", "calls to C4C", "calls that the cap allows", "most calls at once", "messages in C4C"},
		rows)
}

// each does something for every follower, eight at a time.
func (f *traffic) each(do func(*record)) {
	var group errgroup.Group
	group.SetLimit(8)
	for _, r := range f.records {
		group.Go(func() error { do(r); return nil })
	}
	_ = group.Wait()
}

// requests returns how many calls a simulator has received.
func (c control) requests() int {
	c.t.Helper()
	var all []struct{}
	c.call(http.MethodGet, "/requests", nil, &all)
	return len(all)
}
