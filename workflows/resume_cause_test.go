package workflows

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/conversation"
)

// watch starts the workflow of a cause; counts are the numbers of parked syncs, now and after each release.
func (s *stage) watch(counts ...int) string {
	return s.watchOf(activities.ErrorC4CCredentials, counts...)
}

func (s *stage) watchOf(cause string, counts ...int) string {
	s.tenant.parked.counts = counts
	s.env.SetOnActivityStartedListener(func(info *activity.Info, _ context.Context, _ converter.EncodedValues) {
		if info.ActivityType.Name == "ProbeC4C" || info.ActivityType.Name == "ProbeWeChat" {
			s.probes = append(s.probes, s.env.Now().Sub(dawn.Add(time.Second)).Round(time.Second))
		}
	})
	id := ResumeCauseID(testAccount, cause)
	s.start(id, TypeResumeCause, ResumeCauseInput{Account: testAccount, Cause: cause})
	return id
}

// However long an outage was, its end is found within fifteen seconds.
func TestResumeCauseFindsTheEndAtOnce(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.tenant.will("ProbeC4C", times(2000, parking(activities.ErrorC4CCredentials))...)
	id := s.watch(3)
	s.advance(2 * time.Hour)
	s.check(func() {
		s.tenant.forget("ProbeC4C") // fixed
		s.tenant.parked.counts = []int{3, 2, 0}
		require.InDelta(t, 2*time.Hour/(10*time.Second), len(s.probes), 30)
		require.Empty(t, s.tenant.parked.released)
	})
	s.advance(13 * time.Second)
	s.check(func() { require.NotEmpty(t, s.tenant.parked.released) })
	s.advance(10 * time.Second)
	s.run()
	require.Equal(t, []int{1, 0}, s.tenant.parked.released, "the oldest goes ahead, then all")
	require.WithinDuration(t, dawn.Add(2*time.Hour), s.tenant.parked.at, 30*time.Second, "the release carries its time")
	s.requireSynced(id)
}

// An operator's retries in vain, however many, do not delay the moment when the end is found.
func TestResumeCauseFindsTheEndAfterRetriesInVain(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.tenant.will("ProbeC4C", times(2000, parking(activities.ErrorC4CCredentials))...)
	id := s.watch(3)
	for range 6 {
		s.advance(time.Minute)
		s.command(id, CommandRetry, "ada")
	}
	s.advance(9 * time.Minute)
	s.check(func() {
		s.tenant.forget("ProbeC4C") // fixed
		s.tenant.parked.counts, s.tenant.parked.released = []int{3, 2, 0}, nil
	})
	s.advance(15 * time.Second)
	s.check(func() { require.NotEmpty(t, s.tenant.parked.released) })
	s.advance(10 * time.Second)
	s.run()
	s.requireSynced(id)
}

// A quota ends by the clock: it is probed less and less often.
func TestResumeCauseProbesAQuotaLessAndLessOften(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.tenant.will("ProbeWeChat", times(8, parking(activities.ErrorWeChatQuotaExhausted))...)
	id := s.watchOf(activities.ErrorWeChatQuotaExhausted, append(slices.Repeat([]int{3}, 9), 2, 0)...)
	s.advance(time.Hour)
	s.run()
	require.Equal(t, seconds(10, 30, 70, 150, 310, 610, 910, 1210, 1510), s.probes, "at most five minutes apart")
	require.Equal(t, []int{1, 0}, s.tenant.parked.released, "the oldest goes ahead, then all")
	s.requireSynced(id)
}

func seconds(n ...int) (all []time.Duration) {
	for _, n := range n {
		all = append(all, time.Duration(n)*time.Second)
	}
	return all
}

func TestResumeCauseLooksAgain(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name     string
		counts   []int // before; after one; after all; and so on
		released []int
		probes   []int // seconds after the start
	}{
		{"nobody is parked", []int{0}, nil, []int{10}},
		{"one was parked", []int{1, 0}, []int{1}, []int{10}},
		{"some were kept back", []int{5, 4, 2, 2, 1, 0}, []int{1, 0, 1, 0}, []int{10, 30}},
		{"the oldest meets it again", []int{5, 5, 5, 5, 5, 4, 0}, []int{1, 1, 1, 0},
			[]int{10, 35, 80}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t)
			id := s.watch(test.counts...)
			s.advance(time.Hour)
			s.run()
			require.Equal(t, test.released, s.tenant.parked.released)
			require.Equal(t, seconds(test.probes...), s.probes)
			s.requireSynced(id)
		})
	}
}

