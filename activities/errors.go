package activities

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"

	"github.com/wechat-c4c/wechat-c4c/c4c"
	"github.com/wechat-c4c/wechat-c4c/wechat"
)

// Types of the application errors that activities return. The names are persisted: operators search syncs by them
// (search attribute SyncError), and workflows decide by them.
const (
	ErrorWeChatBusy           = "WeChatBusy"           // -1: retried
	ErrorWeChatUnavailable    = "WeChatUnavailable"    // no connection, 5xx: retried
	ErrorWeChatRateLimited    = "WeChatRateLimited"    // 45011: retried in the next minute
	ErrorWeChatQuotaExhausted = "WeChatQuotaExhausted" // 45009: until midnight in Beijing
	ErrorWeChatTokenRefused   = "WeChatTokenRefused"   // 40001, 40014, 42001 even with a fresh token: retried
	// 40164, 61004, 89501 …: allow the address named in the text
	ErrorWeChatIPNotAllowed        = "WeChatIPNotAllowed"
	ErrorWeChatCredentials         = "WeChatCredentials"         // 40013, 40125, 40243; 40001 when fetching the token
	ErrorWeChatNotPermitted        = "WeChatNotPermitted"        // 48001, 48004, 48008 …: the account may not do this
	ErrorWeChatWindowClosed        = "WeChatWindowClosed"        // 45015
	ErrorWeChatWindowUsedUp        = "WeChatWindowUsedUp"        // 45047
	ErrorWeChatFollowerGone        = "WeChatFollowerGone"        // 43004, 50005
	ErrorWeChatFollowerUnreachable = "WeChatFollowerUnreachable" // 40003, 43019, 48002, 49003, 50002 …
	ErrorWeChatMediaExpired        = "WeChatMediaExpired"        // 40007, 46001: WeChat keeps files for three days
	ErrorWeChatMediaTooLarge       = "WeChatMediaTooLarge"       // a follower's file above our own limit
	ErrorWeChatRejected            = "WeChatRejected"            // 45002, 87014 …, HTTP 413: the content was refused
	ErrorWeChatRefused             = "WeChatRefused"             // any other errcode
	// 40037, 41030, 47003: the template, its page or its values
	ErrorWeChatTemplateRefused = "WeChatTemplateRefused"
	ErrorWeChatNotDelivered    = "WeChatNotDelivered"   // a notice that WeChat accepted and could not deliver
	ErrorWeChatOutcomeUnknown  = "WeChatOutcomeUnknown" // a send that may or may not have arrived

	ErrorC4CUnavailable   = "C4CUnavailable"   // no connection, timeout, 429, 5xx: retried
	ErrorC4CLocked        = "C4CLocked"        // someone is editing the object: retried
	ErrorC4CFault         = "C4CFault"         // "web service processing error": retried for some minutes, then parked
	ErrorC4CConflict      = "C4CConflict"      // 412: read again and retried
	ErrorC4CTicketPending = "C4CTicketPending" // C4C has not made the ticket of a new thread yet: retried
	ErrorC4CTicketMissing = "C4CTicketMissing" // C4C has not made the ticket of a new thread for minutes
	ErrorC4CReplyPending  = "C4CReplyPending"  // C4C does not show the activity of a reply yet: retried
	ErrorC4CCredentials   = "C4CCredentials"   // 401
	ErrorC4CNotAuthorized = "C4CNotAuthorized" // authorization or communication arrangement missing
	ErrorC4CReadOnly      = "C4CReadOnly"      // 106, 107: completed or closed
	ErrorC4CRejected      = "C4CRejected"      // business error, 400
	ErrorC4CNotFound      = "C4CNotFound"      // 404
	ErrorC4CFieldRefused  = "C4CFieldRefused"  // a value of a field that the tenant has added to the page

	ErrorAccountUnknown  = "AccountUnknown"  // not configured here
	ErrorReplyExpired    = "ReplyExpired"    // held until its time ran out
	ErrorReplyBehind     = "ReplyBehind"     // held behind others
	ErrorFollowerUnknown = "FollowerUnknown" // no follower was found for the reply
	ErrorRepliesInDoubt  = "RepliesInDoubt"  // may have been delivered before Temporal lost its record of it
	ErrorPageUnreachable = "PageUnreachable" // the api process does not accept a file for the page: retried
	ErrorWorkerDisk      = "WorkerDisk"      // a worker cannot store a file in transit: retried
	ErrorInternal        = "Internal"        // none of the above: a defect
)

