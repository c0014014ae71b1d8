package worker

import (
	"context"
	"crypto/tls"
	"fmt"
	"maps"
	"net/http"
	"slices"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/c4c"
	"github.com/wechat-c4c/wechat-c4c/config"
	"github.com/wechat-c4c/wechat-c4c/slots/holder"
	"github.com/wechat-c4c/wechat-c4c/wechat"
	"github.com/wechat-c4c/wechat-c4c/wording"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// Accounts makes the clients that a role needs for the configured accounts. Their calls are measured, and calls to
// C4C take slots. Accounts itself calls neither WeChat nor C4C.
func Accounts(
	cfg config.Config, role Role, temporalClient client.Client, slots *Slots, report Telemetry,
) (activities.Accounts, error) {
	accounts := activities.Accounts{}
	for _, one := range cfg.All() {
		account, err := newAccount(one, role, temporalClient, slots.of(one), report)
		if err != nil {
			return nil, fmt.Errorf("account %s: %w", one.Account, err)
		}
		accounts[one.Account] = account
	}
	return accounts, nil
}

// newAccount makes the clients of one account.
func newAccount(
	cfg config.Config, role Role, temporalClient client.Client, slots *holder.Holder, report Telemetry,
) (*activities.Account, error) {
	account := &activities.Account{Times: activities.CallTimes{WeChat: cfg.Fixed.WeChatCall, C4C: cfg.Fixed.C4CCall}}
	if role.plays(RoleWeChat) || role.plays(RoleC4C) { // the second streams files from WeChat
		if err := addWeChat(account, cfg, temporalClient, report); err != nil {
			return nil, err
		}
	}
	if !role.plays(RoleC4C) {
		return account, nil
	}
	transport, err := report.newCalls("c4c", cfg.Account, TenantOf(cfg.C4C.URL), c4cOperation, httpResult,
		leased(C4CConnections(cfg.C4C), slots))
	if err != nil {
		return nil, err
	}
	options := C4COptions(cfg, transport)
	options.Slots = slots
	account.C4C, err = c4c.New(options)
	return account, err
}

// addWeChat gives an account its WeChat client.
func addWeChat(account *activities.Account, cfg config.Config, temporalClient client.Client, report Telemetry) error {
	transport, err := report.WeChat(cfg.Account, cfg.WeChat.APIURL)
	if err != nil {
		return err
	}
	options := WeChatOptions(cfg, transport)
	fetcher, err := wechat.New(options)
	if err != nil {
		return err
	}
	tokens := &watchedTokens{TokenSource: wechat.NewStableTokens(fetcher,
		wechat.WithForceRefresh(refresher(temporalClient, cfg.Account, wording.Language(cfg.OperatorLocale))))}
	if err := tokens.measure(report.meter(), cfg.Account); err != nil {
		return err
	}
	options.Tokens = tokens
	account.Tokens = tokens
	account.WeChat, err = wechat.New(options)
	return err
}

// WeChatOptions returns the options of the account's WeChat client. Its calls use the given transport; nil: the
// standard one.
func WeChatOptions(cfg config.Config, transport http.RoundTripper) wechat.Options {
	return wechat.Options{
		AppID: cfg.WeChat.AppID, AppSecret: cfg.WeChat.AppSecret.Reveal(),
		APIURL: cfg.WeChat.APIURL, OpenURL: cfg.Fixed.WeChatPages, MPURL: cfg.Fixed.WeChatPages,
		HTTPClient: &http.Client{Timeout: cfg.Fixed.WeChatCall, Transport: transport},
	}
}

// C4COptions returns the options of a client of the account's tenant. Its calls use the given transport, such as
// [C4CConnections], and take no slots.
func C4COptions(cfg config.Config, transport http.RoundTripper) c4c.Options {
	o := c4c.Options{
		BaseURL: cfg.C4C.URL, ChannelID: cfg.C4C.ChannelID, ChannelCode: cfg.C4C.ChannelCode, Social: cfg.C4C.Social,
		MaxParallel: cfg.C4C.MaxParallel,
		HTTPClient:  &http.Client{Timeout: cfg.Fixed.C4CCall, Transport: transport},
	}
	o.CustomerFields, _ = cfg.C4C.NewCustomerFields() // checked when the configuration was loaded
	switch cfg.C4C.Auth {
	case config.AuthCertificate:
		o.Certificate = true
	case config.AuthOAuth:
		o.OAuth = &c4c.OAuth{
			ClientID: cfg.C4C.OAuthClientID, ClientSecret: cfg.C4C.OAuthClientSecret.Reveal(),
			Issuer: cfg.C4C.OAuthIssuer, User: cfg.C4C.User, KeyPair: cfg.C4C.KeyPair,
		}
	default:
		o.User, o.Password = cfg.C4C.User, cfg.C4C.Password.Reveal()
		o.ReadPassword = cfg.SecretReader("C4C_PASSWORD")
	}
	return o
}

// C4CConnections returns a transport to the account's tenant. If the account has a client certificate, each new
// connection reads it from its file again.
func C4CConnections(c config.C4C) *http.Transport {
	transport := connections(c.MaxParallel)
	if c.Auth == config.AuthCertificate {
		if transport.TLSClientConfig == nil {
			transport.TLSClientConfig = &tls.Config{MinVersion: tls.VersionTLS12}
		}
		transport.TLSClientConfig.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
			pair, err := c.KeyPair()
			return &pair, err
		}
	}
	return transport
}

// refresher joins the account's single RefreshToken workflow: however many calls were refused, the token is replaced
// once.
func refresher(
	temporalClient client.Client, account string, language wording.Language,
) func(context.Context, string) error {
	return func(ctx context.Context, refused string) error {
		run, err := temporalClient.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
			ID: workflows.RefreshTokenID(account), TaskQueue: workflows.TaskQueue,
			WorkflowIDConflictPolicy: enumspb.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING,
			StaticSummary:            language.Say("Replace the refused access token of account %s", account),
			TypedSearchAttributes:    temporal.NewSearchAttributes(workflows.AttributeAccount.ValueSet(account)),
		}, workflows.TypeRefreshToken, workflows.TokenWorkflowInput{Account: account, Refused: refused})
		if err != nil {
			return fmt.Errorf("join the token refresh: %w", err)
		}
		if err := run.Get(ctx, nil); err != nil {
			return fmt.Errorf("refresh the token: %w", err)
		}
		return nil
	}
}

func accountNames(accounts activities.Accounts) []string {
	return slices.Sorted(maps.Keys(accounts))
}
