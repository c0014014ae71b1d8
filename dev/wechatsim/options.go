package wechatsim

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"time"
)

// Mode is how pushes are protected: the message encryption setting of the console.
type Mode string

// The three modes of the console.
const (
	ModePlain      Mode = "plain"      // signature only
	ModeCompatible Mode = "compatible" // plain fields and Encrypt side by side
	ModeSecure     Mode = "secure"     // Encrypt only; replies must be encrypted
)

// DataFormat is the body format of pushes.
type DataFormat string

// The two data formats of the console.
const (
	FormatXML  DataFormat = "xml"
	FormatJSON DataFormat = "json"
)

// AccountType decides which APIs the account may call; the others answer 48001.
type AccountType string

// The four account types. Accounts of private persons behave like
// SubscriptionUnverified.
const (
	SubscriptionUnverified AccountType = "subscription_unverified"
	SubscriptionVerified   AccountType = "subscription_verified"
	ServiceUnverified      AccountType = "service_unverified"
	ServiceVerified        AccountType = "service_verified"
)

// The development account, used for every empty field of Options.
const (
	DefaultAppID          = "wx0123456789abcdef"
	DefaultOriginalID     = "gh_0123456789ab"
	DefaultAppSecret      = "dev-appsecret"
	DefaultToken          = "devtoken"
	DefaultEncodingAESKey = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
	DefaultAccountName    = "星途汽车服务"
)

// NoDelay disables RetryPause or ReceiptDelay.
const NoDelay time.Duration = -1

// Options configures a Simulator. The zero value is the development account in secure mode with XML pushes and no
// callback URL, a verified service account.
type Options struct {
	AppID          string
	OriginalID     string
	AppSecret      string
	Token          string
	EncodingAESKey string // 43 characters
	Mode           Mode
	DataFormat     DataFormat
	// CallbackURL receives the pushes. Empty: every push fails as if nobody were listening.
	CallbackURL string
	AccountType AccountType
	// AccountName is what the phone shows as the name of the account.
	AccountName string
	// Seed makes tokens, ids and faults repeatable; 0 draws one from the clock. It is logged.
	Seed int64
	// Logger receives life cycle and refusals, never texts, tokens or openids. Nil: silent.
	Logger *slog.Logger
	// Clock is the time before POST /_sim/clock moves it. Nil: time.Now.
	Clock func() time.Time
	// HTTPClient sends the pushes. Nil: one of its own. PushTimeout replaces its timeout.
	HTTPClient *http.Client
	// PushTimeout is how long the callback may take to answer. 0: 5 s, as at WeChat.
	PushTimeout time.Duration
	// RetryPause is the time between two deliveries of the same push. 0: 1 s; NoDelay: none.
	RetryPause time.Duration
	// ReceiptDelay is the time between a template message and its receipt. 0: 500 ms; NoDelay: none.
	ReceiptDelay time.Duration
	// StateFile, when set, is read by New and written by New and Close, so that followers, threads, menus and tokens
	// outlive a restart. A journal beside it records what happens between a follower and the account before it is
	// answered, so that it also outlives a kill.
	StateFile string
}

// settings is the part of the configuration that can be changed while running,
// through PATCH /_sim/settings; its JSON form is documented in README.md.
type settings struct {
	AppSecret      string      `json:"app_secret"`
	Token          string      `json:"token"`
	EncodingAESKey string      `json:"encoding_aes_key"`
	Mode           Mode        `json:"mode"`
	DataFormat     DataFormat  `json:"data_format"`
	CallbackURL    string      `json:"callback_url"`
	AccountType    AccountType `json:"account_type"`
	AccountName    string      `json:"account_name"`
	MessageQuota   int         `json:"message_quota"` // sends that a follower's message opens
	IPWhitelist    []string    `json:"ip_whitelist"`  // empty: everybody may call
	SecretFrozen   bool        `json:"secret_frozen"` // token calls answer 40243
	// host of redirect_uri; empty: the callback's, or this machine
	OAuthDomain       string         `json:"oauth_domain"`
	SnapshotUser      bool           `json:"snapshot_user"`      // OAuth hands out snapshot users
	UnsubscribedCode  int            `json:"unsubscribed_code"`  // custom/send to someone who unfollowed: 45015 or 43004
	Quotas            map[string]int `json:"quotas"`             // per path and day, override the built-in ones
	SpeechRecognition bool           `json:"speech_recognition"` // voice messages carry Recognition
	PushTimeoutMS     int            `json:"push_timeout_ms"`    //
	RetryPauseMS      int            `json:"retry_pause_ms"`     //
	ReceiptDelayMS    int            `json:"receipt_delay_ms"`   // template and subscription receipts
	// Status of the next receipts; empty: as the follower decides
	TemplateOutcome string `json:"template_outcome"`
	// MsgID 0 in receipts of messages that had a client_msg_id
	ReceiptWithoutID bool `json:"receipt_without_id"`
}

