package workflows

import (
	"log/slog"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	sdkpb "go.temporal.io/api/sdk/v1"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/wechat-c4c/wechat-c4c/catalogue"
	"github.com/wechat-c4c/wechat-c4c/conversation"
	"github.com/wechat-c4c/wechat-c4c/wording"
)

// The people and accounts that the tests are about.
const (
	testAccount  = "acme"
	testOpenID   = "o-the-follower"
	testFollower = "abcdefghijklmnop"
)

var (
	testConversation = ConversationID(testAccount, testFollower)
	testSync         = SyncInput{Account: testAccount, OpenID: testOpenID, FollowerKey: testFollower}
	testPolicy       = Policy{
		Policy: conversation.Policy{Settle: 250 * time.Millisecond, TellNumber: true},
		Texts:  catalogue.Standard(catalogue.English),
	}
	// dawn is when the clock of a test begins. Its Unix time is the CreateTime of the first second.
	dawn = time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC)
)

// said is what the policy's texts say.
func said(key catalogue.Key, args ...catalogue.Arg) string {
	return testPolicy.Texts.Text(key, args...)
}

// agentReads is a note in ticket 1, as the tenant shows it.
func agentReads(key catalogue.Key, args ...catalogue.Arg) string { return "1: " + said(key, args...) }

// number is the text that tells the follower a ticket's number.
func number(ticket string) string { return said(catalogue.TicketOpened, catalogue.Ticket(ticket)) }

// noteLeft is the note in ticket 1 that the follower unfollowed.
var noteLeft = agentReads(catalogue.NoteUnfollowed)

// stage plays a script against the workflows in Temporal's test environment, which skips time. A script is written down
// first: each step happens a second after the one before, plus what advance adds. Then run plays it.
type stage struct {
	t      *testing.T
	env    *testsuite.TestWorkflowEnvironment
	tenant *tenant
	under  *Workflows

	clock     time.Duration // of the last step
	replies   int
	commands  int
	acts      []func(workflow.Context)
	infos     map[string]*workflow.Info // of the workflows that were started, the latest run of each
	closed    map[string]error          // how the closed ones closed; nil: completed
	results   map[string]converter.EncodedValue
	runs      map[string]int
	probes    []time.Duration // when a cause was probed, after its start
	suggested bool            // the conversation continues as new when it can
	last      string          // the sync whose start makes the history long enough
	talking   bool
	initial   *conversation.State // what the conversation knows from earlier runs
	over      bool
	mortal    map[string]bool // workflows that may be terminated, until they are
	slow      bool            // a signal to a sync takes a moment
	moment    time.Duration   // for this long; 0: a millisecond
	cancelled map[string]bool // those of them that an operator has cancelled
	most      most
	signals   int               // that workflows have sent
	carried   ConversationInput // what the conversation last passed to its next run
	deaf      bool              // reports to the conversation are lost
	// with which an attempt ends that was cancelled while running, and is not repeated
	cut error
}

// stagePatience is how long a test may take on a busy machine.
const stagePatience = time.Minute

func newStage(t *testing.T) *stage { return newStageWith(t, testPolicy) }

func newStageWith(t *testing.T, policy Policy) *stage {
	t.Helper()
	return newStageIn(t, policy, wording.English)
}

// newStageIn makes a stage whose operators read the language.
func newStageIn(t *testing.T, policy Policy, language wording.Language) *stage {
	t.Helper()
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(log.NewStructuredLogger(slog.New(slog.DiscardHandler)))
	s := &stage{
		t: t, env: suite.NewTestWorkflowEnvironment(), tenant: newTenant(),
		mortal: map[string]bool{}, cancelled: map[string]bool{}, infos: map[string]*workflow.Info{},
		closed: map[string]error{}, runs: map[string]int{},
		results: map[string]converter.EncodedValue{},
	}
	s.env.SetStartTime(dawn)
	// A busy machine is not a deadlock.
	s.env.SetWorkerOptions(worker.Options{
		DeadlockDetectionTimeout: stagePatience, Interceptors: []interceptor.WorkerInterceptor{&steadySignals{stage: s},
			&Speaks{Language: language}},
	})
	s.env.SetTestTimeout(stagePatience)
	s.env.SetDetachedChildWait(false)
	s.under = &Workflows{
		Policies:  map[string]Policy{testAccount: policy},
		suggested: func(*workflow.Info) bool { return s.suggested },
	}
	s.under.Register(s.env)
	s.env.RegisterActivity(&fakeC4C{s.tenant})
	s.env.RegisterActivity(&fakeWeChat{s.tenant})
	s.env.RegisterActivity(&fakeOperations{s.tenant})
	s.env.SetOnChildWorkflowStartedListener(func(info *workflow.Info, _ workflow.Context, _ converter.EncodedValues) {
		id := info.WorkflowExecution.ID
		s.infos[id] = info
		s.tenant.took(id)
		s.runs[id]++
		if id == testConversation {
			s.suggested = false
		}
	})
	s.env.SetOnChildWorkflowCompletedListener(func(info *workflow.Info, result converter.EncodedValue, err error) {
		s.closed[info.WorkflowExecution.ID], s.results[info.WorkflowExecution.ID] = err, result
		s.tenant.ended(info.WorkflowExecution.ID, result, err)
	})
	return s
}

