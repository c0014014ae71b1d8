// Package config holds every setting of the connector in one struct.
//
// Settings come from environment variables that begin with WECHAT_C4C_. A secret NAME may also be in a file named by
// NAME_FILE. The struct's tags are the single table of names, defaults, secrecy, help and examples: the checks, the
// masked print and docs/settings.md are all derived from it. The connection to Temporal is not part of it; it follows
// Temporal's own TEMPORAL_* variables.
package config

import (
	"encoding/base64"
	"fmt"
	"strings"
	"time"
)

// Prefix begins the name of every setting.
const Prefix = "WECHAT_C4C_"

// Environments.
const (
	EnvProduction  = "production"
	EnvDevelopment = "development"
)

// Off switches a listener off when used as its address.
const Off = "off"

// Secret is a setting that must not be shown. It formats as a mask; Reveal returns the value.
type Secret string

const mask = "********"

// String returns a mask, or nothing if the secret is not set.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return mask
}

// GoString keeps %#v from showing the value.
func (s Secret) GoString() string { return s.String() }

// MarshalText keeps encoders and structured logs from showing the value.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Reveal returns the value itself.
func (s Secret) Reveal() string { return string(s) }

// Bytes returns the value as bytes.
func (s Secret) Bytes() []byte { return []byte(s) }

// Config is every setting. Get one from Load or Development; check a Config made by hand with Check.
//
// Tags: env and envPrefix name the variable, envDefault is its default, dev the value that ENVIRONMENT=development
// fills in, help and example are for people; scope:"process" makes a setting, or a section of them, the same for all
// accounts; roles lists the users of a secret.
type Config struct {
	Account     string `env:"-"` // short name of the account whose settings these are
	Accounts    string `env:"ACCOUNTS" envDefault:"default" scope:"process" help:"short names of the Official Accounts of this installation, separated by commas; parts of every id, so never change one; an address without a name means the first" example:"default,shop"`
	Environment string `env:"ENVIRONMENT" envDefault:"production" scope:"process" help:"production or development; development fills in the development stack's values, which production refuses" example:"production"`
	Language    string `env:"LANGUAGE" envDefault:"zh" help:"language of the texts that followers and agents see: zh or en" example:"zh"`
	// OperatorLocale is a separate language, because operators are seldom the people who write to followers.
	OperatorLocale string `env:"OPERATOR_LOCALE" envDefault:"en" scope:"process" help:"language of what operators read in Temporal UI and on the command line: en or zh" example:"zh"`

	PublicAddr   string `env:"PUBLIC_ADDR" envDefault:":8080" dev:"127.0.0.1:8080" scope:"process" help:"address of the public listener: the webhooks" example:":8080"`
	InternalAddr string `env:"INTERNAL_ADDR" envDefault:"127.0.0.1:8081" scope:"process" help:"address of the internal listener: health, metrics, codec; off switches it off; where the variable is not set and the default is taken, a free port of 127.0.0.1" example:"127.0.0.1:8081"`

	FilesURL string `env:"FILES_URL" scope:"process" help:"address at which workers reach the internal listener of this api process; they bring the pictures and documents that the H5 page shows; empty: found out, with TLS and a certificate made for it" example:"https://api-0.internal.example.com"`

	FollowerKeySecret Secret `env:"FOLLOWER_KEY_SECRET" roles:"api wechat c4c operator" dev:"development-follower-key-secret" scope:"process" help:"key of the hash that replaces a follower in ids and search attributes, at least 16 characters; never change it" example:"openssl rand -base64 32"`
	CodecKeys         Secret `env:"CODEC_KEYS" roles:"api workflows wechat c4c operator" dev:"dev:ZGV2ZWxvcG1lbnQtY29kZWMta2V5LTMyLWJ5dGVzISE=" scope:"process" help:"keys that encrypt what Temporal stores, id:base64 of 32 bytes, separated by commas; the first encrypts, all decrypt" example:"k1:$(openssl rand -base64 32)"`
	CodecToken        Secret `env:"CODEC_TOKEN" roles:"api" scope:"process" help:"bearer token of the codec endpoint, at least 16 characters; without it the endpoint exists in development only" example:"openssl rand -hex 32"`
	UIOrigin          string `env:"UI_ORIGIN" dev:"http://127.0.0.1:8233" scope:"process" help:"origin of Temporal UI, allowed to use the codec endpoint" example:"https://temporal.example.com"`

	LogLevel  string `env:"LOG_LEVEL" envDefault:"info" scope:"process" help:"debug, info, warn or error" example:"info"`
	LogFormat string `env:"LOG_FORMAT" envDefault:"json" dev:"text" scope:"process" help:"json or text" example:"json"`

	TellNumber         bool          `env:"TELL_NUMBER" envDefault:"true" help:"whether followers are told the number of a new ticket; costs one of the messages that WeChat allows" example:"true"`
	ResendUnknown      bool          `env:"RESEND_UNKNOWN" envDefault:"false" help:"whether a reply whose outcome is unknown is sent again by itself; the follower may then read it twice" example:"false"`
	StopTimeout        time.Duration `env:"STOP_TIMEOUT" envDefault:"30s" scope:"process" help:"how long a stopping process waits for what is under way; the platform's grace period must be longer" example:"30s"`
	NamespaceRetention time.Duration `env:"NAMESPACE_RETENTION" envDefault:"336h" scope:"process" help:"how long Temporal keeps closed workflows, at least 336h: duplicates are recognised for as long" example:"720h"`
	WorkflowCache      int           `env:"WORKFLOW_CACHE" envDefault:"2000" scope:"process" help:"workflows that a worker process keeps in memory between their tasks, at up to 0.1 MB each; most are conversations; any other is read again from its history when somebody writes" example:"2000"`

	WeChat  WeChat  `envPrefix:"WECHAT_"`
	C4C     C4C     `envPrefix:"C4C_"`
	Web     Web     `envPrefix:"WEB_"`
	Window  Window  `envPrefix:"WINDOW_"`
	Voice   Voice   `envPrefix:"VOICE_"`
	Media   Media   `envPrefix:"MEDIA_"`
	Texts   Texts   `envPrefix:"TEXTS_"`
	Hours   Hours   `envPrefix:"HOURS_"`
	Limits  Limits  `scope:"process"`
	Tickets Tickets `envPrefix:"TICKETS_"`

	Reconcile Reconcile `envPrefix:"RECONCILE_"`

	Spool Spool `envPrefix:"SPOOL_" scope:"process"`

	CodecAccess CodecAccess `envPrefix:"CODEC_OIDC_" scope:"process"`

	// Fixed are numbers that no installation has to choose.
	Fixed Fixed `env:"-"`

	// Others are the further accounts of the installation; a further account's Others is empty. Settings of the process
	// are the same in all of them.
	Others []Config `env:"-"`

	internalUnchosen bool // no variable sets InternalAddr

	// variables maps the settings that this account overrides from their own variable to the account's.
	variables map[string]string
	// files maps secrets, by their own variable, to the files they were read from.
	files map[string]string
	// unused are the secrets that were not read because no role of the process uses them.
	unused map[string]bool
}

