package workflows

import (
	"cmp"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/conversation"
)

// comparison finds the replies of agents in C4C that no workflow has taken, and has them delivered.
type comparison struct {
	account string
	checked int // replies that were compared, private ones included
	private int // those of them that never leave
	missed  int // those whose ways were started

	parked map[string]bool // RouteReply workflows that let those behind them pass
}

// routePatience is how long a missed reply that has neither been handed over nor parked keeps those of its thread
// waiting that were written later. It is shorter than the time until the next comparison.
const routePatience = 4 * time.Minute

func newComparison(account string) *comparison {
	return &comparison{account: account, parked: map[string]bool{}}
}

// unknown are the replies of one part of a span that no workflow has taken, and where the next part begins; 0: there is
// none. It goes up to last, when the youngest reply of the part was written.
func (c *comparison) unknown(
	ctx workflow.Context, span Gap, skip int,
) (missed []activities.AgentReplyRef, next int, last time.Time, err error) {
	var page activities.AgentReplies
	list := activities.ListAgentRepliesInput{Account: c.account, From: span.From, To: span.To, Skip: skip}
	ask := c4cCall(ctx, "C4C: list what agents have written")
	err = workflow.ExecuteActivity(ask, toC4C.ListAgentReplies, list).Get(ctx, &page)
	if err != nil {
		return nil, 0, last, err
	}
	if n := len(page.Replies); n > 0 {
		last = page.Replies[n-1].CreatedAt
	}
	missed, err = c.compare(ctx, page.Replies)
	return missed, page.Next, last, err
}

// maxLooks is how often replies are looked for again that others bring meanwhile.
const maxLooks = 20

// lookAgain leaves out what has come meanwhile: after an outage spools hand over replies that no workflow has taken
// yet. It goes on as long as some of them come. waited is how long it has waited by itself.
func (c *comparison) lookAgain(
	ctx workflow.Context, missed []activities.AgentReplyRef, pause time.Duration,
) (still []activities.AgentReplyRef, waited time.Duration, err error) {
	for range maxLooks {
		if len(missed) == 0 || pause <= 0 {
			break
		}
		if err := workflow.Sleep(ctx, pause); err != nil {
			return nil, waited, err
		}
		waited += pause
		before := len(missed)
		if missed, err = c.untaken(ctx, missed); err != nil || len(missed) == before {
			return missed, waited, err
		}
	}
	return missed, waited, nil
}

// compare asks Temporal for the replies of one part.
func (c *comparison) compare(
	ctx workflow.Context, replies []activities.AgentReplyRef,
) ([]activities.AgentReplyRef, error) {
	var candidates []activities.AgentReplyRef
	for _, reply := range replies {
		c.checked++
		_, _, _, fromFollower := conversation.ParseMessageID(reply.MessageID)
		switch {
		case reply.Private:
			c.private++
		case reply.SmaID == "" || fromFollower:
		default:
			candidates = append(candidates, reply)
		}
	}
	return c.untaken(ctx, candidates)
}

// untaken are those of the replies that no workflow has taken.
func (c *comparison) untaken(
	ctx workflow.Context, replies []activities.AgentReplyRef,
) ([]activities.AgentReplyRef, error) {
	if len(replies) == 0 {
		return nil, nil
	}
	known, ids := map[string]activities.AgentReplyRef{}, []string{}
	for _, reply := range replies {
		known[reply.SmaID] = reply
		ids = append(ids, reply.SmaID)
	}
	var unknown []string
	look := wechatCall(ctx, "look for the replies that have not arrived")
	err := workflow.ExecuteActivity(look, operations.UnknownReplies,
		activities.UnknownRepliesInput{Account: c.account, SmaIDs: ids}).Get(ctx, &unknown)
	missed := make([]activities.AgentReplyRef, len(unknown))
	for i, id := range unknown {
		missed[i] = known[id]
	}
	return missed, err
}

// deliver starts the ways of missed replies, those of one thread one after the other: each makes calls to C4C, and the
// follower reads the replies in the order in which they come through.
func (c *comparison) deliver(ctx workflow.Context, missed []activities.AgentReplyRef) error {
	var failure error
	wait := workflow.NewWaitGroup(ctx)
	for _, thread := range threadsOf(missed) {
		wait.Add(1)
		workflow.Go(ctx, func(ctx workflow.Context) {
			defer wait.Done()
			if err := c.deliverThread(ctx, thread); err != nil && failure == nil {
				failure = err
			}
		})
	}
	wait.Wait(ctx)
	return failure
}

// threadsOf groups replies by the thread that they belong to, each in the order in which they were written.
func threadsOf(replies []activities.AgentReplyRef) [][]activities.AgentReplyRef {
	var threads [][]activities.AgentReplyRef
	at := map[string]int{}
	for _, reply := range replies {
		root := cmp.Or(reply.RootUUID, reply.UUID)
		i, known := at[root]
		if !known {
			i = len(threads)
			at[root], threads = i, append(threads, nil)
		}
		threads[i] = append(threads[i], reply)
	}
	return threads
}

// deliverThread starts a reply when the one before it was handed over, has parked or has ended. After one that does
// none of these for a while the rest of the thread waits no longer: operators see that one as stuck.
func (c *comparison) deliverThread(ctx workflow.Context, thread []activities.AgentReplyRef) error {
	patient := true
	for i, reply := range thread {
		route, err := c.route(ctx, reply)
		if err != nil {
			return err
		}
		if i == len(thread)-1 || route == nil || !patient {
			continue
		}
		patient, err = awaitAtMost(ctx, routePatience, "wait for the reply before", func() bool {
			return route.IsReady() || c.parked[RouteID(c.account, reply.SmaID)]
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// listen notes which of the replies have parked.
func (c *comparison) listen(ctx workflow.Context) {
	parked := workflow.GetSignalChannel(ctx, SignalRouteParked)
	workflow.Go(ctx, func(ctx workflow.Context) {
		for {
			var id string
			if !parked.Receive(ctx, &id) {
				return
			}
			c.parked[id] = true
		}
	})
}

// route starts the way of one missed reply. A run that was there before, or a push in this very moment, keeps it out:
// then there is nothing to wait for.
func (c *comparison) route(
	ctx workflow.Context, reply activities.AgentReplyRef,
) (workflow.Future, error) {
	child := workflow.WithChildOptions(ctx, workflow.ChildWorkflowOptions{
		WorkflowID: RouteID(c.account, reply.SmaID), TaskQueue: TaskQueue,
		WorkflowIDReusePolicy: enumspb.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE,
		ParentClosePolicy:     enumspb.PARENT_CLOSE_POLICY_ABANDON,
		StaticSummary:         say(ctx, "Reply %s, which C4C's push did not bring", reply.SmaID),
		TypedSearchAttributes: temporal.NewSearchAttributes(
			AttributeSyncState.ValueSet(StateSyncing), AttributeAccount.ValueSet(c.account)),
	})
	route := workflow.ExecuteChildWorkflow(child, TypeRouteReply, RouteReplyInput{
		Account: c.account, Reply: conversation.Reply{SmaID: reply.SmaID, Missed: true, Late: true},
		Missed: &MissedReply{UUID: reply.UUID, RootUUID: reply.RootUUID},
	})
	err := route.GetChildWorkflowExecution().Get(ctx, nil)
	if temporal.IsWorkflowExecutionAlreadyStartedError(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	c.missed++
	return route, nil
}
