package operate

import (
	"slices"
	"time"

	"github.com/wechat-c4c/wechat-c4c/wording"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// GivenUp is how a sync ended without being carried out.
type GivenUp struct {
	How    string    `json:"how"`              // skip, cancel or terminate; empty: it ended by itself, for its cause
	By     string    `json:"by,omitempty"`     // the person, as far as known
	Reason string    `json:"reason,omitempty"` // what the person said
	At     time.Time `json:"at"`
}

// givenUp finds who ended the sync, and why; nil if it is open or was carried out.
func (t *timelineBuilder) givenUp(sync Sync) *GivenUp {
	if sync.Open() || sync.State == workflows.StateSynced || len(t.steps) == 0 {
		return nil
	}
	last := t.steps[len(t.steps)-1]
	found := &GivenUp{At: last.At}
	for _, step := range slices.Backward(t.steps) {
		if slices.Contains([]string{workflows.CommandSkip, "cancel", "terminate"}, step.command.name) {
			found.How, found.By, found.Reason = step.command.name, step.command.Actor, step.command.Reason
			break
		}
	}
	return found
}

// byPerson reports whether a person ended the sync.
func (g *GivenUp) byPerson() bool { return g != nil && g.How != "" }

func (g *GivenUp) line(l wording.Language, now time.Time) string {
	who := l.Say("by itself")
	if g.byPerson() {
		who = g.How + by(g.By)
	}
	line := l.Say("%s, %s (%s ago)", who, stamp(g.At), Age(now.Sub(g.At)))
	if g.Reason != "" {
		line += ": " + g.Reason
	}
	return line
}
