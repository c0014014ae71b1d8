package workflows

import (
	"context"
	"strconv"

	"github.com/wechat-c4c/wechat-c4c/activities"
)

// windowTenant is what happens outside the reply window: whether the follower follows, and the notices.
type windowTenant struct {
	unfollowed bool // WeChat reports that the follower unfollowed
	templates  []activities.SendTemplateInput
	granted    []activities.SendSubscriptionInput
}

func (a *fakeWeChat) FollowState(ctx context.Context, _ activities.Follower) (activities.FollowState, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return activities.FollowState{Follows: !a.window.unfollowed}, a.call(ctx)
}

func (a *fakeWeChat) SendTemplate(ctx context.Context, in activities.SendTemplateInput) (activities.SentNotice, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if err := a.call(ctx); err != nil {
		return activities.SentNotice{}, err
	}
	a.window.templates = append(a.window.templates, in)
	return activities.SentNotice{MsgID: "msg-" + strconv.Itoa(len(a.window.templates))}, nil
}

func (a *fakeWeChat) SendSubscription(ctx context.Context, in activities.SendSubscriptionInput) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	err := a.call(ctx)
	if err == nil {
		a.window.granted = append(a.window.granted, in)
	}
	return err
}