// An operator's retry releases all at once, whatever the probe finds; the probe lets the calls pass.
func TestResumeCauseOnCommand(t *testing.T) {
	t.Parallel()
	for name, found := range map[string]error{"mended": nil, "not mended": parking(activities.ErrorC4CCredentials)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t)
			s.tenant.will("ProbeC4C", found)
			id := s.watch(5, 0)
			verdict := s.command(id, CommandRetry, "ada")
			s.advance(time.Minute)
			s.run()
			require.True(t, verdict.accepted)
			require.Equal(t, []int{0}, s.tenant.parked.released)
			require.Equal(t, []string{"ProbeC4C", "CountParked", "ReleaseParked", "CountParked"}, s.tenant.calls)
			s.requireSynced(id)
		})
	}
}

func TestResumeCauseBySignal(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	id := s.watch(5, 0)
	s.step(func() { s.signal(id, CommandRetry, Command{Actor: "ada"}) })
	s.advance(10 * time.Second)
	s.run()
	require.Equal(t, []int{0}, s.tenant.parked.released)
	s.requireSynced(id)
}

func TestResumeCauseIsSkipped(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	id := s.watch(5)
	s.command(id, CommandSkip, "ada")
	s.run()
	require.Empty(t, s.tenant.parked.released)
	require.Equal(t, StateSkipped, s.state(id))
	require.NoError(t, s.closed[id])
}

func TestResumeCauseIsCancelled(t *testing.T) {
	t.Parallel()
	for name, wait := range map[string]time.Duration{"while it waits": time.Second,
		"while it looks again": 16 * time.Second} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t)
			id := s.watch(5)
			s.advance(wait)
			s.step(func() { s.env.CancelWorkflowByID(id, "") })
			s.run()
			require.True(t, temporal.IsCanceledError(s.closed[id]), s.closed[id])
			require.Equal(t, StateSkipped, s.state(id))
		})
	}
}

func TestResumeCauseAsksTheSystemOfItsCause(t *testing.T) {
	t.Parallel()
	for cause, probe := range map[string]string{
		activities.ErrorC4CCredentials: "ProbeC4C", activities.ErrorC4CNotAuthorized: "ProbeC4C",
		activities.ErrorWeChatIPNotAllowed: "ProbeWeChat", activities.ErrorWeChatQuotaExhausted: "ProbeWeChat",
	} {
		s := newStage(t)
		s.start(ResumeCauseID(testAccount, cause), TypeResumeCause, ResumeCauseInput{Account: testAccount, Cause: cause})
		s.advance(time.Minute)
		s.run()
		require.Equal(t, []string{probe, "CountParked"}, s.tenant.calls, cause)
	}
}

func TestResumeCauseTellsHowItStands(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	said := temporal.NewNonRetryableApplicationError("no", activities.ErrorC4CCredentials, nil,
		activities.Failure{Code: "HTTP 401"})
	s.tenant.will("ProbeC4C", append([]error{said}, times(35, parking(activities.ErrorC4CUnavailable))...)...)
	id := s.watch(5, 5, 5)
	tells := func(parts ...string) {
		s.check(func() {
			t.Helper()
			text := s.details(id)
			for _, part := range append(parts, "### All syncs under C4CCredentials", "**C4CCredentials**: "+
				activities.CauseOf(activities.ErrorC4CCredentials).Meaning,
				"**What to do:** "+activities.CauseOf(activities.ErrorC4CCredentials).Remedy, "`retry` releases them now") {
				require.Contains(t, text, part)
			}
			require.NotContains(t, text, "- message: \n")
		})
	}
	tells("It is probed for the first time at 2026-01-05 08:00:11 UTC.")
	s.advance(15 * time.Second)
	tells("- code: `HTTP 401`", "- called: 2026-01-05 08:00:11 UTC",
		"**5** wait under it, as of 2026-01-05 08:00:11 UTC. It is probed every ten seconds.")
	s.advance(5*time.Minute + 15*time.Second)
	tells("The last probe failed for another reason, **C4CUnavailable**")
	s.advance(70 * time.Second)
	tells("The last probe went through, but syncs met the cause again", "**5** wait under it", "It is probed next at ")
	s.run()
}

