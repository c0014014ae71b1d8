package operate_test

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/api/workflowservice/v1"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/operate"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// harmless fails if private data was printed.
func harmless(t *testing.T, printed string) {
	t.Helper()
	for _, secret := range []string{secretText, secretOpenID} {
		require.NotContains(t, printed, secret)
	}
}

//nolint:tparallel // the cases read one namespace, which the test goes on to change
func TestList(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	rejected := s.note(1, activities.ErrorC4CRejected, workflows.StateNeedsAttention)
	readOnly := s.note(2, activities.ErrorC4CReadOnly, workflows.StateNeedsAttention)
	again := s.note(3, activities.ErrorC4CRejected, workflows.StateNeedsAttention)
	synced := s.note(4, "", workflows.StateSynced)
	terminated := s.note(5, activities.ErrorC4CReadOnly, workflows.StateNeedsAttention)
	require.NoError(t, s.client.TerminateWorkflow(t.Context(), terminated, "", "by the test"))

	ids := func(f operate.Filter, limit int) []string {
		listing, err := s.List(t.Context(), f, limit)
		require.NoError(t, err)
		ids := []string{}
		for _, sync := range listing.Syncs {
			ids = append(ids, sync.ID)
		}
		return ids
	}
	filter := s.filter()
	s.eventually(func() bool { return len(ids(filter, 0)) == 3 })
	require.Equal(t, []string{rejected, readOnly, again}, ids(filter, 0),
		"the oldest first, neither finished nor terminated ones")
	require.Equal(t, []string{rejected}, ids(filter, 1))
	for _, tt := range []struct {
		name   string
		change func(*operate.Filter)
		want   []string
	}{
		{"cause", func(f *operate.Filter) { f.Causes = []string{activities.ErrorC4CReadOnly} }, []string{readOnly}},
		{"causes", func(f *operate.Filter) {
			f.Causes = []string{activities.ErrorC4CReadOnly, activities.ErrorC4CRejected}
		}, []string{rejected, readOnly, again}},
		{"ticket", func(f *operate.Filter) { f.TicketID = s.ticket(3) }, []string{again}},
		{"follower", func(f *operate.Filter) { f.FollowerKey = s.key() }, []string{rejected, readOnly, again}},
		{"another follower", func(f *operate.Filter) { f.FollowerKey = "nobody" }, []string{}},
		{"type", func(f *operate.Filter) { f.Types = []string{workflows.TypeNoteTicket} },
			[]string{rejected, readOnly, again}},
		{"another type", func(f *operate.Filter) { f.Types = []string{workflows.TypeCreateTicket} }, []string{}},
		{"older", func(f *operate.Filter) { f.Older = time.Hour }, []string{}},
		{"newer", func(f *operate.Filter) { f.Newer = time.Hour }, []string{rejected, readOnly, again}},
		{"finished", func(f *operate.Filter) { f.States = []string{"synced"} }, []string{synced}},
		{"two kinds of states", func(f *operate.Filter) { f.States = []string{"synced", "needs_attention"} },
			[]string{rejected, readOnly, again, synced}},
		{"all", func(f *operate.Filter) { f.States = []string{"all"} },
			[]string{rejected, readOnly, again, synced, terminated}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := s.filter()
			tt.change(&f)
			require.Equal(t, tt.want, ids(f, 0))
		})
	}

	listing, err := s.List(t.Context(), filter, 2)
	require.NoError(t, err)
	require.Equal(t, 3, listing.Matched)
	require.Equal(t, []operate.StateCount{{"needs_attention", 3}, {"stuck", 0}, {"held", 0}, {"syncing", 0},
		{"waiting", 0}, {"synced", 1}, {"skipped", 0}}, listing.States)
	require.Equal(t, []operate.CauseCount{
		{"needs_attention", activities.ErrorC4CRejected, "C4C refused the data.",
			activities.CauseOf(activities.ErrorC4CRejected).Remedy, 2},
		{"needs_attention", activities.ErrorC4CReadOnly, activities.CauseOf(activities.ErrorC4CReadOnly).Meaning,
			activities.CauseOf(activities.ErrorC4CReadOnly).Remedy, 1},
	}, listing.Causes)

	var out bytes.Buffer
	require.NoError(t, listing.WriteTable(&out, time.Now()))
	for _, want := range []string{
		"STATE", "needs_attention", s.ticket(1), rejected, "… and 1 younger ones; --limit 0 shows all.",
		"needs_attention 3, stuck 0, held 0, syncing 0, waiting 0, synced 1, skipped 0",
		"C4CRejected (2)\n  C4C refused the data.\n  What to do: ",
	} {
		require.Contains(t, out.String(), want)
	}
	require.NotContains(t, out.String(), again)
	require.NoError(t, operate.WriteJSON(&out, listing))
	harmless(t, out.String())
}

