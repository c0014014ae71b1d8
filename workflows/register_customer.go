package workflows

import (
	"go.temporal.io/sdk/workflow"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/conversation"
)

// RegisterCustomerInput starts RegisterCustomer.
type RegisterCustomerInput struct {
	SyncInput
	Known        conversation.Known        `json:"known"`
	Registration conversation.Registration `json:"registration"`
	Order        conversation.Order        `json:"order"`
	// Wait is set if the sync is started early and must wait for its turn.
	Wait bool `json:"wait,omitempty"`
}

// RegisterCustomer replaces the placeholder data of the follower's customer with real data. The customer is always
// the one belonging to the openid, never one found by name or phone. If onboarding has not created it yet, that
// happens first. The consent is stored in this history and in the conversation's state.
func (w *Workflows) RegisterCustomer(ctx workflow.Context, in RegisterCustomerInput) (conversation.Outcome, error) {
	wf := &registerCustomer{in: in, onboardFollower: onboardFollower{
		in:    OnboardFollowerInput{SyncInput: in.SyncInput, Known: in.Known, LookFirst: true},
		known: in.Known, texts: w.policyOf(in.Account).Texts,
	}}
	sync, err := w.newSync(ctx, in.SyncInput, syncOptions{
		title: say(ctx, "Register follower %s", in.FollowerKey), lane: conversation.LaneMessages, order: in.Order,
		early: in.Wait,
	}, wf)
	if err != nil {
		return wf.outcome(), err
	}
	wf.sync = sync
	err = sync.run(ctx)
	return wf.outcome(), err
}

// registerCustomer onboards the follower if necessary, and adds their data.
type registerCustomer struct {
	onboardFollower
	in RegisterCustomerInput
}

// attempt onboards the follower, and saves the data.
func (wf *registerCustomer) attempt(ctx workflow.Context) error {
	if err := wf.onboardFollower.attempt(ctx); err != nil {
		return err
	}
	in := activities.SaveCustomerInput{
		Follower: wf.in.follower(), CustomerID: wf.known.Profile.CustomerID, Data: wf.in.Registration.Customer,
		Keep: wf.in.Registration.Keep, Fields: wf.in.Registration.Fields,
	}
	summary := say(ctx, "C4C: data of customer %s", in.CustomerID)
	if len(in.Fields) > 0 {
		summary = say(ctx, "C4C: data of customer %s with %s", in.CustomerID, activities.Masked(in.Fields))
	}
	return workflow.ExecuteActivity(c4cCall(ctx, summary), toC4C.SaveCustomer, in).Get(ctx, nil)
}
