package activities

import (
	"context"
	"errors"
	"maps"
	"time"

	"go.temporal.io/sdk/activity"
)

// Erasures deletes what is stored about a follower.
type Erasures interface {
	// Erase deletes everything from before the mark, and returns when nothing of it is listed any more. Repeating it is
	// harmless.
	Erase(ctx context.Context, in EraseInput) (Erased, error)
}

// EraseInput identifies a follower without the openid.
type EraseInput struct {
	Account     string `json:"account"`
	FollowerKey string `json:"follower_key"`
	// Marked is when the mark of the erasure was set, by Temporal's clock: what the follower does later is kept. Zero:
	// each attempt sets a mark of its own.
	Marked time.Time `json:"marked,omitzero"`
}

func (in EraseInput) account() string { return in.Account }

// Erased is what was deleted. It identifies nobody.
type Erased struct {
	Closed  int            `json:"closed"`
	Deleted int            `json:"deleted"`
	ByType  map[string]int `json:"deleted_by_type,omitempty"`
}

// Add adds what another erasure of the same follower deleted, in whatever order.
//
//workflowcheck:ignore
func (e *Erased) Add(more Erased) {
	e.Closed, e.Deleted = e.Closed+more.Closed, e.Deleted+more.Deleted
	byType := maps.Clone(e.ByType)
	if byType == nil {
		byType = map[string]int{}
	}
	for name, n := range more.ByType {
		byType[name] += n
	}
	e.ByType = byType
}

// EraseFollower deletes what the connector stores about a follower. It takes a minute or so.
func (a *Operations) EraseFollower(ctx context.Context, in EraseInput) (Erased, error) {
	if a.Erasures == nil {
		return Erased{}, permanent(ErrorInternal, errors.New("this worker cannot erase"))
	}
	erased, err := a.Erasures.Erase(ctx, in)
	if err != nil {
		activity.GetLogger(ctx).Warn("an erasure is not complete: it goes on", "error", err)
	}
	return erased, err
}