// A cause may last for weeks: the history stays short.
func TestResumeCauseContinuesAsNew(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.tenant.will("ProbeWeChat", times(maxProbes+5, parking(activities.ErrorWeChatQuotaExhausted))...)
	id := s.watchOf(activities.ErrorWeChatQuotaExhausted, 1, 0)
	s.advance((maxProbes + 20) * lastProbe)
	s.run()
	require.Equal(t, 2, s.runs[id]+continued(s.closed[id]))
	require.Len(t, s.probes, maxProbes+6)
	s.requireSynced(id)
}

// continued counts a run that ended by continuing as new.
func continued(err error) int {
	if _, ok := errors.AsType[*workflow.ContinueAsNewError](err); ok {
		return 1
	}
	return 0
}

// A person may have just fixed the cause that holds all calls back: one call finds out before the sync is retried.
func TestRetryProbesFirst(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, cause string
		bySignal    bool
		want        []string
	}{
		{"refused credentials", activities.ErrorC4CCredentials, false, []string{"ProbeC4C", "AddMessage"}},
		{"a batch", activities.ErrorC4CCredentials, true, []string{"AddMessage"}},
		{"a cause of this sync alone", activities.ErrorC4CRejected, false, []string{"AddMessage"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := quiet(t)
			s.will("AddMessage", parking(test.cause))
			message := s.say("hello")
			before := 0
			s.check(func() { before = len(s.tenant.calls) })
			if test.bySignal {
				s.step(func() { s.signal(message, CommandRetry, Command{Actor: "ada"}) })
			} else {
				s.command(message, CommandRetry, "ada")
			}
			s.run()
			require.Equal(t, test.want, s.tenant.calls[before:before+len(test.want)])
			s.requireSynced(message)
		})
	}
}

// Whatever happens to the workflow that watches for the cause's end, a sync eventually retries by itself.
func TestSyncsUnderACauseTryAgainByThemselves(t *testing.T) {
	t.Parallel()
	s := quiet(t)
	s.will("AddMessage", times(2, parking(activities.ErrorC4CCredentials))...)
	message := s.say("hello")
	s.advance(causeRetry - time.Minute)
	s.requireState(message, StateNeedsAttention, activities.ErrorC4CCredentials)
	s.check(func() { require.Equal(t, 1, s.tenant.count("AddMessage")) })
	s.advance(time.Minute)
	s.check(func() { require.Equal(t, 2, s.tenant.count("AddMessage")) })
	s.advance(2 * causeRetry) // each pause is longer than the one before
	s.run()
	require.Equal(t, 3, s.tenant.count("AddMessage"))
	require.Zero(t, s.tenant.count("ProbeC4C"))
	s.requireSynced(message)
}

// A batch reaches the syncs of a follower in any order; they continue in the order in which they were written.
func TestBatchKeepsTheOrderOfAFollower(t *testing.T) {
	t.Parallel()
	s := quiet(t)
	s.will("AddMessage", parking(activities.ErrorC4CCredentials))
	s.will("SendText", parking(activities.ErrorWeChatIPNotAllowed))
	one, two, three := s.say("one"), s.say("two"), s.say("three")
	first, second := s.replyAt("first", "2026-01-05T08:00:09Z"), s.replyAt("second", "2026-01-05T08:00:10Z")
	// They would park, too: they keep their places behind the first.
	s.requireState(one, StateNeedsAttention, activities.ErrorC4CCredentials)
	s.requireState(two, StateWaiting, "")
	s.requireState(three, StateWaiting, "")
	s.requireState(first, StateNeedsAttention, activities.ErrorWeChatIPNotAllowed)
	s.requireState(second, StateWaiting, "")
	s.step(func() {
		for _, id := range []string{three, second, two, first, one} {
			s.signal(id, CommandRetry, Command{Actor: "ada"})
		}
	})
	s.advance(time.Minute)
	s.run()
	require.Equal(t, [][]string{{"one", "two", "three"}}, s.tenant.texts())
	require.Equal(t, []string{"first", "second"}, s.tenant.received())
	s.requireSynced(one, two, three, first, second)
}

// replyAt is reply with the time at which the agent wrote.
func (s *stage) replyAt(text, createdAt string) string {
	s.converse()
	s.replies++
	smaID := strings.Repeat("7", s.replies)
	s.step(func() {
		s.signal(testConversation, SignalReply, conversation.Reply{SmaID: smaID, TicketID: "1", Text: text,
			CreatedAt: createdAt})
	})
	return conversation.ReplyID(testAccount, smaID)
}
