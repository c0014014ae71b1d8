package prove

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/workflowservice/v1"

	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// conversationPace is the time between two messages of a follower, who writes the next only when the last was accepted.
const conversationPace = 400 * time.Millisecond

// traffic is followers who write and an agent who answers, until stop. Both remember what was acknowledged.
type traffic struct {
	l       *landscape
	records []*record
	working sync.WaitGroup
	done    chan struct{}

	mu       sync.Mutex
	tickets  map[string]string // follower to ticket
	taken    int               // messages acknowledged
	repeated int               // messages that WeChat had to deliver more than once
	refused  int               // answers that the api did not acknowledge
}

// follow has people follow the account and write until the traffic stops.
func (l *landscape) follow(followers int) *traffic {
	l.t.Helper()
	traffic := &traffic{l: l, done: make(chan struct{}), tickets: map[string]string{}}
	for i := range followers {
		r := &record{follower: fmt.Sprintf("oFollower%04d", i)}
		l.wechat.call(http.MethodPost, "/followers/"+r.follower+"/subscribe", nil, nil)
		traffic.records = append(traffic.records, r)
	}
	for _, r := range traffic.records {
		traffic.working.Go(func() { traffic.write(r) })
		traffic.working.Go(func() { traffic.answer(r) })
	}
	traffic.working.Go(traffic.findTickets)
	return traffic
}

// pause waits, and reports whether the traffic continues.
func (f *traffic) pause(d time.Duration) bool {
	select {
	case <-f.done:
		return false
	case <-time.After(d):
		return true
	}
}

// write sends messages one at a time.
func (f *traffic) write(r *record) {
	for f.pause(conversationPace) {
		f.say(r)
	}
}

// say sends the follower's next message. A rejected message is sent again with the same id until it is accepted: WeChat
// itself gives up after three deliveries, which no connector can recover.
func (f *traffic) say(r *record) {
	text, at := fmt.Sprintf("%s line %d", r.follower, len(r.said)+1), time.Now()
	message := map[string]any{"content": text, "create_time": at.Unix(), "msg_id": strconv.FormatInt(at.UnixNano(), 10)}
	deliveries := 0
	until(f.l.t, patience, func() string { return "the api takes " + text }, func() bool {
		var out pushed
		f.l.wechat.call(http.MethodPost, "/followers/"+r.follower+"/messages", message, &out)
		deliveries += out.Attempts
		return out.Status == http.StatusOK
	})
	r.said = append(r.said, text)
	f.note(func() {
		f.taken++
		if deliveries > 1 {
			f.repeated++
		}
	})
}

// answer replies in the follower's ticket, once there is one.
func (f *traffic) answer(r *record) {
	for f.pause(3 * conversationPace) {
		f.reply(r)
	}
}

// reply has the agent answer a follower once, if there is a ticket, and remembers the outcome.
func (f *traffic) reply(r *record) {
	f.mu.Lock()
	id := f.tickets[r.follower]
	f.mu.Unlock()
	if id == "" {
		return
	}
	a := answer{text: fmt.Sprintf("%s answer %d", r.follower, len(r.answers)+1)}
	var out pushed
	f.l.c4c.call(http.MethodPost, "/tickets/"+id+"/replies", map[string]any{"text": a.text, "author_name": "Chen Li"},
		&out)
	a.smaID, a.acknowledged = out.SMAID, out.Status/100 == 2
	if r.answers = append(r.answers, a); !a.acknowledged {
		f.note(func() { f.refused++ })
	}
}

// findTickets finds new tickets, like an agent who reloads the list.
func (f *traffic) findTickets() {
	for f.pause(200 * time.Millisecond) {
		f.find()
	}
}

// find records which follower has which ticket.
func (f *traffic) find() {
	for _, t := range f.l.tickets() {
		if follower := ownerOf(t); follower != "" {
			f.note(func() { f.tickets[follower] = t.ID })
		}
	}
}

func (f *traffic) note(change func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change()
}

// read reads a number while the traffic goes on.
func (f *traffic) read(n *int) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return *n
}

// during waits until the given number of further messages is accepted.
func (f *traffic) during(messages int) {
	goal := f.read(&f.taken) + messages
	until(f.l.t, patience, func() string { return fmt.Sprintf("%d messages are taken", goal) }, func() bool {
		return f.read(&f.taken) >= goal
	})
}

