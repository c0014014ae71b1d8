package conversation_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/conversation"
)

// What a submission of the page becomes, and what the page is told about it.
func TestSubmissions(t *testing.T) {
	t.Parallel()
	at := time.Unix(1_700_000_000, 0)
	register := conversation.RegisterRequest{Key: "register1", At: at.Unix(), Registration: conversation.Registration{
		Customer: activities.CustomerData{LastName: "Li"}, Consent: conversation.Consent{Version: "2", At: 7},
	}}
	open := conversation.OpenTicketRequest{Key: "opened123", At: at.Unix(), Subject: "broken", Text: "help"}
	add := conversation.AddMessageRequest{Key: "added1234", At: at.Unix(), TicketID: "T1", Text: "more"}
	done := func(id, ticket string) conversation.Closed {
		found := conversation.Found{Thread: conversation.Thread{TicketID: ticket}}
		return conversation.Closed{WorkflowID: id, Outcome: conversation.Outcome{Found: found}}
	}
	for _, tt := range []struct {
		name    string
		in      conversation.Inbound
		started string
		end     conversation.Event
		result  conversation.WebResult
		shown   []conversation.Underway
	}{
		{"a registration", register.Inbound(), "start register register1",
			done(conversation.RegisterID(account, follower, "register1"), ""),
			conversation.WebResult{Key: "register1", Done: true}, nil},
		{"one that was terminated", register.Inbound(), "start register register1",
			conversation.Closed{WorkflowID: conversation.RegisterID(account, follower, "register1"), Lost: true},
			conversation.WebResult{Key: "register1"}, nil},
		{"a ticket", open.Inbound(), "start mweb-opened123 aside", done(long("mweb-opened123"), "T5"),
			conversation.WebResult{Key: "opened123", Done: true, TicketID: "T5"},
			[]conversation.Underway{{Key: "opened123", Text: "broken", At: at.Unix()}}},
		{"a message", add.Inbound(), "start mweb-added1234 in T1 aside", done(long("mweb-added1234"), "T1"),
			conversation.WebResult{Key: "added1234", Done: true, TicketID: "T1"},
			[]conversation.Underway{{Key: "added1234", TicketID: "T1", Text: "more", At: at.Unix()}}},
		{"one that was given up", add.Inbound(), "start mweb-added1234 in T1 aside", done(long("mweb-added1234"), ""),
			conversation.WebResult{Key: "added1234"},
			[]conversation.Underway{{Key: "added1234", TicketID: "T1", Text: "more", At: at.Unix()}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			st := aStory(t, published)
			require.Equal(t, []string{tt.started}, st.step(tt.in))
			require.True(t, st.s.Pending(tt.in.Key))
			require.Equal(t, conversation.WebResult{Key: tt.result.Key}, st.s.Result(tt.result.Key))
			require.Equal(t, tt.shown, st.s.PageView().Underway)
			st.step(tt.end)
			require.Empty(t, st.s.PageView().Underway)
			require.False(t, st.s.Pending(tt.in.Key))
			require.Equal(t, tt.result, st.s.Result(tt.result.Key))
			require.Zero(t, st.s.Window.Ledger.Left(st.policy.Window.Rules, st.now), "the page opens no window")
		})
	}
	t.Run("tried again after it was parked", func(t *testing.T) {
		t.Parallel()
		st := aStory(t, published)
		st.step(open.Inbound())
		st.tell(`
			mweb-opened123 parked         ->
			mweb-opened123 turn           -> turn mweb-opened123
			mweb-opened123 ended ticket=5 -> show 5`)
		require.Equal(t, conversation.WebResult{Key: "opened123", Done: true, TicketID: "5"}, st.s.Result("opened123"))
	})
	t.Run("consent", func(t *testing.T) {
		t.Parallel()
		st := aStory(t, published)
		st.step(register.Inbound())
		require.Equal(t, conversation.Consent{Version: "2", At: 7}, st.s.PageView().Consent)
	})
	t.Run("refused", func(t *testing.T) {
		t.Parallel()
		require.NoError(t, register.Check())
		require.NoError(t, open.Check())
		require.NoError(t, add.Check())
		nameless, wordless, short := register, add, open
		nameless.Registration.Customer.LastName, wordless.Text, short.Key = "", "", "a/b"
		long := open
		long.Text = strings.Repeat("字", 4001)
		for _, in := range []interface{ Check() error }{nameless, wordless, short, long,
			conversation.OpenTicketRequest{Key: "opened123"}} {
			require.Error(t, in.Check())
		}
	})
}

