package workflows

import (
	"go.temporal.io/sdk/workflow"

	"github.com/wechat-c4c/wechat-c4c/activities"
)

// RegisterCustomerInput starts RegisterCustomer.
type RegisterCustomerInput struct {
	SyncInput
	Facts        Facts        `json:"facts"`
	Registration Registration `json:"registration"`
}

// RegisterCustomer gives the follower's customer real data in place of the placeholder. The customer is the one that
// the openid stands for, never one found by name or phone; where onboarding has not created that customer yet, that happens first.
// The consent is part of this history and of the conversation's state.
func (w *Workflows) RegisterCustomer(ctx workflow.Context, in RegisterCustomerInput) (Facts, error) {
	onboarding := &onboardFollower{
		in:    OnboardFollowerInput{SyncInput: in.SyncInput, Facts: in.Facts, LookFirst: true},
		facts: in.Facts, texts: w.Policies[in.Account].Texts,
	}
	wf := &registerCustomer{in: in, onboarding: onboarding}
	sync, err := w.startSync(ctx, in.SyncInput, LaneMessages, "Register follower "+in.FollowerKey, StateSyncing)
	if err != nil {
		return onboarding.facts, err
	}
	sync.facts, sync.learn = func() Facts { return onboarding.facts }, onboarding.facts.learn
	onboarding.sync, wf.sync = sync, sync
	err = sync.until(ctx, wf.run)
	return onboarding.facts, err
}

type registerCustomer struct {
	in         RegisterCustomerInput
	sync       *sync
	onboarding *onboardFollower
}

func (wf *registerCustomer) run(ctx workflow.Context) error {
	if err := wf.onboarding.run(ctx); err != nil {
		return err
	}
	in := activities.SaveCustomerInput{
		Follower: wf.in.follower(), CustomerID: wf.onboarding.facts.Profile.CustomerID, Data: wf.in.Registration.Customer,
		Keep: wf.in.Registration.Keep,
	}
	return workflow.ExecuteActivity(c4cCall(ctx, "C4C: data of customer "+in.CustomerID), toC4C.SaveCustomer, in).Get(ctx, nil)
}
