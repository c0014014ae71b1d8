package activities

import (
	"context"
	"errors"

	"go.temporal.io/sdk/activity"
)

// Erasures deletes what is stored about a follower.
type Erasures interface {
	// Erase deletes everything, and returns when nothing is listed any more. Repeating it is harmless.
	Erase(ctx context.Context, in EraseInput) (Erased, error)
}

// EraseInput identifies a follower without the openid.
type EraseInput struct {
	Account     string `json:"account"`
	FollowerKey string `json:"follower_key"`
}

func (in EraseInput) account() string { return in.Account }

// Erased is what was deleted. It identifies nobody.
type Erased struct {
	Closed  int            `json:"closed"`
	Deleted int            `json:"deleted"`
	ByType  map[string]int `json:"deleted_by_type,omitempty"`
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
