package c4c

import (
	"fmt"
	"maps"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// at is a time of the tests, as C4C writes it.
func at(minute int) (time.Time, string) {
	t := time.Date(2026, 3, 2, 8, minute, 0, 0, time.UTC)
	return t, fmt.Sprintf("/Date(%d)/", t.UnixMilli())
}

// agentWrites adds a reply to a thread.
func (f *fake) agentWrites(text string, minute int, root row, more row) row {
	reply := f.addActivity("C4C-"+text, text, row{"ObjectID": "00163E0A00011EE980000000000000B0"}, root)
	_, written := at(minute)
	reply["InitiatorCode"], reply["SocialMediaActivityProviderID"], reply["SocialMediaMessageAuthor"] = "1", "WECHAT",
		"Chen Li"
	reply["PrivateSocialMediaMessageIndicator"], reply["SocialMediaMessageCreationDateTime"] = false, written
	maps.Copy(reply, more)
	return reply
}

// conversation is a thread of a follower in a tenant.
func conversation(t *testing.T) (*Client, *fake, row) {
	t.Helper()
	c, f := setup(t, SocialSOAP)
	root := f.addActivity("wx:a:oAlice:1", "first", f.addProfile("oAlice", "Alice"), nil)
	_, written := at(0)
	root["InitiatorCode"], root["SocialMediaActivityProviderID"], root["SocialMediaMessageCreationDateTime"] = "2",
		"WECHAT", written
	return c, f, root
}

func TestAgentReplies(t *testing.T) {
	t.Parallel()
	c, f, root := conversation(t)
	f.agentWrites("too old", 9, root, nil)
	one := f.agentWrites("one", 10, root, nil)
	f.agentWrites("of a customer", 11, root, row{"InitiatorCode": "2"})
	f.agentWrites("on another channel", 12, root, row{"SocialMediaActivityProviderID": "OTHER"})
	note := f.agentWrites("note", 13, root, row{"PrivateSocialMediaMessageIndicator": true})
	f.agentWrites("too young", 15, root, nil)
	from, _ := at(10)
	to, _ := at(14)

	page, err := c.AgentReplies(t.Context(), AgentReplyQuery{From: from.Add(time.Millisecond), To: to, Top: 100})
	require.NoError(t, err)
	require.Zero(t, page.Next)
	require.Len(t, page.Replies, 2)
	first, _ := at(10)
	require.Equal(t, AgentReply{
		ID: one.text("ID"), UUID: one.text("UUID"), MessageID: "C4C-one", RootUUID: root.text("UUID"), CreatedAt: first,
	}, page.Replies[0])
	require.Equal(t, note.text("ID"), page.Replies[1].ID)
	require.True(t, page.Replies[1].Private)
	require.Len(t, f.seen(), 1)
	asked, err := url.ParseQuery(f.seen()[0].query)
	require.NoError(t, err)
	require.Equal(t, "SocialMediaActivityProviderID eq 'WECHAT' and InitiatorCode eq '1' and "+
		"SocialMediaMessageCreationDateTime ge datetimeoffset'2026-03-02T08:10:00Z'", asked.Get("$filter"))
	require.Equal(t, "SocialMediaMessageCreationDateTime", asked.Get("$orderby"))
	require.NotContains(t, asked.Get("$select"), "Text")
}

func TestAgentRepliesInParts(t *testing.T) {
	t.Parallel()
	for _, size := range []int{1000, 1} { // the second server gives less than it is asked for
		c, f, root := conversation(t)
		f.pageSize = size
		f.agentWrites("young, and out of order", 40, root, nil)
		for minute := range 5 {
			f.agentWrites(fmt.Sprint(minute), 10+minute, root, nil)
		}
		f.agentWrites("too young", 30, root, nil)
		from, _ := at(0)
		to, _ := at(20)
		var texts []string
		for skip, calls := 0, 0; ; calls++ {
			require.Less(t, calls, 7)
			page, err := c.AgentReplies(t.Context(), AgentReplyQuery{From: from, To: to, Top: 2, Skip: skip})
			require.NoError(t, err)
			for _, r := range page.Replies {
				texts = append(texts, r.MessageID)
			}
			if skip = page.Next; skip == 0 {
				break
			}
		}
		require.Equal(t, []string{"C4C-0", "C4C-1", "C4C-2", "C4C-3", "C4C-4"}, texts)
	}
}

func TestAgentRepliesThatAnotherServerMixesUp(t *testing.T) {
	t.Parallel()
	c, f, _ := conversation(t)
	_, written := at(10)
	f.answer(200, nil, `{"d":{"results":[
		{"ObjectID":"00163E0A00011EE98000000000000001","ID":"1","InitiatorCode":"2","SocialMediaActivityProviderID":"WECHAT","SocialMediaMessageCreationDateTime":"`+written+`"},
		{"ObjectID":"00163E0A00011EE98000000000000002","ID":"2","InitiatorCode":"1","SocialMediaActivityProviderID":"OTHER","SocialMediaMessageCreationDateTime":"`+written+`"},
		{"ObjectID":"00163E0A00011EE98000000000000003","ID":"3","InitiatorCode":"1","SocialMediaActivityProviderID":"WECHAT"},
		{"ObjectID":"00163E0A00011EE98000000000000004","ID":"4","InitiatorCode":"1","SocialMediaActivityProviderID":"WECHAT","SocialMediaMessageCreationDateTime":"`+written+`"}]}}`)
	from, _ := at(5)
	to, _ := at(20)
	page, err := c.AgentReplies(t.Context(), AgentReplyQuery{From: from, To: to})
	require.NoError(t, err)
	require.Len(t, page.Replies, 1, "what is no agent's reply of this channel and time goes nowhere")
	require.Equal(t, "4", page.Replies[0].ID)
	require.Equal(t, "00163E0A-0001-1EE9-8000-000000000004", page.Replies[0].UUID)
}

func TestAgentRepliesFail(t *testing.T) {
	t.Parallel()
	c, f, _ := conversation(t)
	for _, q := range []AgentReplyQuery{{Top: -1}, {Top: 1001}, {Skip: -1}} {
		_, err := c.AgentReplies(t.Context(), q)
		requireClass(t, err, ErrRejected)
	}
	f.answer(503, nil, "")
	_, err := c.AgentReplies(t.Context(), AgentReplyQuery{})
	requireClass(t, err, ErrUnavailable)
}

func TestAgentReply(t *testing.T) {
	t.Parallel()
	c, f, root := conversation(t)
	answer := f.agentWrites("come by", 10, root, nil)
	written, _ := at(10)
	want := AgentReply{
		ID: answer.text("ID"), UUID: answer.text("UUID"), MessageID: "C4C-come by", RootUUID: root.text("UUID"),
		CreatedAt: written,
		Author:    "Chen Li", Text: "come by", RootID: root.text("ID"), RootMessageID: "wx:a:oAlice:1",
	}
	got, err := c.AgentReply(t.Context(), answer.text("UUID"), root.text("UUID"))
	require.NoError(t, err)
	require.Equal(t, want, got)
	require.Len(t, f.seen(), 1)

	for _, unknown := range []string{"", answer.text("UUID"), "00163E0A-0001-1EE9-8000-00000000FFFF"} {
		got, err = c.AgentReply(t.Context(), answer.text("UUID"), unknown)
		require.NoError(t, err)
		require.Equal(t, "come by", got.Text)
		require.Empty(t, got.RootID+got.RootMessageID)
	}
	answer["PrivateSocialMediaMessageIndicator"] = true
	got, err = c.AgentReply(t.Context(), answer.text("UUID"), "")
	require.NoError(t, err)
	require.True(t, got.Private)
}

func TestAgentReplyThatIsNone(t *testing.T) {
	t.Parallel()
	c, f, root := conversation(t)
	_, err := c.AgentReply(t.Context(), "00163E0A-0001-1EE9-8000-00000000FFFF", "")
	requireClass(t, err, ErrNotFound)
	_, err = c.AgentReply(t.Context(), root.text("UUID"), "")
	requireClass(t, err, ErrNotFound)
	other := f.agentWrites("on another channel", 10, root, row{"SocialMediaActivityProviderID": "OTHER"})
	_, err = c.AgentReply(t.Context(), other.text("UUID"), root.text("UUID"))
	requireClass(t, err, ErrNotFound)
	_, err = c.AgentReply(t.Context(), "", "")
	requireClass(t, err, ErrRejected)
	f.answer(401, nil, "")
	_, err = c.AgentReply(t.Context(), other.text("UUID"), "")
	requireClass(t, err, ErrUnauthorized)
}