// A personal link works once, until it expires, for followers who have not unfollowed since.
func TestLinks(t *testing.T) {
	t.Parallel()
	st := aStory(t, conversation.Policy{})
	now := st.now.Unix()
	link := conversation.SpendLinkRequest{ID: "a", Issued: now, Expires: now + 600}
	require.NoError(t, st.s.CheckLink(st.now, link))
	st.step(conversation.SpendLink{SpendLinkRequest: link})
	require.ErrorIs(t, st.s.CheckLink(st.now, link), conversation.ErrLinkSpent)
	old := conversation.SpendLinkRequest{ID: "b", Issued: now - 900, Expires: now}
	require.ErrorIs(t, st.s.CheckLink(st.now, old), conversation.ErrLinkSpent)
	for i := range 99 {
		st.step(conversation.SpendLink{SpendLinkRequest: conversation.SpendLinkRequest{ID: fmt.Sprint(i), Expires: now +
			600}})
	}
	next := conversation.SpendLinkRequest{ID: "c", Issued: now, Expires: now + 1200}
	require.ErrorIs(t, st.s.CheckLink(st.now, next), conversation.ErrLinkSpent, "nobody needs so many")
	st.now = st.now.Add(time.Hour)
	next.Expires += 3600
	require.NoError(t, st.s.CheckLink(st.now, next))
	st.step(conversation.SpendLink{SpendLinkRequest: next})
	require.Len(t, st.s.Page.Links, 1)
	last := conversation.SpendLinkRequest{ID: "d", Issued: now, Expires: now + 9000}
	st.tell(`unfollow ->`)
	require.ErrorIs(t, st.s.CheckLink(st.now, last), conversation.ErrFollowerGone)
	st.tell(`follow at=1 -> onboard looking`)
	require.ErrorIs(t, st.s.CheckLink(st.now, last), conversation.ErrFollowerGone)
	last.Issued = st.now.Unix() + 2
	require.NoError(t, st.s.CheckLink(st.now, last))
}

// A session that the follower ended stays invalid until it would have expired. If there are too many, all are
// invalid.
func TestSignOut(t *testing.T) {
	t.Parallel()
	st := aStory(t, conversation.Policy{})
	now := st.now.Unix()
	ended := func(id string, expires int64) conversation.Inbound {
		return conversation.SignOut("oAlice", conversation.EndedSession{ID: id, Expires: expires})
	}
	st.tell(`follow at=1 -> onboard looking`)
	before := st.s.WindowView(conversation.Policy{})
	for _, in := range []conversation.Inbound{ended("a", now+600), ended("a", now+600), ended("b", now+60),
		ended("past", now)} {
		st.step(in)
	}
	require.Equal(t, []string{"a", "b"}, st.s.PageView().Over)
	require.Equal(t, before, st.s.WindowView(conversation.Policy{}), "it says nothing about the chat")
	require.True(t, st.s.PageView().Follows)
	st.now = st.now.Add(time.Minute)
	st.step(ended("c", now+900))
	require.Equal(t, []string{"a", "c"}, st.s.PageView().Over)
	require.Zero(t, st.s.PageView().Ended)
	for i := range 49 {
		st.step(ended(fmt.Sprint(i), now+900))
	}
	require.Equal(t, now+60, st.s.PageView().Ended)
	require.Empty(t, st.s.PageView().Over)
	st.step(conversation.Inbound{Key: "k", Kind: conversation.KindSignOut})
	require.Equal(t, 1, st.s.View().Unused)
}

// Actions in the chat show whether someone follows; actions on the page do not.
func TestWhoFollows(t *testing.T) {
	t.Parallel()
	st := aStory(t, conversation.Policy{})
	st.step(conversation.SignOut("oAlice", conversation.EndedSession{ID: "a", Expires: st.now.Unix() + 1}))
	require.False(t, st.s.PageView().Follows)
	st.tell(`follow at=1 -> onboard looking`)
	require.True(t, st.s.PageView().Follows)
	st.tell(`unfollow at=2 ->`)
	require.False(t, st.s.PageView().Follows)
}

// The page shows the pictures that WeChat still keeps, and knows the threads that the follower wrote in.
func TestPageKeeps(t *testing.T) {
	t.Parallel()
	st := aStory(t, conversation.Policy{})
	for i := range 70 {
		id := fmt.Sprint(i)
		st.step(st.event([]string{"message", id}, nil))
		st.step(conversation.Closed{WorkflowID: long("m" + id), Outcome: conversation.Outcome{Found: conversation.Found{
			Thread:   conversation.Thread{RootMessageID: id, TicketID: "T" + id},
			Pictures: []conversation.WebPicture{{TicketID: "T" + id, MediaID: id, Until: st.now.Unix() + 100}},
		}}})
	}
	require.Len(t, st.s.Page.Threads, 50)
	require.Len(t, st.s.PageView().Pictures, 60)
	st.now = st.now.Add(time.Hour)
	st.tell(`message 100 -> start m100 in T69
		m100 closed ->`)
	require.Empty(t, st.s.PageView().Pictures)
	require.Equal(t, "T69", st.s.CurrentTicket())
}

