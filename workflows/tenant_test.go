package workflows

import (
	"context"
	"reflect"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"

	"github.com/wechat-c4c/wechat-c4c/activities"
)

// tenant plays WeChat and C4C behind the activities. It keeps what reached it, and gives a test's programmed answers
// before it behaves normally.
type tenant struct {
	backfill backfillTenant
	mu       sync.Mutex
	answers  map[string][]error
	calls    []string            // activities in call order, including repeats
	marks    []time.Time         // of the erasures
	looked   []string            // creates that looked first
	profiles []string            // those that were made
	bound    []string            // customers that a profile was bound to
	orphan   activities.Customer // one that C4C has although there is no profile
	threads  []*thread
	lives    int      // how often C4C has lost everything
	inbox    []string // texts that reached the follower
	notes    []string
	lost     []lostCall
	follower activities.FoundFollower
	asked    []activities.FindFollowerInput
	parked   parkedSyncs
	web      webTenant
	agents   agentTenant
	tickets  ticketTenant
	window   windowTenant
	fileTenant

	outcomes map[string]activities.SyncOutcome // of the syncs that are closed
	erased   int64                             // when the follower was erased, seconds since 1970
}

// lostCall is a call that has not ended: its worker is slow or lost.
type lostCall struct {
	name  string
	token []byte
}

// pending reports whether a call of an activity has not ended.
func (w *tenant) pending(name string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.ContainsFunc(w.lost, func(l lostCall) bool { return l.name == name })
}

// thread is a chain of messages with its ticket.
type thread struct {
	ticket    string
	ids       []string
	texts     []string
	completed bool
	state     ticketState
}

func newTenant() *tenant {
	return &tenant{
		answers: map[string][]error{}, outcomes: map[string]activities.SyncOutcome{},
		fileTenant: fileTenant{now: func() time.Time { return dawn }},
		follower:   activities.FoundFollower{OpenID: testOpenID, FollowerKey: testFollower},
	}
}

// errLost is the missing answer of a worker that is lost during a call. stage.lose ends the wait.
var errLost = activity.ErrResultPending

// transient and parking are errors as the activities return them.
func transient(name string) error {
	return temporal.NewApplicationError("the other side said no", name)
}

func parking(name string) error {
	return temporal.NewNonRetryableApplicationError("the other side said no", name, nil,
		activities.Failure{Code: "42", Reference: "ref-1"})
}

// later is a transient error with its own retry delay.
func later(name string, delay time.Duration) error {
	return temporal.NewApplicationErrorWithOptions("the other side said later", name,
		temporal.ApplicationErrorOptions{NextRetryDelay: delay})
}

// times repeats an answer.
func times(n int, err error) []error { return slices.Repeat([]error{err}, n) }

func (w *tenant) will(activity string, answers ...error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.answers[activity] = append(w.answers[activity], answers...)
}

// forget removes programmed answers.
func (w *tenant) forget(activity string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.answers, activity)
}

// call records a call and returns the programmed answer. The caller holds the lock.
func (w *tenant) call(ctx context.Context) error {
	name := activity.GetInfo(ctx).ActivityType.Name
	w.calls = append(w.calls, name)
	if len(w.answers[name]) == 0 {
		return nil
	}
	answer := w.answers[name][0]
	w.answers[name] = w.answers[name][1:]
	if answer == errLost {
		w.lost = append(w.lost, lostCall{name, activity.GetInfo(ctx).TaskToken})
	}
	return answer
}

// count returns how often an activity was called.
func (w *tenant) count(name string) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := 0
	for _, call := range w.calls {
		if call == name {
			n++
		}
	}
	return n
}

// texts are the messages in C4C, thread by thread.
func (w *tenant) texts() [][]string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var texts [][]string
	for _, t := range w.threads {
		texts = append(texts, slices.Clone(t.texts))
	}
	return texts
}

// received are the texts that reached the follower.
func (w *tenant) received() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.inbox)
}

// complete completes a ticket.
func (w *tenant) complete(ticket string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, t := range w.threads {
		if t.ticket == ticket {
			t.completed = true
			t.state.change("5")
		}
	}
}

func (w *tenant) threadWith(messageID string) *thread {
	for _, t := range w.threads {
		if slices.Contains(t.ids, messageID) {
			return t
		}
	}
	return nil
}

// profile is the follower's.
func (w *tenant) profile() string { return "P" + strconv.Itoa(w.lives+1) }

// lose deletes everything that C4C had.
func (w *tenant) lose() { w.lives, w.threads = w.lives+1, nil }

func (t *thread) asTicket() activities.Ticket {
	return t.state.of(activities.Ticket{ID: t.ticket, ObjectID: "object-" + t.ticket, Open: !t.completed})
}

type fakeC4C struct{ *tenant }

func (a *fakeC4C) EnsureProfile(
	ctx context.Context, in activities.EnsureProfileInput,
) (ensured activities.EnsuredProfile, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if in.Look || in.LookFirst || in.Round > 0 {
		a.looked = append(a.looked, "EnsureProfile")
	}
	if err := a.call(ctx); err != nil {
		return ensured, err
	}
	id := a.profile()
	switch {
	case in.Look && !slices.Contains(a.profiles, id):
		ensured.Customer = a.orphan
		return ensured, nil
	case !slices.Contains(a.profiles, id):
		a.profiles = append(a.profiles, id)
		if ensured.CustomerID = in.Customer.ID; ensured.CustomerID != "" {
			a.bound = append(a.bound, id+"-"+in.Customer.ID)
		}
	}
	ensured.ID, ensured.UUID = id, "UUID-"+id
	return ensured, nil
}

