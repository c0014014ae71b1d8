package e2e

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/dev/stack"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

func TestMessageBecomesOneTicket(t *testing.T) {
	t.Parallel()
	social(t, func(t *testing.T, kind option) {
		t.Helper()
		s := newStack(t, kind, recording("message"))
		s.follow("oAlice")
		out := s.say("oAlice", "my brakes squeal")
		require.Equal(t, "success", out.Body)

		ticket := s.waitForThread("my brakes squeal")
		row := s.waitForState(workflows.TypeCreateTicket, workflows.StateSynced, 1)[0]
		require.Equal(t, ticket.ID, attributes(row)["TicketID"])
		require.Equal(t, s.profiles()[0].CustomerID, ticket.CustomerID)
		require.Equal(t, "wx:default:oAlice:"+out.MsgID, ticket.Thread[0].MessageID)

		s.say("oAlice", "since yesterday")
		s.waitForThread("my brakes squeal", "since yesterday")
		s.waitForState(workflows.TypeCreateTicket, workflows.StateSynced, 2)
		told := 0
		for _, text := range s.read("oAlice", "customer_service") {
			if strings.Contains(text, ticket.ID) {
				told++
			}
		}
		require.Equal(t, 1, told, "the number is told once per ticket")
	})
}

func TestBurstKeepsItsOrder(t *testing.T) {
	t.Parallel()
	s := newStack(t, recording("burst"))
	s.follow("oAlice")
	s.waitForState(workflows.TypeOnboardFollower, workflows.StateSynced, 1)

	// WeChat posts in parallel: what was sent last may come first.
	now := time.Now().Unix()
	var posts sync.WaitGroup
	for _, message := range []map[string]any{
		{"content": "third", "create_time": now + 1, "msg_id": "30"},
		{"content": "second", "create_time": now, "msg_id": "20"},
		{"content": "first", "create_time": now, "msg_id": "10"},
	} {
		posts.Go(func() { s.send("oAlice", message) })
	}
	posts.Wait()
	s.waitForThread("first", "second", "third")
	s.waitForState(workflows.TypeCreateTicket, workflows.StateSynced, 3)
}

func TestMessageDeliveredThreeTimesArrivesOnce(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name     string
		parallel bool
	}{{"one after the other", false}, {"at once", true}} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newStack(t)
			s.follow("oAlice")
			out := s.send("oAlice", map[string]any{"content": "once", "repeat": 3, "parallel": test.parallel})
			require.Equal(t, 200, out.Status)
			s.waitForThread("once")
			s.waitForState(workflows.TypeCreateTicket, workflows.StateSynced, 1)
			// A pending repeat would arrive before this one.
			s.say("oAlice", "and another")
			s.waitForThread("once", "and another")
			s.waitForState(workflows.TypeCreateTicket, workflows.StateSynced, 2)
			require.Len(t, s.workflows(`WorkflowType = "CreateTicket"`), 2)
		})
	}
}

func TestEveryKindOfMessageLeavesALine(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	s.follow("oAlice")
	words := "the left one"
	for i, test := range []struct {
		message map[string]any
		line    string
	}{
		{map[string]any{"type": "image"}, "图片"},
		{map[string]any{"type": "voice", "recognition": words}, words},
		{map[string]any{"type": "video"}, "视频"},
		{map[string]any{"type": "location", "latitude": 31.2304, "longitude": 121.4737, "label": "Shanghai"}, "Shanghai"},
		{map[string]any{"type": "link", "title": "a title", "url": "https://example.com/x"}, "https://example.com/x"},
	} {
		s.send("oAlice", test.message)
		s.waitFor("the line of "+test.message["type"].(string), func() bool {
			tickets := s.tickets()
			return len(tickets) == 1 && len(tickets[0].texts("follower")) == i+1
		})
		require.Contains(t, s.tickets()[0].texts("follower")[i], test.line)
	}
}

func TestStateSurvivesARestart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	server := startServer(t, stack.State{Dir: dir}.TemporalDB())
	onServer := func(s *scene, o *stack.Options) {
		s.process, o.State, o.Namespace = server, stack.State{Dir: dir}, "default"
	}

	first := newStack(t, onServer)
	first.follow("oAlice")
	first.say("oAlice", "before")
	first.waitForThread("before")
	first.waitForState(workflows.TypeCreateTicket, workflows.StateSynced, 1)
	require.NoError(t, first.Stop())
	require.NoError(t, server.Stop())

	server = startServer(t, stack.State{Dir: dir}.TemporalDB())
	second := newStack(t, onServer)
	second.say("oAlice", "after")
	ticket := second.waitForThread("before", "after")
	second.waitForState(workflows.TypeCreateTicket, workflows.StateSynced, 2)
	require.Len(t, second.customers(), 1)
	second.agentReplies(ticket.ID, "still here", nil)
	second.waitForRead("oAlice", "still here")
}