// stop ends the traffic.
func (f *traffic) stop() {
	close(f.done)
	f.working.Wait()
}

func (l *landscape) tickets() []ticket {
	var all []ticket
	l.c4c.call(http.MethodGet, "/tickets", nil, &all)
	return all
}

// ownerOf returns the follower whose lines are in a ticket.
func ownerOf(t ticket) string {
	for _, text := range t.texts("follower") {
		follower, _, _ := strings.Cut(text, " ")
		return follower
	}
	return ""
}

// settle waits until nothing is in flight and compares what was acknowledged with C4C and the phones. WeChat allows
// five answers to a message: followers with more waiting answers write once more.
func (f *traffic) settle(t *testing.T) balance {
	t.Helper()
	var last balance
	until(t, patience, func() string {
		return fmt.Sprintf("everything has arrived: %d lost, %d on their way, %d held\n%s", last.lost, f.l.count(onTheirWay),
			f.l.count(held),
			strings.Join(last.faults[:min(5, len(last.faults))], "\n"))
	}, func() bool {
		if f.l.count(onTheirWay) != 0 {
			return false
		}
		if last = f.balance(); last.lost == 0 {
			return true
		}
		if f.l.count(held) > 0 {
			for _, r := range f.records {
				f.say(r)
			}
		}
		return false
	})
	return last
}

// Queries for unfinished syncs.
var (
	onTheirWay = fmt.Sprintf(`ExecutionStatus = "Running" AND SyncState IN (%q, %q)`, workflows.StateSyncing,
		workflows.StateStuck)
	held = fmt.Sprintf(`ExecutionStatus = "Running" AND SyncState = %q`, workflows.StateHeld)
)

// count counts workflows; it returns -1 while Temporal does not answer.
func (l *landscape) count(query string) int64 {
	found, err := l.client.CountWorkflow(context.WithoutCancel(l.t.Context()),
		&workflowservice.CountWorkflowExecutionsRequest{Query: query})
	if err != nil {
		return -1
	}
	return found.GetCount()
}

// parked lists the workflow ids of syncs that wait for a person, by their error.
func (l *landscape) parked() map[string][]string {
	l.t.Helper()
	byError := map[string][]string{}
	list, err := l.client.ListWorkflow(l.t.Context(), &workflowservice.ListWorkflowExecutionsRequest{
		Query: fmt.Sprintf(`SyncState = %q`, workflows.StateNeedsAttention), PageSize: 1000,
	})
	require.NoError(l.t, err)
	for _, e := range list.GetExecutions() {
		why := strings.Trim(string(e.GetSearchAttributes().GetIndexedFields()["SyncError"].GetData()), `"`)
		byError[why] = append(byError[why], e.GetExecution().GetWorkflowId())
	}
	return byError
}

// unknownOutcome is the error type of a send that may have arrived.
const unknownOutcome = "WeChatOutcomeUnknown"

func (f *traffic) balance() balance {
	unknown := map[string]bool{}
	for _, id := range f.l.parked()[unknownOutcome] {
		unknown[id[strings.LastIndexByte(id, '/')+1:]] = true
	}
	threads := map[string][][]string{}
	for _, t := range f.l.tickets() {
		threads[ownerOf(t)] = append(threads[ownerOf(t)], t.texts("follower"))
	}
	var all balance
	for _, r := range f.records {
		all.add(r.compare(seen{threads: threads[r.follower], inbox: f.l.inbox(r.follower), unknown: unknown}))
	}
	return all
}

// inbox returns the agent's answers on a phone. Held answers arrive together in one message and are split here. The
// connector's own texts are left out.
func (l *landscape) inbox(follower string) []string {
	var items []struct{ Kind, Content string }
	l.wechat.call(http.MethodGet, "/followers/"+follower+"/inbox", nil, &items)
	var texts []string
	for _, item := range items {
		if item.Kind == "customer_service" && strings.HasPrefix(item.Content, "oFollower") {
			texts = append(texts, strings.Split(item.Content, "\n\n")...)
		}
	}
	return texts
}

// requireOnePerFollower requires one customer and one profile for each follower.
func (f *traffic) requireOnePerFollower(t *testing.T) {
	t.Helper()
	for _, what := range []string{"/customers", "/profiles"} {
		var rows []map[string]any
		f.l.c4c.call(http.MethodGet, what, nil, &rows)
		require.Len(t, rows, len(f.records), what)
	}
}
