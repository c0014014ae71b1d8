package activities

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
)

const followersList = "user/get"

func TestListFollowers(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		answer string
		next   string
		want   FollowersPage
	}{
		{"the first page", `{"total":3,"count":2,"data":{"openid":["oA","oB"]},"next_openid":"oB"}`, "",
			FollowersPage{Total: 3, OpenIDs: []string{"oA", "oB"}, Next: "oB"}},
		{"the page after an openid", `{"total":3,"count":1,"data":{"openid":["oC"]},"next_openid":"oC"}`, "oB",
			FollowersPage{Total: 3, OpenIDs: []string{"oC"}, Next: "oC"}},
		{"nobody after the last", `{"total":3,"count":0,"next_openid":""}`, "oC", FollowersPage{Total: 3}},
		{"nobody follows", `{"total":0,"count":0,"next_openid":""}`, "", FollowersPage{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newServers(t)
			s.will(followersList, status(http.StatusOK, tt.answer))
			var after string
			usual := s.wechat.Config.Handler
			s.wechat.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				after += r.URL.Query().Get("next_openid")
				usual.ServeHTTP(w, r)
			})
			var page FollowersPage
			require.NoError(t, s.once("ListFollowers", ListFollowersInput{Account: testAccount, Next: tt.next}, &page))
			require.Equal(t, tt.want, page)
			require.Equal(t, []string{followersList}, s.operations())
			require.Equal(t, tt.next, after)
		})
	}
}

func TestListFollowersFails(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name      string
		account   string
		answer    answer
		want      string
		retryable bool
	}{
		{"no right to the list", testAccount, errcode(48001, "api unauthorized"), ErrorWeChatNotPermitted, false},
		{"500 lists a day", testAccount, errcode(45009, "reach max api daily quota limit"), ErrorWeChatQuotaExhausted, false},
		{"WeChat is busy", testAccount, errcode(-1, "system error"), ErrorWeChatBusy, true},
		{"no account of ours", "nobody", nil, ErrorAccountUnknown, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newServers(t)
			if tt.answer != nil {
				s.will(followersList, tt.answer)
			}
			err := s.once("ListFollowers", ListFollowersInput{Account: tt.account, Next: testOpenID}, nil)
			var refused *temporal.ApplicationError
			require.ErrorAs(t, err, &refused)
			require.Equal(t, tt.want, refused.Type())
			require.Equal(t, tt.retryable, !refused.NonRetryable(), refused.Error())
			require.NotContains(t, err.Error(), testOpenID)
		})
	}
}

// fakeFollowers record who is signalled, until they fail.
type fakeFollowers struct {
	in     OnboardFollowersInput
	erased time.Time
	err    error
}

func (f *fakeFollowers) Onboard(_ context.Context, in OnboardFollowersInput, progress func(int)) (int, error) {
	f.in = in
	for done := range in.OpenIDs {
		progress(done + 1)
	}
	return 1, f.err
}

func (f *fakeFollowers) Erased(_ context.Context, account, followerKey string) (time.Time, error) {
	if account != testAccount || followerKey != "abc" {
		return time.Time{}, errors.New("another follower")
	}
	return f.erased, f.err
}

func TestFollowerErased(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		followers fakeFollowers
		want      int64
	}{
		"never":            {fakeFollowers{}, 0},
		"erased":           {fakeFollowers{erased: time.Unix(1767600000, 5)}, 1767600000},
		"Temporal is away": {fakeFollowers{err: errors.New("no frontend")}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			at, err := (&Operations{Followers: &tt.followers}).FollowerErased(t.Context(),
				FollowerErasedInput{Account: testAccount, FollowerKey: "abc"})
			require.Equal(t, tt.followers.err, err)
			require.Equal(t, tt.want, at)
		})
	}
}

func TestOnboardFollowers(t *testing.T) {
	t.Parallel()
	in := OnboardFollowersInput{Account: testAccount, OpenIDs: []string{"oA", "oB"}, Run: "run-1", At: 1767600000}
	for _, tt := range []struct {
		name string
		err  error
	}{
		{"all told", nil},
		{"Temporal is away: repeated", errors.New("tell a conversation: no frontend")},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			g := newGuarded(t, SystemWeChat)
			followers := &fakeFollowers{err: tt.err}
			g.env.RegisterActivity((&Operations{Followers: followers}).OnboardFollowers)
			var beats []int
			g.env.SetOnActivityHeartbeatListener(func(_ *activity.Info, details converter.EncodedValues) {
				var told int
				require.NoError(t, details.Get(&told))
				beats = append(beats, told)
			})
			err := g.call("OnboardFollowers", in)
			require.Equal(t, in, followers.in)
			require.NotEmpty(t, beats, "a lost worker is noticed by its silence")
			require.Equal(t, 1, beats[0])
			if tt.err == nil {
				require.NoError(t, err)
				return
			}
			var refused *temporal.ApplicationError
			require.ErrorAs(t, err, &refused)
			require.False(t, refused.NonRetryable())
			require.ErrorContains(t, err, tt.err.Error())
		})
	}
}