// NotRetriedTimeout in a retry policy's NonRetryableErrorTypes keeps the server from repeating an attempt whose
// worker was lost, because its outcome is unknown.
const NotRetriedTimeout = "TemporalTimeout:StartToClose"

// Failure is the other side's answer. It is attached to every application error, for the people who read it.
type Failure struct {
	Code      string `json:"code,omitempty"`      // errcode, TypeID or HTTP status
	Text      string `json:"text,omitempty"`      // the other side's words
	Reference string `json:"reference,omitempty"` // rid or transaction id, for the vendor's support
	// Properties are those of C4C that it refused, of the fields that the tenant has added to the page.
	Properties []string `json:"properties,omitempty"`
	// KeptBack is set if no call was made: it is the time of the call that got this answer.
	KeptBack time.Time `json:"kept_back,omitzero"`
}

// verdict is how an error is handled.
type verdict int

const (
	retry   verdict = iota // with the activity's backoff
	park                   // no retry by itself
	persist                // retry up to patience attempts, then park
)

// patience is how many attempts an unspecific error gets: about five minutes of backoff.
const patience = 12

// rule is one row of the table: errors that match have this type and get this verdict.
type rule struct {
	match    error
	op       string // only for this WeChat operation; empty: for all
	name     string
	verdict  verdict
	delay    func(error, time.Time) time.Duration // nil: use the backoff
	expected bool                                 // occurs in normal operation: not logged as an error
}

// tokenOperation is the call that fetches the access token. There 40001 means a wrong secret, not a stale token.
const tokenOperation = "stable_token"

