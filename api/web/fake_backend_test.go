package web_test

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"maps"
	"net/http"
	"slices"
	"sync"
	"time"

	"go.temporal.io/sdk/temporal"

	"github.com/wechat-c4c/wechat-c4c/api/web"
	"github.com/wechat-c4c/wechat-c4c/conversation"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// fakeBackend plays conversations and C4C: each follower has one ticket, numbered after the follower.
type fakeBackend struct {
	mu          sync.Mutex
	submissions []web.Submission
	of          []string // openids of the submissions
	spent       map[string]bool
	views       map[string]conversation.PageView
	down        bool              // C4C
	noReads     bool              // Temporal's server has no standalone activities
	nothing     bool              // C4C has neither tickets nor messages
	lists       int               // how often tickets were listed
	threads     int               // how often a thread was read
	said        []string          // by agents, at the end of each thread
	asked       []string          // followers who request erasure
	reading     chan struct{}     // what reads of threads wait for; nil: nothing
	long        int               // messages at the end of a thread
	files       map[string][]byte // in C4C, by key
	carried     []workflows.CarryFileInput
	hold        chan struct{}          // what files wait for; nil: nothing
	own         []workflows.ThreadFile // of the follower's message
	pending     bool                   // submissions end later
	err         error
	viewErr     error // queries go unanswered
	closings    []workflows.CloseTicketInput
	closeErr    error
	status      string          // of each ticket; empty: in process
	waits       bool            // open tickets wait for the follower
	over        []string        // sessions that were ended
	strangers   map[string]bool // without a conversation
	erased      map[string]time.Time
	erasedErr   error // erasures cannot be read
	customer    *workflows.CustomerView
	fields      map[string]string // of each ticket, by property
	properties  []string          // that were asked for last
}

func (f *fakeBackend) Submit(_ context.Context, openID string, in web.Submission) (conversation.WebResult, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.err != nil {
		return conversation.WebResult{}, f.err
	}
	f.submissions, f.of = append(f.submissions, in), append(f.of, openID)
	if f.pending {
		return conversation.WebResult{Key: in.Key}, nil
	}
	return conversation.WebResult{Key: in.Key, Done: true, TicketID: ticketOf(openID)}, nil
}

func ticketOf(openID string) string { return map[string]string{alice: "71", bob: "72"}[openID] }

func (f *fakeBackend) SpendLink(_ context.Context, _ string, in conversation.SpendLinkRequest) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.err != nil {
		return f.err
	}
	if f.spent[in.ID] {
		return temporal.NewApplicationError("spent", workflows.ErrorLinkSpent).(*temporal.ApplicationError)
	}
	f.spent[in.ID] = true
	return nil
}

func (f *fakeBackend) SignOut(_ context.Context, _ string, in conversation.EndedSession) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.err != nil {
		return f.err
	}
	f.over = append(f.over, in.ID)
	return nil
}

func (f *fakeBackend) Erase(_ context.Context, openID string) (string, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.err != nil {
		return "", f.err
	}
	f.asked = append(f.asked, openID)
	return workflows.HashKey(openID), nil
}

func (f *fakeBackend) Erased(_ context.Context, openID string) (time.Time, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.erased[openID], f.erasedErr
}

// erase removes everything of a follower but the mark.
func (f *fakeBackend) erase(openID string, at time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.spent, f.over, f.erased[openID], f.strangers[openID] = map[string]bool{}, nil, at, true
}

// View is that of a follower with a conversation, unless they are a stranger.
func (f *fakeBackend) View(_ context.Context, openID string) (conversation.PageView, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	view := f.views[openID]
	if !f.strangers[openID] {
		view.Follows, view.Conversation, view.Over = !view.Gone, cmp.Or(view.Conversation, "first"), f.over
	}
	return view, f.viewErr
}

// reads is how often a thread was read.
func (f *fakeBackend) reads() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.threads
}

// answers lets the conversation know of agents' answers.
func (f *fakeBackend) answers(openID string, answers ...conversation.Answer) {
	f.mu.Lock()
	defer f.mu.Unlock()
	view := f.views[openID]
	view.Answers = answers
	f.views[openID] = view
}

func (f *fakeBackend) isDown() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.noReads {
		return web.ErrNoReads
	}
	if f.down {
		return errors.New("C4C does not answer")
	}
	return nil
}

func (f *fakeBackend) Customer(_ context.Context, in workflows.CustomerQuery) (workflows.CustomerView, error) {
	f.mu.Lock()
	customer := f.customer
	f.properties = in.Properties
	f.mu.Unlock()
	if customer != nil {
		return *customer, f.isDown()
	}
	return workflows.CustomerView{ID: "C-" + in.OpenID, Data: workflows.CustomerData{LastName: "Smith", FirstName: "Ann",
		Mobile: "+4930123456"}}, f.isDown()
}

