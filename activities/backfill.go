package activities

import (
	"context"
	"time"

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
	Next    string   `json:"next,omitempty"` // empty: there is no further page
}

// ListFollowers reads a page of the followers' list. WeChat allows 500 reads a day.
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

// Followers reaches followers' conversations.
type Followers interface {
	// Onboard has each follower's conversation make sure that C4C knows the follower, and calls progress with the
	// number handled so far. Conversations that already know their follower answer at once, so repeating is harmless.
	// It skips followers who were erased after they were listed, and returns their number.
	Onboard(ctx context.Context, in OnboardFollowersInput, progress func(done int)) (erased int, err error)
	// Erased is when a follower was erased; zero: never, or so long ago that nothing older is accepted anyway.
	Erased(ctx context.Context, account, followerKey string) (time.Time, error)
}

// OnboardFollowersInput lists followers who already follow the account.
type OnboardFollowersInput struct {
	Account string   `json:"account"`
	OpenIDs []string `json:"openids"`
	Run     string   `json:"run"` // identifies the backfill that conversations report to
	At      int64    `json:"at"`  // when they were listed, seconds since 1970
}

func (in OnboardFollowersInput) account() string { return in.Account }

// OnboardedFollowers is the result of OnboardFollowers.
type OnboardedFollowers struct {
	// Erased is how many were erased after they were listed. Their conversations were neither signalled nor started.
	Erased int `json:"erased,omitempty"`
}

// OnboardFollowers tells followers' conversations to onboard them.
func (a *Operations) OnboardFollowers(ctx context.Context, in OnboardFollowersInput) (OnboardedFollowers, error) {
	erased, err := a.Followers.Onboard(ctx, in, func(done int) { activity.RecordHeartbeat(ctx, done) })
	return OnboardedFollowers{Erased: erased}, err
}

// FollowerErasedInput names a follower without the openid.
type FollowerErasedInput struct {
	Account     string `json:"account"`
	FollowerKey string `json:"follower_key"`
}

func (in FollowerErasedInput) account() string { return in.Account }

// FollowerErased returns when a follower was erased, in seconds since 1970; 0: never. Every workflow that starts a
// conversation calls it.
func (a *Operations) FollowerErased(ctx context.Context, in FollowerErasedInput) (int64, error) {
	at, err := a.Followers.Erased(ctx, in.Account, in.FollowerKey)
	if err != nil || at.IsZero() {
		return 0, err
	}
	return at.Unix(), nil
}