// step does something a second later.
func (s *stage) step(do func()) {
	s.clock += time.Second
	s.env.RegisterDelayedCallback(do, s.clock)
}

// advance lets time pass.
func (s *stage) advance(d time.Duration) { s.clock += d }

// check inspects the state at this moment of the script.
func (s *stage) check(look func()) { s.step(look) }

// run plays the script to its end.
func (s *stage) run() {
	s.t.Helper()
	s.step(func() { s.direct(func(workflow.Context) { s.over = true }) })
	s.env.ExecuteWorkflow(s.director)
	require.True(s.t, s.env.IsWorkflowCompleted())
	require.NoError(s.t, s.env.GetWorkflowError())
}

// director is the root workflow: it does what the api would do.
func (s *stage) director(ctx workflow.Context) error {
	wake := workflow.GetSignalChannel(ctx, "wake")
	for !s.over {
		wake.Receive(ctx, nil)
		acts := s.acts
		s.acts = nil
		for _, act := range acts {
			act(ctx)
		}
	}
	return nil
}

// direct makes the director do something now.
func (s *stage) direct(act func(workflow.Context)) {
	s.acts = append(s.acts, act)
	s.env.SignalWorkflow("wake", nil)
}

// start starts a workflow from outside.
func (s *stage) start(id, name string, input any) {
	s.step(func() { s.startNow(id, name, input) })
}

func (s *stage) startNow(id, name string, input any) {
	s.direct(func(ctx workflow.Context) {
		ctx = workflow.WithChildOptions(ctx, workflow.ChildWorkflowOptions{
			WorkflowID: id, TaskQueue: TaskQueue, ParentClosePolicy: enumspb.PARENT_CLOSE_POLICY_ABANDON,
			WaitForCancellation:   true,
			TypedSearchAttributes: temporal.NewSearchAttributes(AttributeSyncState.ValueSet(StateSyncing)),
		})
		workflow.ExecuteChildWorkflow(ctx, name, input)
	})
}

// converse starts the follower's conversation, once.
func (s *stage) converse() {
	if s.talking {
		return
	}
	s.talking = true
	s.start(testConversation, TypeConversation, ConversationInput{
		Account: testAccount, OpenID: testOpenID, FollowerKey: testFollower, State: s.initial,
	})
}

// signal sends a signal now; for use within a step.
func (s *stage) signal(id, name string, payload any) {
	require.NoError(s.t, s.env.SignalWorkflowByID(id, name, payload))
}

// inbound sends the follower's actions in the given order; all of them reach the conversation in one workflow task.
func (s *stage) inbound(events ...conversation.Inbound) {
	s.converse()
	s.step(func() { s.inboundNow(events...) })
}

func (s *stage) inboundNow(events ...conversation.Inbound) {
	s.direct(func(ctx workflow.Context) {
		for _, event := range events {
			workflow.SignalExternalWorkflow(ctx, testConversation, "", SignalInbound, event)
		}
	})
}

// event is the follower's action in the next step.
func (s *stage) event(kind conversation.InboundKind) conversation.Inbound {
	s.converse()
	at := dawn.Add(s.clock + time.Second).Unix()
	return conversation.Inbound{Key: string(kind) + strconv.FormatInt(at, 10), Kind: kind, OpenID: testOpenID,
		CreateTime: at}
}

// follow follows the account and returns the workflow id of the onboarding.
func (s *stage) follow() string {
	in := s.event(conversation.KindFollow)
	s.inbound(in)
	return conversation.OnboardID(testAccount, testFollower, in.CreateTime)
}

func (s *stage) unfollow() { s.inbound(s.event(conversation.KindUnfollow)) }
func (s *stage) click()    { s.inbound(s.event(conversation.KindClick)) }

// say sends a message and returns the workflow id of its sync. Its MsgId is its time.
func (s *stage) say(text string) string {
	in := s.event(conversation.KindMessage)
	in.MsgID, in.MsgType, in.Text = strconv.FormatInt(in.CreateTime, 10), "text", text
	s.inbound(in)
	return conversation.TicketSyncID(testAccount, testFollower, in.MsgID)
}

