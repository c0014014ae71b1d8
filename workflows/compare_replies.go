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

// comparison finds agents' replies in C4C that no workflow handles, and has them delivered.
type comparison struct {
	account string
	checked int // compared replies, including private ones
	private int // of those: replies that are never sent
	missed  int // of those: missed replies whose RouteReply was started

	parked map[string]bool // RouteReply workflows that let later ones pass
}

// routePatience is how long a missed reply that is neither handed over nor parked delays later replies of its thread.
// It is shorter than the interval between comparisons.
const routePatience = 4 * time.Minute

func newComparison(account string) *comparison {
	return &comparison{account: account, parked: map[string]bool{}}
}

// unknownIn returns the replies of one part of a span that no workflow handles, and the position of the next part; 0:
// no next part. The part ends at last, when its youngest reply was written.
func (c *comparison) unknownIn(
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

// maxLooks is how often to check again for replies that arrive in the meantime.
const maxLooks = 20

// lookAgain removes replies that have arrived in the meantime: after an outage, spools deliver replies that no
// workflow had handled. It repeats as long as some of them arrive. waited is how long it has waited by itself.
func (c *comparison) lookAgain(
	ctx workflow.Context, missed []activities.AgentReplyRef, pause time.Duration,
) (still []activities.AgentReplyRef, waited time.Duration, err error) {
	for range maxLooks {
		if len(missed) == 0 || pause <= 0 {
			break
		}
		if _, err := awaitAtMost(ctx, pause, "let spools deliver what they keep", never); err != nil {
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

// untaken returns the replies that no workflow handles.
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

// deliver starts RouteReply for missed replies, one after the other within a thread. Each RouteReply calls C4C, and
// the follower reads the replies in the order in which they get through.
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

// threadsOf groups replies by thread, each in the order in which they were written.
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

// deliverThread starts a reply when the previous one was handed over, has parked or has ended. If a reply does none
// of these for a while, the rest of the thread stops waiting: operators see that reply as stuck.
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

// receiveParked records which replies have parked.
func (c *comparison) receiveParked(ctx workflow.Context) {
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

// route starts RouteReply for one missed reply. An existing run, or a push at this very moment, prevents the start;
// then there is nothing to wait for.
func (c *comparison) route(
	ctx workflow.Context, reply activities.AgentReplyRef,
) (workflow.Future, error) {
	child := workflow.WithChildOptions(ctx, workflow.ChildWorkflowOptions{
		WorkflowID: RouteID(c.account, reply.SmaID), TaskQueue: TaskQueue,
		WorkflowIDReusePolicy: enumspb.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE,
		ParentClosePolicy:     enumspb.PARENT_CLOSE_POLICY_ABANDON,
		StaticSummary:         say(ctx, "Reply %s, which C4C's push did not bring", reply.SmaID),
		TypedSearchAttributes: SyncAttributes(c.account),
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