func TestListOfNothing(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	listing, err := s.List(t.Context(), s.filter(), 0)
	require.NoError(t, err)
	var out bytes.Buffer
	require.NoError(t, listing.WriteTable(&out, time.Now()))
	require.Equal(t, "No sync matches.\n\nneeds_attention 0, stuck 0, held 0, syncing 0, waiting 0, synced 0, skipped 0\n",
		out.String())
	out.Reset()
	require.NoError(t, operate.WriteJSON(&out, listing))
	var back map[string]any
	require.NoError(t, json.Unmarshal(out.Bytes(), &back))
	require.Equal(t, []any{}, back["syncs"])
	require.Equal(t, []any{}, back["causes"])
}

func TestShowParked(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	id := s.note(1, activities.ErrorC4CRejected, workflows.StateNeedsAttention)
	d, err := s.Show(t.Context(), id)
	require.NoError(t, err)
	cause := activities.CauseOf(activities.ErrorC4CRejected)
	require.Equal(t, "summary of NoteTicket", d.Title)
	require.Equal(t, cause.System, d.System)
	require.Contains(t, d.Meaning, "field Name is empty")
	require.Equal(t, cause.Remedy, d.Remedy)
	require.Equal(t, &operate.Said{
		Type: activities.ErrorC4CRejected, Message: "c4c said no",
		Failure: activities.Failure{Code: "42", Text: "field Name is empty", Reference: "TX-1"},
	}, d.Said)
	require.Contains(t, d.Link, "http://ui.example:8233/namespaces/default/workflows/note%2F"+s.account+"%2F")
	require.Contains(t, d.Hint, "wechat-c4c sync retry "+id)
	require.Empty(t, d.Pending)

	var out bytes.Buffer
	require.NoError(t, d.WriteTable(&out, time.Now()))
	for _, want := range []string{"needs_attention", "C4CRejected", "Remedy", "[code 42]", "[reference TX-1]", d.Link,
		s.ticket(1)} {
		require.Contains(t, out.String(), want)
	}
	harmless(t, out.String())
}

func TestShowRetrying(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.fail(s.ticket(1), tryAgain+activities.ErrorC4CLocked)
	id := s.note(1, tryAgain+activities.ErrorC4CLocked, workflows.StateSyncing)
	var d operate.Detail
	s.eventually(func() bool {
		var err error
		d, err = s.Show(t.Context(), id)
		require.NoError(t, err)
		return len(d.Pending) == 1 && d.Pending[0].NextRetry != nil
	})
	p := d.Pending[0]
	require.Equal(t, "AddNote", p.Activity)
	require.Equal(t, "C4C: note for the agent in ticket "+s.ticket(1), p.What)
	require.Equal(t, "waiting", p.State)
	require.Equal(t, 2, p.Attempt)
	require.WithinDuration(t, time.Now().Add(time.Hour), *p.NextRetry, time.Minute)
	require.Equal(t, activities.ErrorC4CLocked, d.Said.Type)
	require.Equal(t, activities.CauseOf(activities.ErrorC4CLocked).Remedy, d.Remedy)

	var out bytes.Buffer
	require.NoError(t, d.WriteTable(&out, time.Now()))
	require.Contains(t, out.String(), "waiting, attempt 2, next at ")
	require.Contains(t, out.String(), "It is on its way; nothing has to be done.")

	timeline, err := s.Timeline(t.Context(), id)
	require.NoError(t, err)
	require.NoError(t, timeline.WriteTable(&out, time.Now()))
	require.Regexp(t, `activity +C4C: note for the agent in ticket \S+ +under way, \S+, 2 attempts, next in 59m`,
		out.String())
	harmless(t, out.String())
}