func (f *fakeBackend) Tickets(_ context.Context, in workflows.TicketsQuery) (workflows.TicketList, error) {
	f.mu.Lock()
	f.lists++
	f.mu.Unlock()
	if f.nothing {
		return workflows.TicketList{}, f.isDown()
	}
	line := f.line(in.OpenID, ticketOf(in.OpenID))
	line.ChangedAt = begin
	return workflows.TicketList{Tickets: []workflows.TicketLine{line}, Total: 25}, f.isDown()
}

func subjectOf(openID string) string {
	if openID == bob {
		return hisTitle
	}
	return "Brakes <squeal>"
}

func (f *fakeBackend) Thread(_ context.Context, in workflows.TicketQuery) (workflows.TicketThread, error) {
	f.mu.Lock()
	f.threads++
	f.properties = in.Properties
	reading := f.reading
	f.mu.Unlock()
	if reading != nil {
		<-reading
	}
	if err := f.isDown(); err != nil {
		return workflows.TicketThread{}, err
	}
	if in.TicketID != ticketOf(in.OpenID) {
		return workflows.TicketThread{}, web.ErrNotTheirs
	}
	if f.nothing {
		return workflows.TicketThread{Ticket: workflows.TicketLine{ID: in.TicketID}}, nil
	}
	thread := workflows.TicketThread{
		Ticket: f.line(in.OpenID, in.TicketID), Answerable: true, Fields: f.fields,
		Items: []workflows.ThreadItem{
			{MessageID: conversation.MessageID("acme", in.OpenID, "web-key1"), Text: "It <b>squeals</b>\nloudly", At: begin,
				Files: f.own},
			{FromAgent: true, Author: "Chen Li",
				Text: "<p>Please come <b>tomorrow</b>: <a href=\"https://a.example/way\">the way</a></p>", At: begin.Add(time.Hour),
				Files: f.sentAlong()},
		},
	}
	for _, in := range f.written() {
		thread.Items = append(thread.Items, workflows.ThreadItem{Text: in.Text, At: begin.Add(time.Hour),
			MessageID: conversation.MessageID("acme", in.OpenID, in.MsgID)})
	}
	for _, words := range f.said {
		thread.Items = append(thread.Items, workflows.ThreadItem{FromAgent: true, Text: words, At: begin.Add(2 * time.Hour)})
	}
	for range f.long {
		thread.Items = append(thread.Items, workflows.ThreadItem{FromAgent: true, Author: "Chen Li",
			Text: "and one more line\n👍", At: begin})
	}
	return thread, nil
}

// written are the messages that C4C has.
func (f *fakeBackend) written() []conversation.Inbound {
	f.mu.Lock()
	defer f.mu.Unlock()
	var messages []conversation.Inbound
	for _, in := range f.submissions {
		if in.Update == workflows.UpdateAddMessage && !f.pending {
			messages = append(messages, in.Inbound)
		}
	}
	return messages
}

func (f *fakeBackend) CloseTicket(_ context.Context, in workflows.CloseTicketInput) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case f.closeErr != nil:
		return f.closeErr
	case in.TicketID != ticketOf(in.OpenID):
		return web.ErrNotTheirs
	}
	f.closings, f.status = append(f.closings, in), "3"
	return nil
}

// line is a follower's ticket.
func (f *fakeBackend) line(openID, id string) workflows.TicketLine {
	f.mu.Lock()
	defer f.mu.Unlock()
	return workflows.TicketLine{ID: id, Subject: subjectOf(openID), Status: cmp.Or(f.status, "2"), Category: "CA_1",
		Waits: f.waits}
}

// sentAlong are the files of the agent's answer.
func (f *fakeBackend) sentAlong() []workflows.ThreadFile {
	f.mu.Lock()
	defer f.mu.Unlock()
	var files []workflows.ThreadFile
	for _, name := range slices.Sorted(maps.Keys(f.files)) {
		files = append(files, workflows.ThreadFile{Of: "message", ObjectID: name, Name: name,
			Size: int64(len(f.files[name]))})
	}
	return files
}

// Carry brings a file as a worker does.
func (f *fakeBackend) Carry(ctx context.Context, _ string, in workflows.CarryFileInput) error {
	if err := f.isDown(); err != nil {
		return err
	}
	f.mu.Lock()
	content, ok := f.files[in.ObjectID]
	f.carried = append(f.carried, in)
	hold := f.hold
	f.mu.Unlock()
	if hold != nil {
		<-hold
	}
	if !ok {
		return web.ErrNotTheirs
	}
	code, err := bring(ctx, in.To, content)
	if code != http.StatusNoContent {
		err = errors.Join(err, errors.New("not taken"))
	}
	return err
}

// bring sends a file to a relay.
func bring(ctx context.Context, to string, content []byte) (int, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPut, to, bytes.NewReader(content))
	if err != nil {
		return 0, err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, err
	}
	return res.StatusCode, res.Body.Close()
}