var wechatRules = []rule{
	{match: wechat.ErrWindowClosed, name: ErrorWeChatWindowClosed, verdict: park, expected: true},
	{match: wechat.ErrWindowUsedUp, name: ErrorWeChatWindowUsedUp, verdict: park, expected: true},
	{match: wechat.ErrNotFollower, name: ErrorWeChatFollowerGone, verdict: park},
	{match: wechat.ErrFollowerUnsubscribed, name: ErrorWeChatFollowerGone, verdict: park},
	{match: wechat.ErrInvalidOpenID, name: ErrorWeChatFollowerUnreachable, verdict: park},
	{match: wechat.ErrBlacklisted, name: ErrorWeChatFollowerUnreachable, verdict: park},
	{match: wechat.ErrFollowerRefuses, name: ErrorWeChatFollowerUnreachable, verdict: park},
	{match: wechat.ErrUserLimited, name: ErrorWeChatFollowerUnreachable, verdict: park},
	{match: wechat.ErrUserNotFound, name: ErrorWeChatFollowerUnreachable, verdict: park},
	{match: wechat.ErrWrongAccount, name: ErrorWeChatFollowerUnreachable, verdict: park},
	{match: wechat.ErrUserTokenRefused, name: ErrorWeChatFollowerUnreachable, verdict: park},
	{match: wechat.ErrUserBlocked, name: ErrorWeChatFollowerUnreachable, verdict: park},
	{match: wechat.ErrUserForbidden, name: ErrorWeChatFollowerUnreachable, verdict: park},
	{match: wechat.ErrInvalidWeChatID, name: ErrorWeChatFollowerUnreachable, verdict: park},
	{match: wechat.ErrSubscriptionRefused, name: ErrorWeChatFollowerUnreachable, verdict: park, expected: true},
	{match: wechat.ErrInvalidTemplate, name: ErrorWeChatTemplateRefused, verdict: park},
	{match: wechat.ErrInvalidPage, name: ErrorWeChatTemplateRefused, verdict: park},
	{match: wechat.ErrTemplateArgument, name: ErrorWeChatTemplateRefused, verdict: park},
	{match: wechat.ErrBusy, name: ErrorWeChatBusy, verdict: retry},
	{match: wechat.ErrSystem, name: ErrorWeChatBusy, verdict: retry},
	{match: wechat.ErrGateway, name: ErrorWeChatBusy, verdict: retry},
	{match: wechat.ErrRateLimited, name: ErrorWeChatRateLimited, verdict: retry, delay: nextMinute},
	{match: wechat.ErrDailyQuota, op: tokenOperation, name: ErrorWeChatQuotaExhausted, verdict: retry,
		delay: nextBeijingDay},
	{match: wechat.ErrDailyQuota, name: ErrorWeChatQuotaExhausted, verdict: park},
	{match: wechat.ErrInvalidCredential, op: tokenOperation, name: ErrorWeChatCredentials, verdict: park},
	{match: wechat.ErrInvalidCredential, name: ErrorWeChatTokenRefused, verdict: retry},
	{match: wechat.ErrInvalidToken, name: ErrorWeChatTokenRefused, verdict: retry},
	{match: wechat.ErrTokenExpired, name: ErrorWeChatTokenRefused, verdict: retry},
	{match: wechat.ErrTokenRefused, name: ErrorWeChatTokenRefused, verdict: retry},
	{match: wechat.ErrIPNotAllowed, name: ErrorWeChatIPNotAllowed, verdict: park},
	{match: wechat.ErrIPNotRegistered, name: ErrorWeChatIPNotAllowed, verdict: park},
	{match: wechat.ErrPendingApproval, name: ErrorWeChatIPNotAllowed, verdict: park},
	{match: wechat.ErrNeedsApproval, name: ErrorWeChatIPNotAllowed, verdict: park},
	{match: wechat.ErrIPRefused24h, name: ErrorWeChatIPNotAllowed, verdict: park},
	{match: wechat.ErrIPRefused1h, name: ErrorWeChatIPNotAllowed, verdict: park},
	{match: wechat.ErrInvalidAppID, name: ErrorWeChatCredentials, verdict: park},
	{match: wechat.ErrInvalidSecret, name: ErrorWeChatCredentials, verdict: park},
	{match: wechat.ErrSecretFrozen, name: ErrorWeChatCredentials, verdict: park},
	{match: wechat.ErrMissingAppID, op: tokenOperation, name: ErrorWeChatCredentials, verdict: park},
	{match: wechat.ErrMissingSecret, op: tokenOperation, name: ErrorWeChatCredentials, verdict: park},
	{match: wechat.ErrUnauthorizedAPI, name: ErrorWeChatNotPermitted, verdict: park},
	{match: wechat.ErrForbiddenAPI, name: ErrorWeChatNotPermitted, verdict: park},
	{match: wechat.ErrNoPermission, name: ErrorWeChatNotPermitted, verdict: park},
	{match: wechat.ErrComponentForbidden, name: ErrorWeChatNotPermitted, verdict: park},
	{match: wechat.ErrComponentMissing, name: ErrorWeChatNotPermitted, verdict: park},
	{match: wechat.ErrInvalidMediaID, name: ErrorWeChatMediaExpired, verdict: park, expected: true},
	{match: wechat.ErrMediaNotFound, name: ErrorWeChatMediaExpired, verdict: park, expected: true},
	{match: wechat.ErrMediaTooLarge, name: ErrorWeChatMediaTooLarge, verdict: park},
	{match: wechat.ErrContent, name: ErrorWeChatRejected, verdict: park},
	{match: wechat.ErrRequestTooLarge, name: ErrorWeChatRejected, verdict: park},
	{match: wechat.ErrNotSent, name: ErrorWeChatUnavailable, verdict: retry},
	{match: wechat.ErrOutcomeUnknown, name: ErrorWeChatUnavailable, verdict: retry},
}

