package workflows

import (
	"go.temporal.io/sdk/workflow"

	"github.com/wechat-c4c/wechat-c4c/activities"
)

// changeProfileAnew is the version from which a follower whose profile was deleted in C4C gets another one.
const changeProfileAnew = "profile anew"

// renewed says that C4C no longer has the profile that the conversation knows, and gives the facts of the one that takes its
// place: found by the openid, or made. Nothing of the old one is left, neither customer nor thread.
func (in SyncInput) renewed(ctx workflow.Context, known Facts, round int) (facts Facts, anew bool, err error) {
	if workflow.GetVersion(ctx, changeProfileAnew, workflow.DefaultVersion, 1) == workflow.DefaultVersion {
		return known, false, nil
	}
	look := activities.EnsureProfileInput{Follower: in.follower(), LookFirst: true, Round: round}
	var found activities.Profile
	err = workflow.ExecuteActivity(c4cCall(ctx, "C4C: does the follower's profile still exist?"), toC4C.EnsureProfile, look).Get(ctx, &found)
	if err != nil || found.ID == known.Profile.ID {
		return known, false, err
	}
	return Facts{Profile: found, Anew: true}, true, nil
}

// renew makes the follower a customer again where C4C refused a message because it no longer has his profile. It is false where
// C4C has it, so that the refusal stands.
func (wf *createTicket) renew(ctx workflow.Context) (bool, error) {
	facts, anew, err := wf.in.renewed(ctx, wf.facts, int(wf.in.Message.CreateTime))
	if err != nil || !anew {
		return false, err
	}
	again := &onboardFollower{
		in: OnboardFollowerInput{SyncInput: wf.in.SyncInput, LookFirst: true}, sync: wf.sync, facts: facts, texts: wf.texts, looked: true,
	}
	err = again.run(ctx)
	wf.facts = again.facts
	wf.sync.round++ // what C4C refused under one request id it may refuse again
	return true, err
}