// message is a message with an id and a time of its own.
func message(text, msgID string, createTime int64) conversation.Inbound {
	return conversation.Inbound{
		Key: "message" + msgID, Kind: conversation.KindMessage, OpenID: testOpenID, CreateTime: createTime,
		MsgID: msgID, MsgType: "text", Text: text,
	}
}

// reply makes an agent answer in ticket 1 and returns the workflow id of the delivery.
func (s *stage) reply(text string) string {
	s.converse()
	s.replies++
	smaID := strconv.Itoa(s.replies)
	s.step(func() {
		s.direct(func(ctx workflow.Context) {
			workflow.SignalExternalWorkflow(ctx, testConversation, "", SignalReply,
				conversation.Reply{SmaID: smaID, TicketID: "1", Text: text})
		})
	})
	return conversation.ReplyID(testAccount, smaID)
}

// verdict is the result of an operator's command.
type verdict struct {
	accepted bool
	err      error
}

// command sends an operator's command as an update.
func (s *stage) command(id, name, actor string) *verdict {
	v := &verdict{}
	s.step(func() { s.commandNow(v, id, name, actor) })
	return v
}

func (s *stage) commandNow(v *verdict, id, name, actor string) {
	s.updateNow(v, id, name, Command{Actor: actor})
}

// amend corrects a sync.
func (s *stage) amend(id string, a Amendment) *verdict {
	v := &verdict{}
	s.step(func() { s.updateNow(v, id, CommandAmend, a) })
	return v
}

func (s *stage) updateNow(v *verdict, id, name string, input ...any) {
	s.commands++
	err := s.env.UpdateWorkflowByID(id, name, strconv.Itoa(s.commands), &testsuite.TestUpdateCallback{
		OnAccept: func() { v.accepted = true }, OnReject: func(err error) { v.err = err },
		OnComplete: func(_ any, err error) { v.err = err },
	}, input...)
	if err != nil {
		v.err = err
	}
}

// terminate ends a workflow without a chance to report anything; the test must have allowed it.
func (s *stage) terminate(id string) {
	s.step(func() {
		delete(s.mortal, id)
		s.signal(id, "noise", nil)
	})
}

// cancel cancels a workflow; the test must have allowed it. Unlike the test environment's own way, it lets the
// workflow take its time.
func (s *stage) cancel(id string) {
	s.step(func() {
		s.cancelled[id] = true
		s.signal(id, "noise", nil)
	})
}

// will programs the tenant's next answers to an activity at this moment of the script; nil: as usual.
func (s *stage) will(activity string, answers ...error) {
	s.step(func() { s.tenant.will(activity, answers...) })
}

// attribute reads a search attribute of a workflow; empty: not set, or no such workflow.
func (s *stage) attribute(id string, key temporal.SearchAttributeKeyKeyword) string {
	info := s.infos[id]
	if info == nil {
		return ""
	}
	var value string
	//nolint:staticcheck // its successor is for workflow code alone, which this is not
	if payload := info.SearchAttributes.GetIndexedFields()[key.GetName()]; payload != nil && payload.Data != nil {
		require.NoError(s.t, converter.GetDefaultDataConverter().FromPayload(payload, &value))
	}
	return value
}

func (s *stage) state(id string) string  { return s.attribute(id, AttributeSyncState) }
func (s *stage) reason(id string) string { return s.attribute(id, AttributeSyncError) }

// details are what operators see of a running workflow at this moment of the script.
func (s *stage) details(id string) string {
	value, err := s.env.QueryWorkflowByID(id, "__temporal_workflow_metadata")
	require.NoError(s.t, err)
	var metadata sdkpb.WorkflowMetadata
	require.NoError(s.t, value.Get(&metadata))
	return metadata.GetCurrentDetails()
}

// requireSynced requires a sync to be done and closed.
func (s *stage) requireSynced(ids ...string) {
	s.t.Helper()
	for _, id := range ids {
		require.Equal(s.t, StateSynced, s.state(id), id)
		require.Contains(s.t, s.closed, id)
		require.NoError(s.t, s.closed[id], id)
		require.Empty(s.t, s.reason(id), id)
	}
}

// requireState checks state and reason of a sync at this moment of the script.
func (s *stage) requireState(id, state, reason string) {
	s.check(func() {
		s.t.Helper()
		require.Equal(s.t, state, s.state(id), id)
		require.Equal(s.t, reason, s.reason(id), id)
	})
}
