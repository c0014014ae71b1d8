package workflows

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/activities"
)

// What ended otherwise than it should says who ended it.
func TestDetailsTellWhoGaveASyncUp(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		actor, says string
	}{
		"a person with a name": {"ada", "Given up by ada."},
		"a person in the UI":   {"", "Given up by a person."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := quiet(t)
			s.will("AddMessage", parking(activities.ErrorC4CRejected))
			message := s.say("hello")
			s.command(message, CommandSkip, test.actor)
			s.check(func() {
				require.Equal(t, StateSkipped, s.state(message))
				require.Contains(t, s.details(message), test.says)
			})
			s.run()
		})
	}
}