var c4cRules = []rule{
	{match: c4c.ErrLocked, name: ErrorC4CLocked, verdict: retry},
	{match: c4c.ErrUnauthorized, name: ErrorC4CCredentials, verdict: park},
	{match: c4c.ErrNotAuthorized, name: ErrorC4CNotAuthorized, verdict: park},
	{match: c4c.ErrReadOnly, name: ErrorC4CReadOnly, verdict: park},
	{match: c4c.ErrNotFound, name: ErrorC4CNotFound, verdict: park},
	{match: c4c.ErrConflict, name: ErrorC4CConflict, verdict: retry},
	{match: c4c.ErrRejected, name: ErrorC4CRejected, verdict: park},
	{match: c4c.ErrFault, name: ErrorC4CFault, verdict: persist},
	{match: c4c.ErrUnavailable, name: ErrorC4CUnavailable, verdict: retry, delay: retryAfter},
	{match: c4c.ErrNotSent, name: ErrorC4CUnavailable, verdict: retry, delay: retryAfter},
	{match: c4c.ErrOutcomeUnknown, name: ErrorC4CUnavailable, verdict: retry, delay: retryAfter},
}

// fromWeChat turns a client error into the application error that decides what happens next.
func fromWeChat(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*wechat.Error](err); ok {
		return apply(ctx, wechatRules, rule{name: ErrorWeChatRefused, verdict: park}, err)
	}
	return apply(ctx, wechatRules, rule{name: ErrorInternal, verdict: persist}, err)
}

// fromC4C does the same for C4C. An application error is returned unchanged.
func fromC4C(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if already, ok := errors.AsType[*temporal.ApplicationError](err); ok {
		return already
	}
	return apply(ctx, c4cRules, rule{name: ErrorInternal, verdict: persist}, err)
}

// fromSend is fromWeChat for sends, which WeChat cannot recognise as repeated. "Busy", a cut connection or a timeout
// means an unknown outcome, and such a send must not be repeated blindly. If the token could not be fetched, nothing
// was sent, whatever that call's error says. Source:
// https://developers.weixin.qq.com/doc/service/api/customer/message/api_sendcustommessage.html
func fromSend(ctx context.Context, err error) error {
	if errors.Is(err, wechat.ErrNotSent) {
		return fromWeChat(ctx, err)
	}
	for _, open := range []error{wechat.ErrOutcomeUnknown, wechat.ErrBusy, wechat.ErrSystem, wechat.ErrGateway} {
		if errors.Is(err, open) {
			return permanent(ErrorWeChatOutcomeUnknown, err)
		}
	}
	return fromWeChat(ctx, err)
}

// covers reports whether the rule applies to an error.
func (r rule) covers(err error) bool {
	if !errors.Is(err, r.match) {
		return false
	}
	var refused *wechat.Error
	return r.op == "" || errors.As(err, &refused) && refused.Op == r.op
}

// ruleFor finds the rule for an error.
func ruleFor(table []rule, otherwise rule, err error) rule {
	for _, r := range table {
		if r.covers(err) {
			return r
		}
	}
	return otherwise
}

// refusesForm reports whether WeChat has refused a message for good because of its type or one of its fields, so that
// the same content may be sent as text. Refusals of risky or blocked content, and those about the follower, the
// window or the token, are no such refusals. Neither is an unknown outcome.
func refusesForm(err error) bool {
	refused, ok := errors.AsType[*wechat.Error](err)
	if !ok || refused.Op == tokenOperation || errors.Is(err, wechat.ErrRiskyContent) ||
		errors.Is(err, wechat.ErrForbiddenAPI) {
		return false
	}
	switch ruleFor(wechatRules, rule{name: ErrorWeChatRefused}, err).name {
	case ErrorWeChatRejected, ErrorWeChatRefused, ErrorWeChatNotPermitted:
		return true
	}
	return false
}

