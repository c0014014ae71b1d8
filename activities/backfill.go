package activities

import (
	"context"

	"go.temporal.io/sdk/activity"
)

// ListFollowersInput asks for a page of an account's followers.
type ListFollowersInput struct {
	Account string `json:"account"`
	Next    string `json:"next,omitempty"` // the openid after which the page begins; empty: the first page
}

func (in ListFollowersInput) account() string { return in.Account }

// FollowersPage are up to 10,000 followers.
type FollowersPage struct {
	Total   int      `json:"total"` // of the account
	OpenIDs []string `json:"openids,omitempty"`
	Next    string   `json:"next,omitempty"` // empty: there are no more
}

// ListFollowers reads a page of the followers' list, of which WeChat allows 500 a day.
//
// Source: https://developers.weixin.qq.com/doc/service/api/usermanage/userinfo/api_getfans.html
func (a *WeChat) ListFollowers(ctx context.Context, in ListFollowersInput) (FollowersPage, error) {
	client, err := a.client(in.Account)
	if err != nil {
		return FollowersPage{}, err
	}
	page, err := client.Followers(ctx, in.Next)
	if err != nil {
		return FollowersPage{}, fromWeChat(ctx, err)
	}
	return FollowersPage{Total: page.Total, OpenIDs: page.OpenIDs, Next: page.Next}, nil
}

// Followers reaches the conversations of followers.
type Followers interface {
	// Onboard has each follower's conversation see to it that C4C knows the follower, and calls progress with the number
	// of those that were told. Conversations that know their follower answer at once; repeating it is harmless.
	Onboard(ctx context.Context, in OnboardFollowersInput, progress func(told int)) error
}

// OnboardFollowersInput names followers who follow already.
type OnboardFollowersInput struct {
	Account string   `json:"account"`
	OpenIDs []string `json:"openids"`
	Run     string   `json:"run"` // names the backfill, whose conversations report to it
	At      int64    `json:"at"`  // when they were listed, seconds since 1970
}

func (in OnboardFollowersInput) account() string { return in.Account }

// OnboardFollowers tells the conversations of followers to onboard them.
func (a *Operations) OnboardFollowers(ctx context.Context, in OnboardFollowersInput) error {
	return a.Followers.Onboard(ctx, in, func(told int) { activity.RecordHeartbeat(ctx, told) })
}
