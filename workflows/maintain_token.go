package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/wechat-c4c/wechat-c4c/activities"
)

// tokenRetry is how often a parked token check retries by itself.
const tokenRetry = 5 * time.Minute

// TokenWorkflowInput starts MaintainToken and RefreshToken.
type TokenWorkflowInput struct {
	Account string `json:"account"`
	// Refused is the fingerprint of the token that WeChat refused; for RefreshToken only.
	Refused string `json:"refused,omitempty"`
}

// MaintainToken fetches the account's access token ahead of its expiry and verifies that WeChat accepts it. A
// Schedule starts it; its row shows the account's health. It parks with the reason WeChat gave and retries by itself.
func (w *Workflows) MaintainToken(ctx workflow.Context, in TokenWorkflowInput) (activities.TokenHealth, error) {
	var health activities.TokenHealth
	check := errandFunc{do: func(ctx workflow.Context) error {
		return workflow.ExecuteActivity(wechatCall(ctx, "WeChat: check the access token"), toWeChat.CheckToken,
			activities.TokenInput{Account: in.Account}).Get(ctx, &health)
	}}
	sync, err := w.newSync(ctx, SyncInput{Account: in.Account},
		syncOptions{title: say(ctx, "Access token of account %s", in.Account)}, check)
	if err != nil {
		return health, err
	}
	sync.selfRetry = tokenRetry
	err = sync.run(ctx)
	return health, err
}

// RefreshToken replaces a token that WeChat refuses although it still issues it. All calls that need a new token join
// the same run.
func (w *Workflows) RefreshToken(ctx workflow.Context, in TokenWorkflowInput) (activities.TokenHealth, error) {
	var health activities.TokenHealth
	err := workflow.ExecuteActivity(wechatCall(ctx, "WeChat: replace the refused access token"),
		toWeChat.ForceRefreshToken,
		activities.TokenInput{Account: in.Account, Refused: in.Refused}).Get(ctx, &health)
	return health, err
}