func (o *Options) fillDefaults() {
	fill := func(field *string, value string) {
		if *field == "" {
			*field = value
		}
	}
	fill(&o.AppID, DefaultAppID)
	fill(&o.OriginalID, DefaultOriginalID)
	fill(&o.AppSecret, DefaultAppSecret)
	fill(&o.Token, DefaultToken)
	fill(&o.EncodingAESKey, DefaultEncodingAESKey)
	fill(&o.AccountName, DefaultAccountName)
	fill((*string)(&o.Mode), string(ModeSecure))
	fill((*string)(&o.DataFormat), string(FormatXML))
	fill((*string)(&o.AccountType), string(ServiceVerified))
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.HTTPClient == nil {
		o.HTTPClient = newPushClient()
	}
	if o.Seed == 0 {
		o.Seed = o.Clock().UnixNano()
	}
	o.PushTimeout = orDefault(o.PushTimeout, 5*time.Second)
	o.RetryPause = orDefault(o.RetryPause, time.Second)
	o.ReceiptDelay = orDefault(o.ReceiptDelay, 500*time.Millisecond)
}

func orDefault(value, fallback time.Duration) time.Duration {
	switch {
	case value == 0:
		return fallback
	case value < 0:
		return 0
	}
	return value
}

func (o Options) settings() settings {
	return settings{
		AppSecret: o.AppSecret, Token: o.Token, EncodingAESKey: o.EncodingAESKey,
		Mode: o.Mode, DataFormat: o.DataFormat, CallbackURL: o.CallbackURL,
		AccountType: o.AccountType, AccountName: o.AccountName,
		MessageQuota: 5, UnsubscribedCode: 45015, SpeechRecognition: true,
		IPWhitelist: []string{}, Quotas: map[string]int{},
		PushTimeoutMS:  int(o.PushTimeout / time.Millisecond),
		RetryPauseMS:   int(o.RetryPause / time.Millisecond),
		ReceiptDelayMS: int(o.ReceiptDelay / time.Millisecond),
	}
}

func (s settings) validate() error {
	if !slices.Contains([]Mode{ModePlain, ModeCompatible, ModeSecure}, s.Mode) {
		return fmt.Errorf("wechatsim: mode %q is not plain, compatible or secure", s.Mode)
	}
	if s.DataFormat != FormatXML && s.DataFormat != FormatJSON {
		return fmt.Errorf("wechatsim: data format %q is not xml or json", s.DataFormat)
	}
	types := []AccountType{SubscriptionUnverified, SubscriptionVerified, ServiceUnverified, ServiceVerified}
	if !slices.Contains(types, s.AccountType) {
		return fmt.Errorf("wechatsim: account type %q is not one of %v", s.AccountType, types)
	}
	if _, err := decodeAESKey(s.EncodingAESKey); err != nil {
		return err
	}
	if s.UnsubscribedCode != 45015 && s.UnsubscribedCode != 43004 {
		return fmt.Errorf("wechatsim: unsubscribed_code %d is not 45015 or 43004", s.UnsubscribedCode)
	}
	if s.MessageQuota < 0 || s.PushTimeoutMS <= 0 || s.RetryPauseMS < 0 || s.ReceiptDelayMS < 0 {
		return fmt.Errorf("wechatsim: quotas and delays must not be negative, push_timeout_ms must be positive")
	}
	if s.CallbackURL == "" {
		return nil
	}
	u, err := url.Parse(s.CallbackURL)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return fmt.Errorf("wechatsim: callback url is not an absolute http or https address")
	}
	return nil
}

// newPushClient follows no redirects: WeChat treats a 302 as a bad answer.
func newPushClient() *http.Client {
	transport := &http.Transport{MaxIdleConnsPerHost: 64, IdleConnTimeout: 30 * time.Second}
	return &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}
