package workflows

import (
	"go.temporal.io/sdk/workflow"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/catalogue"
	"github.com/wechat-c4c/wechat-c4c/conversation"
)

// OnboardFollowerInput starts OnboardFollower.
type OnboardFollowerInput struct {
	SyncInput
	Known conversation.Known `json:"known"`
	// LookFirst is set if C4C may know the follower although the conversation does not.
	LookFirst bool `json:"look_first,omitempty"`
	// Scene is the QR code that brought the follower, to be recorded on the customer; empty: none.
	Scene string `json:"scene,omitempty"`
	// Asked is set if a message of the follower waits for it.
	Asked bool `json:"asked,omitempty"`
}

// OnboardFollower makes a follower a customer: it creates the individual customer and the social media user profile
// that belongs to it. It returns what the conversation should know. WeChat provides no names, so the customer has a
// placeholder until the follower registers.
func (w *Workflows) OnboardFollower(ctx workflow.Context, in OnboardFollowerInput) (conversation.Outcome, error) {
	wf := &onboardFollower{in: in, known: in.Known, texts: w.policyOf(in.Account).Texts}
	// It has no order: it comes before the follower's messages, which need its outcome.
	of := syncOptions{title: say(ctx, "Onboard follower %s", in.FollowerKey), lane: conversation.LaneMessages}
	if !in.Asked {
		of.priority = priorityPatient
	}
	sync, err := w.newSync(ctx, in.SyncInput, of, wf)
	if err != nil {
		return wf.outcome(), err
	}
	wf.sync = sync
	err = sync.run(ctx)
	return wf.outcome(), err
}

type onboardFollower struct {
	plainErrand
	in    OnboardFollowerInput
	sync  *engine
	known conversation.Known
	anew  bool // the profile replaces one that C4C has lost
	texts *catalogue.Texts
	noted bool // the scene is recorded on the customer

	profileChecked bool // C4C was asked whether the known profile still exists

	// C4C has just reported that there is none, and none was made since.
	noProfile, noCustomer bool
}

func (wf *onboardFollower) outcome() conversation.Outcome {
	found := conversation.Found{Profile: wf.known.Profile, Customer: wf.known.Customer, Anew: wf.anew}
	return conversation.Outcome{Found: found}
}

func (wf *onboardFollower) granted(turn conversation.Turn) {
	wf.known.Learn(conversation.Found{Profile: turn.Known.Profile, Customer: turn.Known.Customer})
}

// attempt finds or makes customer and profile, and binds the profile to the customer.
func (wf *onboardFollower) attempt(ctx workflow.Context) error {
	if err := wf.findFollower(ctx); err != nil {
		return err
	}
	for _, missing := range []func(workflow.Context) error{wf.ensureCustomer, wf.ensureProfile, wf.bind} {
		if wf.known.Profile.CustomerID != "" {
			break
		}
		if err := missing(ctx); err != nil {
			return err
		}
	}
	return wf.noteOrigin(ctx)
}

// findFollower finds out what C4C has of the follower.
func (wf *onboardFollower) findFollower(ctx workflow.Context) error {
	if wf.known.Profile.ID != "" {
		return wf.checkProfile(ctx)
	}
	if wf.known.Customer.ID != "" {
		return nil // the profile is looked up before it is made
	}
	found, err := wf.in.ensureProfile(ctx, activities.EnsureProfileInput{Look: true, Round: wf.sync.round})
	if err != nil {
		return err
	}
	wf.known.Profile = found.Profile
	if found.CustomerID == "" || found.CustomerID == found.Customer.ID { // an agent may have bound it to another
		wf.known.Customer = found.Customer
	}
	wf.noProfile, wf.noCustomer = found.ID == "", found.Customer.ID == ""
	return nil
}

// ensureProfile makes the profile together with its customer. It does not look first if C4C has just reported that
// there is none.
func (wf *onboardFollower) ensureProfile(ctx workflow.Context) error {
	if wf.known.Profile.ID != "" {
		return nil
	}
	in := activities.EnsureProfileInput{LookFirst: !wf.noProfile, Customer: wf.known.Customer, Round: wf.sync.round}
	wf.noProfile = false
	made, err := wf.in.ensureProfile(ctx, in)
	wf.known.Profile = made.Profile
	return err
}

