package doctor

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/c4c"
	"github.com/wechat-c4c/wechat-c4c/wechat"
)

// named is an error class and its cause in the catalogue.
type named struct {
	class error
	cause string
}

// causes are the error classes that a check can meet, with the causes that syncs would show.
var causes = []named{
	{wechat.ErrIPNotAllowed, activities.ErrorWeChatIPNotAllowed},
	{wechat.ErrIPNotRegistered, activities.ErrorWeChatIPNotAllowed},
	{wechat.ErrInvalidAppID, activities.ErrorWeChatCredentials},
	{wechat.ErrInvalidSecret, activities.ErrorWeChatCredentials},
	{wechat.ErrSecretFrozen, activities.ErrorWeChatCredentials},
	{wechat.ErrUnauthorizedAPI, activities.ErrorWeChatNotPermitted},
	{wechat.ErrForbiddenAPI, activities.ErrorWeChatNotPermitted},
	{wechat.ErrInvalidCredential, activities.ErrorWeChatTokenRefused},
	{wechat.ErrInvalidToken, activities.ErrorWeChatTokenRefused},
	{wechat.ErrTokenExpired, activities.ErrorWeChatTokenRefused},
	{wechat.ErrTokenRefused, activities.ErrorWeChatTokenRefused},
	{wechat.ErrDailyQuota, activities.ErrorWeChatQuotaExhausted},
	{wechat.ErrRateLimited, activities.ErrorWeChatRateLimited},
	{wechat.ErrBusy, activities.ErrorWeChatBusy},
	{wechat.ErrNotSent, activities.ErrorWeChatUnavailable},
	{wechat.ErrOutcomeUnknown, activities.ErrorWeChatUnavailable},
	{c4c.ErrUnauthorized, activities.ErrorC4CCredentials},
	{c4c.ErrNotAuthorized, activities.ErrorC4CNotAuthorized},
	{c4c.ErrLocked, activities.ErrorC4CLocked},
	{c4c.ErrRejected, activities.ErrorC4CRejected},
	{c4c.ErrFault, activities.ErrorC4CFault},
	{c4c.ErrUnavailable, activities.ErrorC4CUnavailable},
	{c4c.ErrNotSent, activities.ErrorC4CUnavailable},
	{c4c.ErrOutcomeUnknown, activities.ErrorC4CUnavailable},
	{c4c.ErrNotFound, activities.ErrorC4CNotFound},
}

// tokenCauses apply to a call that requests a token: there 40001 means the secret, not the token. Source:
// https://developers.weixin.qq.com/doc/service/api/base/api_getstableaccesstoken.html
var tokenCauses = []named{{wechat.ErrInvalidCredential, activities.ErrorWeChatCredentials}}

// Failed is the finding of a step that ended with an error, in the catalogue's words.
func Failed(ctx context.Context, err error) Finding { return failed(ctx, err) }

// failed explains an error by the catalogue. special takes precedence over the common classes.
func failed(ctx context.Context, err error, special ...named) Finding {
	if errors.Is(context.Cause(ctx), errTimeout) {
		err = fmt.Errorf("%w: %w", errTimeout, err)
	}
	name := causeOf(err, special)
	if name == "" {
		return fail(oneLine(err), "Look at the message; the catalogue has no entry for it.")
	}
	return caused(name, say("%s (%s)", explained{name, failureOf(err)}, oneLine(err)))
}

// caused is a failure that the catalogue explains. A cause that a sync would wait out must be checked again here.
func caused(name string, detail phrase) Finding {
	finding := fail(detail, remedy(name))
	if !activities.CauseOf(name).Manual {
		finding = fail(detail, say("Run the doctor again in a few minutes. For syncs: %s", remedy(name)))
	}
	finding.Cause = name
	return finding
}

// oneLine keeps a finding on one line.
func oneLine(err error) string { return strings.Join(strings.Fields(err.Error()), " ") }

func causeOf(err error, special []named) string {
	for _, list := range [][]named{special, causes} {
		for _, n := range list {
			if errors.Is(err, n.class) {
				return n.cause
			}
		}
	}
	return ""
}

// failureOf collects WeChat's answer, for the facts that the catalogue finds in it.
func failureOf(err error) activities.Failure {
	if refused, ok := errors.AsType[*wechat.Error](err); ok {
		return activities.Failure{Code: strconv.Itoa(int(refused.Code)), Text: refused.Message, Reference: refused.RID}
	}
	return activities.Failure{}
}
