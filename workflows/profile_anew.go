package workflows

import (
	"go.temporal.io/sdk/workflow"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/conversation"
)

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

// renew makes the follower a customer again if C4C refused a message because it no longer has their profile. It
// returns false if C4C still has the profile, so that the refusal counts.
func (wf *createTicket) renew(ctx workflow.Context) (bool, error) {
	found, err := wf.in.profileAnew(ctx, int(wf.in.Message.CreateTime))
	if err != nil || found.ID == wf.known.Profile.ID {
		return false, err
	}
	again := &onboardFollower{
		in: OnboardFollowerInput{SyncInput: wf.in.SyncInput, LookFirst: true}, sync: wf.sync,
		known: conversation.Known{Profile: found}, texts: wf.texts, looked: true, anew: true,
	}
	err = again.attempt(ctx)
	wf.known, wf.anew, wf.thread = again.known, true, conversation.Thread{}
	wf.sync.round++ // C4C may refuse the same request id again
	return true, err
}