// checkProfile finds out whether C4C still has a follower who comes back.
func (wf *onboardFollower) checkProfile(ctx workflow.Context) error {
	if wf.profileChecked || wf.in.Known.Profile.ID == "" {
		return nil
	}
	found, err := wf.in.profileAnew(ctx, int(workflow.GetInfo(ctx).WorkflowStartTime.Unix()))
	if err != nil {
		return err
	}
	wf.profileChecked = true
	if found.ID != wf.known.Profile.ID {
		wf.known, wf.anew, wf.in.LookFirst = conversation.Known{Profile: found}, true, true
	}
	return nil
}

func (wf *onboardFollower) ensureCustomer(ctx workflow.Context) error {
	if wf.known.Customer.ID != "" {
		return nil
	}
	in := activities.EnsureCustomerInput{
		Follower: wf.in.follower(), LastName: wf.texts.Text(catalogue.CustomerPlaceholder) + " " + wf.in.FollowerKey[:6],
		// If C4C has lost the follower, there is no customer either, unless there is another profile.
		LookFirst: wf.in.LookFirst && !wf.noCustomer && (!wf.anew || wf.known.Profile.Existed), Round: wf.sync.round,
	}
	wf.noCustomer = false
	return workflow.ExecuteActivity(c4cCall(ctx, "C4C: individual customer of the follower"), toC4C.EnsureCustomer, in).
		Get(ctx, &wf.known.Customer)
}

func (wf *onboardFollower) bind(ctx workflow.Context) error {
	in := activities.BindProfileInput{
		Follower: wf.in.follower(), Profile: wf.known.Profile, Customer: wf.known.Customer, Round: wf.sync.round,
	}
	err := workflow.ExecuteActivity(c4cCall(ctx, say(ctx, "C4C: bind the profile to customer %s", wf.known.Customer.ID)),
		toC4C.BindProfile, in).
		Get(ctx, nil)
	if err == nil {
		wf.known.Profile.CustomerID = wf.known.Customer.ID
	}
	return err
}

// noteOrigin records on the customer which QR code brought the follower.
func (wf *onboardFollower) noteOrigin(ctx workflow.Context) error {
	if wf.in.Scene == "" || wf.noted {
		return nil
	}
	customer := wf.known.NoteCustomer()
	in := activities.AddCustomerNoteInput{
		Account: wf.in.Account, ObjectID: customer.ObjectID, CustomerID: customer.ID,
		Text: wf.texts.Text(catalogue.NoteOrigin, catalogue.Words(wf.in.Scene)), Round: wf.sync.round,
		Since: workflow.GetInfo(ctx).WorkflowStartTime,
	}
	err := workflow.ExecuteActivity(c4cCall(ctx, say(ctx, "C4C: origin of the follower at customer %s", customer.ID)),
		toC4C.AddCustomerNote, in).Get(ctx, nil)
	wf.noted = err == nil
	return err
}

// profileAnew returns the follower's profile as C4C has it now. That is the known profile, or, if C4C has lost it,
// its replacement, found by the openid or made. Nothing of a lost profile remains, neither customer nor thread.
func (in SyncInput) profileAnew(ctx workflow.Context, round int) (activities.Profile, error) {
	ctx = c4cCall(ctx, "C4C: does the follower's profile still exist?")
	ensure := activities.EnsureProfileInput{Follower: in.follower(), LookFirst: true, Round: round}
	var ensured activities.EnsuredProfile
	err := workflow.ExecuteActivity(ctx, toC4C.EnsureProfile, ensure).Get(ctx, &ensured)
	return ensured.Profile, err
}

// ensureProfile looks up the profile of a follower without a known one, or makes sure that there is one.
func (in SyncInput) ensureProfile(
	ctx workflow.Context, ensure activities.EnsureProfileInput,
) (ensured activities.EnsuredProfile, err error) {
	summary := "C4C: social media user profile of the follower"
	if ensure.Look {
		summary = "C4C: profile and customer of the follower"
	}
	ensure.Follower = in.follower()
	err = workflow.ExecuteActivity(c4cCall(ctx, summary), toC4C.EnsureProfile, ensure).Get(ctx, &ensured)
	return ensured, err
}