func (a *fakeC4C) EnsureCustomer(ctx context.Context, in activities.EnsureCustomerInput) (activities.Customer, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if in.LookFirst || in.Round > 0 {
		a.looked = append(a.looked, "EnsureCustomer")
	}
	return activities.Customer{ID: "C1", UUID: "UUID-C1", ObjectID: "object-C1"}, a.call(ctx)
}

func (a *fakeC4C) BindProfile(ctx context.Context, in activities.BindProfileInput) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	err := a.call(ctx)
	if err == nil {
		a.bound = append(a.bound, in.Profile.ID+"-"+in.Customer.ID)
	}
	return err
}

func (a *fakeC4C) AddMessage(ctx context.Context, in activities.AddMessageInput) (added activities.AddedMessage,
	err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if err := a.call(ctx); err != nil {
		return activities.AddedMessage{}, err
	}
	if in.Profile.ID != a.profile() {
		return activities.AddedMessage{}, parking(activities.ErrorC4CRejected)
	}
	if in.IfOpen != "" {
		a.calls[len(a.calls)-1] = "AddMessage, if open"
	}
	if a.threadWith(in.MessageID) == nil && in.IfOpen != "" {
		ticket := a.read(in.IfOpen)
		if !ticket.Open {
			return activities.AddedMessage{Ticket: &ticket, Closed: true}, nil
		}
		defer func() { added.Ticket = &ticket }()
	}
	if a.threadWith(in.MessageID) != nil {
		return activities.AddedMessage{Activity: activities.Activity{ID: in.MessageID}}, nil
	}
	t := &thread{ticket: strconv.Itoa(len(a.threads) + 1), completed: a.tickets.made == "5",
		state: ticketState{status: a.tickets.made}}
	if in.RootMessageID != "" {
		if t = a.threadWith(in.RootMessageID); t.completed {
			return activities.AddedMessage{}, parking(activities.ErrorC4CReadOnly)
		}
	} else {
		a.threads = append(a.threads, t)
	}
	t.ids, t.texts = append(t.ids, in.MessageID), append(t.texts, in.Text)
	return activities.AddedMessage{Activity: activities.Activity{ID: in.MessageID}}, nil
}

func (a *fakeC4C) FindTicket(ctx context.Context, in activities.FindTicketInput) (activities.Ticket, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if err := a.call(ctx); err != nil {
		return activities.Ticket{}, err
	}
	return a.threadWith(in.ActivityID).asTicket(), nil
}

// read returns a ticket's state; a deleted one is not open.
func (w *tenant) read(objectID string) activities.Ticket {
	for _, t := range w.threads {
		if t.asTicket().ObjectID == objectID {
			return t.asTicket()
		}
	}
	return activities.Ticket{ObjectID: objectID}
}

func (a *fakeC4C) ReadTicket(ctx context.Context, in activities.ReadTicketInput) (activities.Ticket, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if err := a.call(ctx); err != nil {
		return activities.Ticket{}, err
	}
	return a.read(in.ObjectID), nil
}

func (a *fakeC4C) AddNote(ctx context.Context, in activities.AddNoteInput) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	err := a.call(ctx)
	if err == nil {
		a.notes = append(a.notes, in.TicketID+": "+in.Text)
	}
	return err
}

func (a *fakeC4C) FindFollower(ctx context.Context, in activities.FindFollowerInput) (activities.FoundFollower, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.asked = append(a.asked, in)
	return a.follower, a.call(ctx)
}

type fakeWeChat struct{ *tenant }

func (a *fakeWeChat) SendText(ctx context.Context, in activities.SendTextInput) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	err := a.call(ctx)
	if err == nil {
		a.inbox = append(a.inbox, in.Text)
	}
	return err
}

func (a *fakeWeChat) CheckToken(ctx context.Context, _ activities.TokenInput) (activities.TokenHealth, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return activities.TokenHealth{Fingerprint: "01234567"}, a.call(ctx)
}

func (a *fakeWeChat) ForceRefreshToken(ctx context.Context, in activities.TokenInput) (activities.TokenHealth, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return activities.TokenHealth{Fingerprint: "not-" + in.Refused}, a.call(ctx)
}

func TestTenantHasEveryActivity(t *testing.T) {
	t.Parallel()
	for real, fake := range map[reflect.Type]reflect.Type{
		reflect.TypeFor[*activities.C4C]():    reflect.TypeFor[*fakeC4C](),
		reflect.TypeFor[*activities.WeChat](): reflect.TypeFor[*fakeWeChat](),

		reflect.TypeFor[*activities.Operations](): reflect.TypeFor[*fakeOperations](),
	} {
		require.Equal(t, real.NumMethod(), fake.NumMethod(), "%s has the activities of %s, to play them", fake, real)
		for i := range real.NumMethod() {
			want, got := real.Method(i), fake.Method(i)
			require.Equal(t, want.Name, got.Name)
			for j := 1; j < want.Type.NumIn(); j++ {
				require.Equal(t, want.Type.In(j), got.Type.In(j), want.Name)
			}
			for j := range want.Type.NumOut() {
				require.Equal(t, want.Type.Out(j), got.Type.Out(j), want.Name)
			}
		}
	}
}

func (a *fakeWeChat) SendMenu(ctx context.Context, in activities.SendMenuInput) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	err := a.call(ctx)
	if err == nil {
		line := in.Head
		for _, item := range in.Items {
			line += " [" + item.ID + " " + item.Text + "]"
		}
		a.inbox = append(a.inbox, line+" "+in.Tail)
	}
	return err
}

func (a *fakeWeChat) SendCard(ctx context.Context, in activities.SendCardInput) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	err := a.call(ctx)
	if err == nil {
		a.inbox = append(a.inbox, "card "+in.Title+" | "+in.Description+" | "+in.URL)
	}
	return err
}