// Texts that answer a message at once are sent once per period.
func TestTold(t *testing.T) {
	t.Parallel()
	day := int64(24 * time.Hour / time.Second)
	begin := time.Unix(1_700_000_000, 0)
	for _, tt := range []struct {
		name   string
		policy conversation.Policy
		lines  string
		told   *conversation.TellRequest // before; relative to the beginning
		ask    conversation.TellRequest
		until  int64
		err    error
	}{
		{name: "the first", ask: conversation.TellRequest{Kind: "received", At: 1, Next: 2 * day}},
		{name: "the number answers", policy: conversation.Policy{TellNumber: true},
			ask: conversation.TellRequest{Kind: "received", At: 1, Next: 2 * day}, until: 2 * day},
		{name: "beside the number", policy: conversation.Policy{TellNumber: true},
			ask: conversation.TellRequest{Kind: "closed", At: 1, Next: day}},
		{name: "told before", told: &conversation.TellRequest{Kind: "received", Next: 2 * day},
			ask: conversation.TellRequest{Kind: "received", At: day, Next: 3 * day}, until: 3 * day},
		{name: "put off by each message", told: &conversation.TellRequest{Kind: "received", Next: 2 * day}, lines: `
			wait 24h   ->
			message 1  -> start m1`,
			ask: conversation.TellRequest{Kind: "received", At: 2*day + 1, Next: 4 * day}, until: 4 * day},
		{name: "told long ago", told: &conversation.TellRequest{Kind: "received", Next: 2 * day},
			ask: conversation.TellRequest{Kind: "received", At: 3 * day, Next: 5 * day}},
		{name: "closed, told before", told: &conversation.TellRequest{Kind: "closed", Next: day},
			ask: conversation.TellRequest{Kind: "closed", At: 9, Next: 10}, until: day},
		{name: "who left", lines: `unfollow ->`, ask: conversation.TellRequest{Kind: "closed", At: 1, Next: day}, until: day},
		{name: "no such kind", ask: conversation.TellRequest{Kind: "birthday", At: 1, Next: day},
			err: conversation.ErrTellKind},
		{name: "in the past", ask: conversation.TellRequest{Kind: "closed", At: day, Next: 1}, err: conversation.ErrTellKind},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			st := aStory(t, tt.policy)
			since := func(r conversation.TellRequest) conversation.TellRequest {
				r.At, r.Next = r.At+begin.Unix(), r.Next+begin.Unix()
				return r
			}
			if tt.told != nil {
				st.step(conversation.Tell{TellRequest: since(*tt.told)})
			}
			st.tell(tt.lines)
			until, err := st.s.CheckTell(tt.policy, since(tt.ask))
			if until != 0 {
				until -= begin.Unix()
			}
			require.Equal(t, tt.until, until)
			require.ErrorIs(t, err, tt.err)
		})
	}
}

func TestStatusTexts(t *testing.T) {
	t.Parallel()
	texts := conversation.NewStatusTexts(map[string]string{"2": "accepted", "YJ": "on the way", "5": "re\x1esol\x1fved"})
	for status, text := range map[string]string{"2": "accepted", "YJ": "on the way", "5": "resolved", "4": "", "": ""} {
		require.Equal(t, text, texts.Of(status))
	}
	require.Empty(t, conversation.NewStatusTexts(nil))
}

func TestView(t *testing.T) {
	t.Parallel()
	st := aStory(t, conversation.Policy{}).tell(`
		message 1        -> start m1
		message 2        ->
		m1 parked        -> start m2
		wait 1m          ->
		message 3        ->
		reply 1          -> start r1
		r1 held          ->
		reply 2          -> start r2 held`)
	view := st.s.View()
	require.Equal(t, []string{long("r1"), long("r2")}, view.Held)
	require.Equal(t, []string{long("m1")}, view.Parked)
	require.Equal(t, 1, view.WaitingMessages)
	require.Equal(t, st.now.Unix(), view.Oldest)
	require.Equal(t, 1, st.s.Waits())
	require.False(t, st.s.AtRest())
	require.Equal(t, []string{long("m2")}, st.s.Running())
	require.Equal(t, 2, st.s.WindowView(st.policy).Held)
}

// TestKeysOfOtherContent: a key identifies one submission. If one with different content gets this far, which only a
// signal allows, it was promised to the follower and becomes a submission of its own.
func TestKeysOfOtherContent(t *testing.T) {
	t.Parallel()
	first := conversation.OpenTicketRequest{Key: "opened123", Content: "aaaaaaaaaaaaaaaaaaaaaaaa", Subject: "broken",
		Text: "help"}
	other := first
	other.Content, other.Text = "bbbbbbbbbbbbbbbbbbbbbbbb", "something else"
	silent := first
	silent.Content = ""
	st := aStory(t, published)
	require.False(t, st.s.Reused(first.Inbound()))
	require.Equal(t, []string{"start mweb-opened123 aside"}, st.step(first.Inbound()))
	require.False(t, st.s.Reused(first.Inbound()), "the same again is the same submission")
	require.False(t, st.s.Reused(silent.Inbound()))
	require.True(t, st.s.Reused(other.Inbound()))
	st.step(conversation.Closed{WorkflowID: long("mweb-opened123")})
	require.Empty(t, st.step(first.Inbound()))
	require.Empty(t, st.step(silent.Inbound()))
	require.Equal(t, []string{"start mweb-opened123bbbbbbbbbbbbbbbb aside"}, st.step(other.Inbound()))
	st.step(conversation.Closed{WorkflowID: long("mweb-opened123bbbbbbbbbbbbbbbb")})
	require.Empty(t, st.step(other.Inbound()))
}
