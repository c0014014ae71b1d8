package workflows

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/activities"
)

// Operators who read why a sync waits also read since when, however often it was retried in the meantime.
func TestSinceWhenASyncIsParked(t *testing.T) {
	t.Parallel()
	s := quiet(t)
	s.follow()
	s.will("AddMessage", parking(activities.ErrorC4CRejected), parking(activities.ErrorC4CRejected),
		parking(activities.ErrorC4CCredentials))
	id := s.say("hello")
	parked := stamp(dawn.Add(s.clock))
	const since = "\n- for this reason since: "
	s.check(func() { require.NotContains(t, s.details(id), since, "it is called at the same time") })
	s.advance(time.Hour)
	s.command(id, CommandRetry, "ada")
	s.check(func() { require.Contains(t, s.details(id), since+parked) })
	s.advance(time.Hour)
	s.command(id, CommandRetry, "ada")
	s.check(func() { require.NotContains(t, s.details(id), parked, "this is another reason") })
	s.run()
	require.Equal(t, StateNeedsAttention, s.state(id))
}
