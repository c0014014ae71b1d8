package activities

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"

	"github.com/wechat-c4c/wechat-c4c/c4c"
)

// Parked finds and signals the syncs that are parked under a cause.
type Parked interface {
	// Release makes the parked syncs of a cause retry, oldest first and at most perSecond a second. It calls progress
	// with the number signalled so far and returns the total.
	Release(ctx context.Context, in ReleaseInput, perSecond float64, progress func(told int)) (int, error)
	// Count returns how many syncs are parked under a cause.
	Count(ctx context.Context, account, cause string) (int, error)
}

// Operations holds the activities that call only Temporal. They run on WeChat's queue, which has room.
type Operations struct {
	Parked    Parked
	Replies   Replies
	Followers Followers
	Outcomes  Outcomes
	Erasures  Erasures
}

// CauseInput is a cause that affects every sync of an account.
type CauseInput struct {
	Account string `json:"account"`
	Cause   string `json:"cause"` // an error type
	// Wait makes a probe fail, and so be retried, as long as it finds any cause.
	Wait bool `json:"wait,omitempty"`
}

func (in CauseInput) account() string { return in.Account }

// CountParked returns how many syncs are parked under a cause.
func (a *Operations) CountParked(ctx context.Context, in CauseInput) (int, error) {
	return a.Parked.Count(ctx, in.Account, in.Cause)
}

// releaseRate is how many syncs a second are released. More than C4C can process in parallel would only queue.
const releaseRate = 20

// ReleaseInput is the cause whose syncs may retry.
type ReleaseInput struct {
	CauseInput
	Limit int       `json:"limit,omitempty"` // how many at most, the oldest first; 0: all
	At    time.Time `json:"at,omitzero"`     // by Temporal's clock, when the cause was found to be gone
}

// ReleaseParked makes the parked syncs of a cause retry, gradually. Repeating it is harmless: a sync that is no
// longer parked ignores it.
func (a *Operations) ReleaseParked(ctx context.Context, in ReleaseInput) (int, error) {
	progress := func(told int) { activity.RecordHeartbeat(ctx, told) }
	return a.Parked.Release(ctx, in, releaseRate, progress)
}

// Probe is the result of a probing call.
type Probe struct {
	OK      bool    `json:"ok"`
	Type    string  `json:"type,omitempty"` // the error type if not OK
	Failure Failure `json:"failure"`
}

// ProbeC4C finds out whether C4C accepts calls of this account again, without changing anything.
func (a *C4C) ProbeC4C(ctx context.Context, in CauseInput) (Probe, error) {
	social, err := a.social(in.Account)
	if err != nil {
		return in.probeResult(probeOf(err))
	}
	_, err = social.FindProfile(ctx, "wechat-c4c-probe")
	return in.probeResult(probeOf(fromC4C(ctx, ignoreMissing(err))))
}

// TryWrite finds out whether C4C accepts this worker's writes, in the session that its other writes use. It changes
// nothing.
func (a *C4C) TryWrite(ctx context.Context, in CauseInput) (Probe, error) {
	client, err := a.client(in.Account)
	if err != nil {
		return in.probeResult(probeOf(err))
	}
	return in.probeResult(probeOf(fromC4C(ctx, ignoreMissing(client.TryWrite(ctx)))))
}

// sendPath is the API whose daily quota is used up by replies.
const sendPath = "/cgi-bin/message/custom/send"

// ProbeWeChat finds out whether WeChat accepts calls of this account again. It verifies the token. If the day's quota
// was used up, it asks how much remains. Source:
// https://developers.weixin.qq.com/doc/service/api/base/api_getapiquota.html
func (a *WeChat) ProbeWeChat(ctx context.Context, in CauseInput) (Probe, error) {
	if _, err := a.CheckToken(ctx, TokenInput{Account: in.Account}); err != nil || in.Cause != ErrorWeChatQuotaExhausted {
		return in.probeResult(probeOf(err))
	}
	client, err := a.client(in.Account)
	if err != nil {
		return in.probeResult(probeOf(err))
	}
	quota, err := client.Quota(ctx, sendPath)
	if err == nil && quota.DailyLimit > 0 && quota.Remaining <= 0 {
		return in.probeResult(Probe{Type: ErrorWeChatQuotaExhausted,
			Failure: Failure{Text: fmt.Sprintf("all %d of today are used", quota.DailyLimit)}})
	}
	return in.probeResult(probeOf(fromWeChat(ctx, err)))
}

// probeResult is a probe's result. A probe that waits fails with its finding, so that Temporal retries it.
func (in CauseInput) probeResult(p Probe) (Probe, error) {
	if !in.Wait || p.OK {
		return p, nil
	}
	return Probe{}, temporal.NewApplicationErrorWithOptions("the cause is still there", p.Type,
		temporal.ApplicationErrorOptions{
			Category: temporal.ApplicationErrorCategoryBenign, Details: []any{p.Failure},
		})
}

// probeOf turns an error into a finding, since the error is what the probe is meant to find.
func probeOf(err error) Probe {
	var refused *temporal.ApplicationError
	switch {
	case err == nil:
		return Probe{OK: true}
	case errors.As(err, &refused):
		found := Probe{Type: refused.Type()}
		if refused.HasDetails() {
			// Details in another form give a finding without the other side's words.
			_ = refused.Details(&found.Failure)
		}
		return found
	}
	return Probe{Type: ErrorInternal}
}

// ignoreMissing treats "not found" as a normal answer.
func ignoreMissing(err error) error {
	if errors.Is(err, c4c.ErrNotFound) {
		return nil
	}
	return err
}