// WeChat holds the settings of the Official Account.
type WeChat struct {
	AppID      string `env:"APP_ID" dev:"wx0123456789abcdef" help:"AppID of the Official Account" example:"wx0123456789abcdef"`
	OriginalID string `env:"ORIGINAL_ID" dev:"gh_0123456789ab" help:"original id of the account (ToUserName of its messages)" example:"gh_0123456789ab"`
	AppSecret  Secret `env:"APP_SECRET" roles:"api wechat c4c menu" dev:"dev-appsecret" help:"AppSecret of the Official Account" example:"0123456789abcdef0123456789abcdef"`
	Token      Secret `env:"TOKEN" roles:"api" dev:"devtoken" help:"token of the callback, 3 to 32 letters and digits" example:"a1b2c3d4e5f6"`
	AESKey     Secret `env:"AES_KEY" roles:"api" dev:"abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG" help:"EncodingAESKey of the callback, 43 letters and digits; not needed in plain mode; while it is being changed, the new and the former one, separated by a comma" example:"jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"`
	Mode       string `env:"MODE" envDefault:"secure" help:"mode of the callback: plain, compatible or secure" example:"secure"`
	APIURL     string `env:"API_URL" envDefault:"https://api.weixin.qq.com" dev:"http://127.0.0.1:8090" help:"base address of WeChat's API" example:"https://api.weixin.qq.com"`
	OAuth      string `env:"OAUTH" envDefault:"on" help:"on where the account may use web OAuth (verified service accounts), off where followers get personal links in the chat" example:"on"`
}

// EncodingAESKeys are the callback's key and, while it is being changed, the former one.
func (w WeChat) EncodingAESKeys() (present, former string) {
	present, former, _ = strings.Cut(w.AESKey.Reveal(), ",")
	return strings.TrimSpace(present), strings.TrimSpace(former)
}

// WebhookUser is the Basic user that C4C presents with its webhooks. Accounts differ in the password.
const WebhookUser = "c4c"