// Who gave a sync up, and why, is told; nothing is left to do then.
func TestShowGivenUp(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	end := map[string]func(id string){
		"skip by alice": func(id string) {
			_, err := s.Skip(t.Context(), id, workflows.Command{Actor: "alice", Reason: "called the customer"})
			require.NoError(t, err)
		},
		"cancel by the desk": func(id string) {
			_, err := s.client.WorkflowService().RequestCancelWorkflowExecution(t.Context(),
				&workflowservice.RequestCancelWorkflowExecutionRequest{
					Namespace: "default", WorkflowExecution: &commonpb.WorkflowExecution{WorkflowId: id}, Identity: "the desk",
				})
			require.NoError(t, err)
		},
		"terminate by ": func(id string) {
			require.NoError(t, s.client.TerminateWorkflow(t.Context(), id, "", "called the customer"))
		},
	}
	n := 0
	for who, act := range end {
		n++
		id := s.note(n, activities.ErrorC4CRejected, workflows.StateNeedsAttention)
		act(id)
		var d operate.Detail
		s.eventually(func() bool {
			var err error
			d, err = s.Show(t.Context(), id)
			require.NoError(t, err)
			return !d.Open()
		})
		var out bytes.Buffer
		require.NoError(t, d.WriteTable(&out, time.Now()))
		require.Regexp(t, `(?m)^Given up +`+who, out.String())
		require.Regexp(t, `(?m)^Cause +C4CRejected$`, out.String())
		require.NotContains(t, out.String(), activities.CauseOf(activities.ErrorC4CRejected).Remedy)
		require.Contains(t, out.String(), "It is closed; nothing is left to do.")
		if d.GivenUp.How != "cancel" {
			require.Contains(t, out.String(), " ago): called the customer\n")
		}
		harmless(t, out.String())
	}
}

// Under a cause that stops all, the row of the cause comes first, and says how many wait.
func TestShowUnderACauseThatStopsAll(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	resume := workflows.ResumeCauseID(s.account, activities.ErrorC4CCredentials)
	s.startCause(activities.ErrorC4CCredentials)
	id := s.note(1, activities.ErrorC4CCredentials, workflows.StateNeedsAttention)
	s.note(2, activities.ErrorC4CCredentials, workflows.StateNeedsAttention)
	d, err := s.Show(t.Context(), id)
	require.NoError(t, err)
	require.Regexp(t, "^Nothing to do here: .* wechat-c4c sync show "+resume+"\n", d.Hint)
	require.Contains(t, d.Hint, "wechat-c4c sync retry "+id)

	s.eventually(func() bool {
		d, err = s.Show(t.Context(), resume)
		require.NoError(t, err)
		return *d.Waiting == 2
	})
	require.Contains(t, d.Hint, "Ask at once: wechat-c4c sync retry "+resume)
	require.Equal(t, activities.CauseOf(activities.ErrorC4CCredentials).Remedy, d.Remedy)
	var out bytes.Buffer
	require.NoError(t, d.WriteTable(&out, time.Now()))
	require.Regexp(t, `(?m)^Under it +2 syncs wait$`, out.String())
}

func TestShowSynced(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	d, err := s.Show(t.Context(), s.note(1, "", workflows.StateSynced))
	require.NoError(t, err)
	require.Empty(t, d.Meaning)
	require.Nil(t, d.Said)
	s.Operator.UIURL = ""
	require.Empty(t, s.Link("a", "b"))
}

func TestTimeline(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	id := s.note(1, activities.ErrorC4CRejected, workflows.StateNeedsAttention)
	s.fail(s.ticket(1), "")
	_, err := s.Retry(t.Context(), id, workflows.Command{Actor: "alice", Reason: "field was filled"})
	require.NoError(t, err)
	s.await(id, workflows.StateSynced)
	s.eventually(func() bool {
		d, err := s.Show(t.Context(), id)
		require.NoError(t, err)
		return !d.Open()
	})
	timeline, err := s.Timeline(t.Context(), id)
	require.NoError(t, err)
	var told []string
	for _, step := range timeline.Steps {
		if step.Kind == "timer" {
			continue
		}
		told = append(told, step.Kind+": "+step.What+": "+step.Result)
	}
	note := "activity: C4C: note for the agent in ticket " + s.ticket(1) + ": "
	require.Equal(t, []string{
		"start: summary of NoteTicket: ", "state: syncing: ", note + "failed",
		"state: syncing → needs_attention (C4CRejected): ",
		"command: retry by alice: field was filled: accepted", "state: needs_attention → syncing: ", note + "done",
		"state: syncing → synced: ", "end: completed: ",
	}, told)
	for _, step := range timeline.Steps {
		if step.Result == "failed" {
			require.Equal(t, "TX-1", step.Failure.Reference)
		}
		require.NotEqual(t, "under way", step.Result)
	}
	var out bytes.Buffer
	require.NoError(t, timeline.WriteTable(&out, time.Now()))
	require.Contains(t, out.String(), "C4CRejected: c4c said no [code 42] [reference TX-1]")
	require.Contains(t, out.String(), "mark as stuck (5m0s)")
	require.NoError(t, operate.WriteJSON(&out, timeline))
	harmless(t, out.String())
}
