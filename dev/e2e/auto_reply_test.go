package e2e

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/config"
)

// The first message is answered with the new ticket's number. After two silent days a following message is answered
// immediately.
func TestMessagesAreAnsweredAtOnceOncePerWindow(t *testing.T) {
	t.Parallel()
	s := newStack(t, recording("told"), withSettings(func(c *config.Config) { c.Language = "en" }))
	ticket := s.withTicket("oAlice")
	s.say("oAlice", "still squealing")
	require.Len(t, s.read("oAlice", "passive"), 1, "the welcome")
	s.closeWindow()
	s.say("oAlice", "hello?")
	passive := s.read("oAlice", "passive")
	require.Len(t, passive, 2)
	require.Contains(t, passive[1], "your message for ticket "+ticket.ID)
	s.say("oAlice", "anybody?")
	require.Len(t, s.read("oAlice", "passive"), 2)
	s.waitForThread("my brakes squeal", "still squealing", "hello?", "anybody?")
}

func TestMessagesOutsideBusinessHours(t *testing.T) {
	t.Parallel()
	yesterday := time.Now().UTC().AddDate(0, 0, -1).Format("Mon")[:2]
	s := newStack(t, withSettings(func(c *config.Config) {
		c.Language, c.Hours.Open, c.Hours.Zone = "en", yesterday+" 09:00-10:00", "UTC"
	}))
	s.follow("oAlice")
	s.say("oAlice", "anybody there?")
	s.say("oAlice", "hello?")
	passive := s.read("oAlice", "passive")
	require.Len(t, passive, 2, "the welcome, and once that nobody is there")
	require.Contains(t, passive[1], "from "+time.Now().UTC().AddDate(0, 0, 6).Weekday().String())
	s.waitFor("the number told all the same", func() bool { return len(s.read("oAlice", "customer_service")) == 1 })
}

// Measures what asking the conversation costs a webhook: the time of a first and of a later message, without and with a
// worker to ask.
func TestAnswerAtOnceIsQuick(t *testing.T) {
	t.Parallel()
	s := newStack(t, withSettings(func(c *config.Config) { c.TellNumber = false }))
	s.follow("oAlice")
	took := func(n int) time.Duration {
		var all []time.Duration
		for range n {
			began := time.Now()
			require.Equal(t, 200, s.say("oAlice", "hello").Status)
			all = append(all, time.Since(began))
		}
		slices.Sort(all)
		return all[len(all)/2]
	}
	first, later := took(1), took(10)
	t.Logf("first message %s, later ones %s", first, later)
	require.Len(t, s.read("oAlice", "passive"), 2)
	require.NoError(t, s.StopWorker())
	s.wechat.post("/clock", map[string]any{"advance": "49h"}, nil)
	without := took(1)
	t.Logf("without a worker %s", without)
	require.Less(t, without, 3*time.Second, "WeChat waits for five")
	require.Less(t, took(5), time.Second, "nobody is asked again for a while")
	require.Len(t, s.read("oAlice", "passive"), 2)
	require.NoError(t, s.StartWorker(t.Context()))
}