// C4C holds the settings of SAP Cloud for Customer: our calls to it, and its webhook to us.
type C4C struct {
	URL               string `env:"URL" dev:"http://127.0.0.1:8091" help:"address of the tenant" example:"https://my123456.crm.ondemand.com"`
	Auth              string `env:"AUTH" envDefault:"basic" help:"how the connector authenticates to C4C: basic, certificate or oauth; basic is user and password, certificate a client certificate, oauth OAuth 2.0 with SAML bearer assertions, which needs C4C_SOCIAL=odata" example:"basic"`
	User              string `env:"USER" dev:"wechat" help:"user of the communication arrangement; with C4C_AUTH=oauth the user of the tenant that the connector acts as" example:"_WECHAT"`
	Password          Secret `env:"PASSWORD" roles:"c4c" dev:"dev-password" help:"password of the communication arrangement; one in a file is read again when C4C refuses it" example:"a long random password"`
	ClientCert        string `env:"CLIENT_CERT" help:"file with the certificate (PEM) that C4C knows; with C4C_AUTH=certificate that of the communication arrangement, with oauth that of the identity provider; read again for each connection and assertion" example:"/etc/wechat-c4c/c4c.crt"`
	ClientKey         string `env:"CLIENT_KEY" help:"file with its private key (PEM, no password); RSA with C4C_AUTH=oauth" example:"/etc/wechat-c4c/c4c.key"`
	OAuthIssuer       string `env:"OAUTH_ISSUER" help:"name under which C4C knows the connector as OAuth 2.0 identity provider" example:"wechat-c4c"`
	OAuthClientID     string `env:"OAUTH_CLIENT_ID" help:"id of the OAuth 2.0 client in C4C" example:"_1234567890"`
	OAuthClientSecret Secret `env:"OAUTH_CLIENT_SECRET" roles:"c4c" help:"its secret" example:"a long random secret"`
	ChannelID         string `env:"CHANNEL_ID" dev:"WECHAT" help:"id of the social media channel (SocialMediaActivityProviderID)" example:"WECHAT"`
	ChannelCode       string `env:"CHANNEL_CODE" envDefault:"008" help:"code of the social media channel" example:"008"`
	Social            string `env:"SOCIAL" envDefault:"soap" help:"interface for profiles and activities: soap or odata" example:"soap"`
	MaxParallel       int    `env:"MAX_PARALLEL" envDefault:"8" scope:"process" help:"parallel calls to a tenant of C4C of all worker processes together, which share them automatically, 1 to 9: C4C allows fewer than 10 per tenant over all interfaces" example:"8"`
	CustomerFields    string `env:"CUSTOMER_FIELDS" help:"OData properties of a new customer besides its name, property=value separated by commas; for what the tenant makes mandatory, extension fields included; true and false are sent as booleans" example:"CountryCode=CN,ZSource_KUT=WeChat"`
	ReopenStatus      string `env:"REOPEN_STATUS" envDefault:"1" help:"user status that reopens a completed ticket; set when its customer writes in it on the H5 page or by its number, or in the chat where TICKETS_REUSE is recent; none makes a new ticket instead" example:"1"`
	CloseStatus       string `env:"CLOSE_STATUS" envDefault:"5" help:"user status that completes a ticket when its customer closes it on the H5 page; one that the tenant maps to completed; none offers no closing" example:"5"`
	Events            string `env:"EVENTS" envDefault:"auto" help:"whether C4C notifies of changed tickets at /c4c/events, which saves a call before each message; true, false, or auto, which believes it once a notification has come" example:"auto"`
	WebhookPassword   Secret `env:"WEBHOOK_PASSWORD" roles:"api" dev:"dev-c4c-key" help:"password that C4C presents with its webhooks, at least 16 characters: as Basic user c4c, or as the query parameter secret where it cannot send one" example:"openssl rand -hex 32"`
}

// CodecKey is one key of the codec's ring: its id and 32 bytes.
type CodecKey struct {
	ID  string
	Key []byte
}

// Keys parses CodecKeys. The first key encrypts, all decrypt.
func (c Config) Keys() ([]CodecKey, error) {
	var keys []CodecKey
	seen := map[string]bool{}
	for i, item := range strings.Split(c.CodecKeys.Reveal(), ",") {
		id, encoded, ok := strings.Cut(strings.TrimSpace(item), ":")
		if !ok || id == "" {
			return nil, fmt.Errorf("key %d is not written as id:base64", i+1)
		}
		if seen[id] {
			return nil, fmt.Errorf("key %d has the id of another", i+1)
		}
		seen[id] = true
		key, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(encoded, "="))
		if err != nil {
			return nil, fmt.Errorf("key %d is not base64", i+1)
		}
		if len(key) != 32 {
			return nil, fmt.Errorf("key %d has %d bytes instead of 32", i+1, len(key))
		}
		keys = append(keys, CodecKey{ID: id, Key: key})
	}
	return keys, nil
}

// Development returns the settings of the development stack.
func Development() Config {
	c, _, err := Load([]string{Prefix + "ENVIRONMENT=" + EnvDevelopment})
	if err != nil {
		panic("config: the development values are not valid: " + err.Error())
	}
	return c
}
