package workflows

import (
	"go.temporal.io/sdk/workflow"

	"github.com/wechat-c4c/wechat-c4c/activities"
)

// OnboardFollowerInput starts OnboardFollower.
type OnboardFollowerInput struct {
	SyncInput
	Facts Facts `json:"facts"`
	// LookFirst is set where C4C may know the follower although the conversation does not.
	LookFirst bool `json:"look_first,omitempty"`
	// Scene is the QR code by which the follower came, to be noted at the customer; empty: none.
	Scene string `json:"scene,omitempty"`
}

// OnboardFollower makes a customer of a follower: the social media user profile, the individual customer, and the
// bond between them. It returns what the conversation should know. WeChat gives no names, so the customer has a
// placeholder for one until the follower registers.
func (w *Workflows) OnboardFollower(ctx workflow.Context, in OnboardFollowerInput) (Facts, error) {
	wf := &onboardFollower{in: in, facts: in.Facts, texts: w.Policies[in.Account].Texts}
	sync, err := w.startSync(ctx, in.SyncInput, LaneMessages, "Onboard follower "+in.FollowerKey, StateSyncing)
	if err != nil {
		return wf.facts, err
	}
	sync.facts, sync.learn = func() Facts { return wf.facts }, wf.facts.learn
	sync.order = orderKey("", "") // before the follower's messages, which need its outcome
	wf.sync = sync
	err = sync.until(ctx, wf.run)
	return wf.facts, err
}

type onboardFollower struct {
	in    OnboardFollowerInput
	sync  *sync
	facts Facts
	texts Texts
	noted bool // the scene stands at the customer

	looked bool // C4C was asked whether it still has the profile that is known
}

func (wf *onboardFollower) run(ctx workflow.Context) error {
	if err := wf.ensureProfile(ctx); err != nil {
		return err
	}
	if wf.facts.Profile.CustomerID != "" {
		return wf.noteOrigin(ctx)
	}
	if err := wf.ensureCustomer(ctx); err != nil {
		return err
	}
	if err := wf.bind(ctx); err != nil {
		return err
	}
	return wf.noteOrigin(ctx)
}

func (wf *onboardFollower) ensureProfile(ctx workflow.Context) error {
	if wf.facts.Profile.ID != "" {
		return wf.lookAgain(ctx)
	}
	in := activities.EnsureProfileInput{Follower: wf.in.follower(), LookFirst: wf.in.LookFirst, Round: wf.sync.round}
	return workflow.ExecuteActivity(c4cCall(ctx, "C4C: social media user profile of the follower"), toC4C.EnsureProfile, in).
		Get(ctx, &wf.facts.Profile)
}

// lookAgain finds out whether C4C still has a follower who comes back.
func (wf *onboardFollower) lookAgain(ctx workflow.Context) error {
	if wf.looked || wf.in.Facts.Profile.ID == "" {
		return nil
	}
	facts, anew, err := wf.in.renewed(ctx, wf.facts, int(workflow.GetInfo(ctx).WorkflowStartTime.Unix()))
	if err != nil {
		return err
	}
	wf.looked = true
	if anew {
		wf.facts, wf.in.LookFirst = facts, true
	}
	return nil
}

func (wf *onboardFollower) ensureCustomer(ctx workflow.Context) error {
	if wf.facts.Customer.ID != "" {
		return nil
	}
	in := activities.EnsureCustomerInput{
		Follower: wf.in.follower(), LastName: wf.texts.Placeholder + " " + wf.in.FollowerKey[:6],
		LookFirst: wf.in.LookFirst, Round: wf.sync.round,
	}
	return workflow.ExecuteActivity(c4cCall(ctx, "C4C: individual customer of the follower"), toC4C.EnsureCustomer, in).
		Get(ctx, &wf.facts.Customer)
}

func (wf *onboardFollower) bind(ctx workflow.Context) error {
	in := activities.BindProfileInput{
		Follower: wf.in.follower(), Profile: wf.facts.Profile, Customer: wf.facts.Customer, Round: wf.sync.round,
	}
	err := workflow.ExecuteActivity(c4cCall(ctx, "C4C: bind the profile to customer "+wf.facts.Customer.ID), toC4C.BindProfile, in).
		Get(ctx, nil)
	if err == nil {
		wf.facts.Profile.CustomerID = wf.facts.Customer.ID
	}
	return err
}