// apply finds the rule for an error and builds the application error.
func apply(ctx context.Context, table []rule, otherwise rule, err error) error {
	found := ruleFor(table, otherwise, err)
	options := temporal.ApplicationErrorOptions{
		NonRetryable: found.verdict == park || found.verdict == persist && activity.GetInfo(ctx).Attempt >= patience,
		Details:      []any{failureOf(err)},
	}
	if found.delay != nil && !options.NonRetryable {
		options.NextRetryDelay = found.delay(err, time.Now())
	}
	if found.expected {
		options.Category = temporal.ApplicationErrorCategoryBenign
	}
	return temporal.NewApplicationErrorWithOptions(err.Error(), found.name, options)
}

// retryUpTo is an application error that is retried with the activity's backoff, and parks the sync after the given
// number of attempts.
func retryUpTo(ctx context.Context, attempts int32, name string, err error) error {
	return temporal.NewApplicationErrorWithOptions(err.Error(), name, temporal.ApplicationErrorOptions{
		NonRetryable: activity.GetInfo(ctx).Attempt >= attempts, Details: []any{failureOf(err)},
	})
}

// permanent is an application error that parks the sync.
func permanent(name string, err error) error {
	return temporal.NewApplicationErrorWithOptions(err.Error(), name,
		temporal.ApplicationErrorOptions{NonRetryable: true, Details: []any{failureOf(err)}})
}

// pending is an application error that is not a fault: the other side needs a moment.
func pending(name string, err error) error {
	return temporal.NewApplicationErrorWithOptions(err.Error(), name, temporal.ApplicationErrorOptions{
		Category: temporal.ApplicationErrorCategoryBenign, Details: []any{failureOf(err)}})
}

// retryAt is an application error that is retried after a delay.
func retryAt(name string, err error, delay time.Duration) error {
	return temporal.NewApplicationErrorWithOptions(err.Error(), name, temporal.ApplicationErrorOptions{
		NextRetryDelay: delay, Details: []any{failureOf(err)}})
}

// failureOf collects the other side's answer.
func failureOf(err error) Failure {
	var (
		errcode   *wechat.Error
		fault     *c4c.Fault
		business  *c4c.BusinessError
		odata     *c4c.ODataError
		transport *c4c.TransportError
		way       *wechat.TransportError
	)
	switch {
	case errors.As(err, &errcode):
		return Failure{Code: fmt.Sprint(int(errcode.Code)), Text: errcode.Message, Reference: errcode.RID}
	case errors.As(err, &fault):
		return Failure{Code: fault.Code, Text: fault.Text, Reference: fault.TransactionID}
	case errors.As(err, &business) && len(business.Items) > 0:
		reason := business.Heaviest()
		return Failure{Code: reason.TypeID, Text: reason.Note}
	case errors.As(err, &odata):
		return Failure{Code: odata.Code, Text: odata.Message}
	case errors.As(err, &transport) && transport.Status != 0:
		return Failure{Code: fmt.Sprintf("HTTP %d", transport.Status)}
	case errors.As(err, &way) && way.Status != 0:
		return Failure{Code: fmt.Sprintf("HTTP %d", way.Status)}
	}
	return Failure{}
}

// nextMinute is how long until WeChat's per-minute quota restarts, with some jitter so that not all calls come at
// once.
func nextMinute(_ error, now time.Time) time.Duration {
	return now.Truncate(time.Minute).Add(time.Minute).Sub(now) + rand.N(10*time.Second)
}

// Beijing is the time zone of WeChat's day, and of most followers. China has had no daylight saving time since 1991.
var Beijing = time.FixedZone("Asia/Shanghai", 8*60*60)

// nextBeijingDay is how long until WeChat's daily quotas restart, with some jitter.
func nextBeijingDay(_ error, now time.Time) time.Duration {
	local := now.In(Beijing)
	midnight := time.Date(local.Year(), local.Month(), local.Day()+1, 0, 0, 0, 0, Beijing)
	return midnight.Sub(now) + rand.N(5*time.Minute)
}

// retryAfter follows C4C's Retry-After, if there is one.
func retryAfter(err error, _ time.Time) time.Duration {
	delay, _ := c4c.RetryAfter(err)
	return delay
}
