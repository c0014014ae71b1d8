package config

import (
	"fmt"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// MinRetention is the shortest allowed retention of closed workflows: duplicates are recognised for that long.
const MinRetention = 14 * 24 * time.Hour

var (
	accountForm = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,31}$`)
	appIDForm   = regexp.MustCompile(`^wx[0-9a-f]{16}$`)
	ghForm      = regexp.MustCompile(`^gh_[0-9A-Za-z]+$`)
	tokenForm   = regexp.MustCompile(`^[A-Za-z0-9]{3,32}$`)
	aesKeyForm  = regexp.MustCompile(`^[A-Za-z0-9+/]{43}$`)
	channelForm = regexp.MustCompile(`^[0-9A-Z]{3}$`)
	originForm  = regexp.MustCompile(`^https?://[A-Za-z0-9.\-\[\]:]+$`)
)

// Check checks the settings as a whole and returns Problems, or nil.
func (c Config) Check() error {
	if problems := c.problems(nil); len(problems) > 0 {
		return Problems(problems)
	}
	return nil
}

// checker collects sentences about one account. Settings in skip already have a problem.
type checker struct {
	config   Config
	further  bool // not the first account
	fields   map[string]Field
	skip     map[string]bool
	problems []string
}

// problems are those of all accounts. skip lists, for each account, the settings that already have one.
func (c Config) problems(skip []map[string]bool) []string {
	var found []string
	fields := map[string]Field{}
	for _, f := range Fields() {
		fields[f.Name] = f
	}
	for i, account := range c.All() {
		k := &checker{config: account, further: i > 0, fields: fields}
		if i < len(skip) {
			k.skip = skip[i]
		}
		found = append(found, k.check()...)
	}
	return distinct(append(found, c.clashes()...))
}

func (k *checker) check() []string {
	k.process()
	k.secrets()
	k.wechat()
	k.c4c()
	k.web()
	k.domainFiles()
	k.webFields()
	k.window()
	k.spool()
	k.reconcile()
	k.tickets()
	k.limits()
	k.texts()
	k.hours()
	k.codecAccess()
	k.media()
	if k.config.Environment == EnvProduction {
		k.production()
		k.exposure()
	}
	return k.problems
}

// say adds a sentence that names the variable which the account's setting comes from, or should come from.
func (k *checker) say(f Field, what string) {
	if variable := k.config.variables[f.Name]; variable == "" && k.further && !f.Process && f.value(k.config) == "" {
		f.Name = AccountVariable(k.config.Account, f.Name)
	}
	k.problems = append(k.problems, sentence(f.from(k.config.variables), what))
}

func sentence(f Field, what string) string {
	return fmt.Sprintf("%s %s, for example %s.", f.Name, what, strings.TrimSuffix(f.Example, "."))
}

// require adds a sentence about the setting unless ok.
func (k *checker) require(ok bool, name, what string) {
	name = Prefix + name
	if ok || k.skip[name] || k.config.unused[name] {
		return
	}
	k.say(k.fields[name], what)
}

func (k *checker) oneOf(value, name string, allowed ...string) {
	k.require(slices.Contains(allowed, value), name, "must be one of "+strings.Join(allowed, ", "))
}

func (k *checker) set(value, name string) bool {
	k.require(value != "", name, "is not set")
	return value != ""
}

func (k *checker) between(value, low, high time.Duration, name string) {
	k.require(value >= low && value <= high, name, fmt.Sprintf("must be between %s and %s", low, high))
}

func (k *checker) process() {
	c := k.config
	k.require(accountForm.MatchString(c.Account), "ACCOUNTS",
		"must name accounts of up to 32 lower-case letters, digits and hyphens")
	k.oneOf(c.Environment, "ENVIRONMENT", EnvProduction, EnvDevelopment)
	k.oneOf(c.Language, "LANGUAGE", "zh", "en")
	k.oneOf(c.OperatorLocale, "OPERATOR_LOCALE", "en", "zh")
	k.oneOf(c.LogLevel, "LOG_LEVEL", "debug", "info", "warn", "error")
	k.oneOf(c.LogFormat, "LOG_FORMAT", "json", "text")
	k.require(c.PublicAddr == "" || validAddr(c.PublicAddr), "PUBLIC_ADDR", "must be an address with a port")
	k.require(c.InternalAddr == "" || validAddr(c.InternalAddr), "INTERNAL_ADDR", "must be an address with a port")
	k.require(c.FilesURL == "" || originForm.MatchString(c.FilesURL), "FILES_URL",
		"must be an address such as http://10.0.3.7:8081, without a path")
	k.require(!collide(c.PublicAddr, c.InternalAddr), "INTERNAL_ADDR", "must differ from "+Prefix+
		"PUBLIC_ADDR, which listens there")
	k.between(c.StopTimeout, time.Second, 10*time.Minute, "STOP_TIMEOUT")
	k.require(c.NamespaceRetention >= MinRetention, "NAMESPACE_RETENTION", "must be at least 336h")
	k.require(c.WorkflowCache >= 100 && c.WorkflowCache <= 1_000_000, "WORKFLOW_CACHE", "must be between 100 and 1000000")
}

func validAddr(addr string) bool {
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		return false
	}
	n, err := strconv.Atoi(port)
	return err == nil && n >= 0 && n <= 65535
}

// collide reports whether two listeners use the same port of one address. Port 0 is any free one.
func collide(one, other string) bool {
	host, port, err := net.SplitHostPort(one)
	otherHost, otherPort, otherErr := net.SplitHostPort(other)
	if err != nil || otherErr != nil || port != otherPort || port == "0" {
		return false
	}
	everywhere := func(host string) bool {
		ip := net.ParseIP(host)
		return host == "" || ip != nil && ip.IsUnspecified()
	}
	return host == otherHost || everywhere(host) || everywhere(otherHost)
}

func (k *checker) secrets() {
	c := k.config
	for _, f := range Fields() {
		if value := f.value(c); f.Secret && value != strings.TrimSpace(value) {
			k.require(false, strings.TrimPrefix(f.Name, Prefix), "begins or ends with a blank")
		}
	}
	if k.set(c.FollowerKeySecret.Reveal(), "FOLLOWER_KEY_SECRET") {
		k.require(len(c.FollowerKeySecret) >= 16, "FOLLOWER_KEY_SECRET", "must have at least 16 characters")
	}
	if k.set(c.CodecKeys.Reveal(), "CODEC_KEYS") {
		_, err := c.Keys()
		k.require(err == nil, "CODEC_KEYS", fmt.Sprintf("is not a key ring (%v)", err))
	}
	k.require(c.CodecToken == "" || len(c.CodecToken) >= 16, "CODEC_TOKEN", "must have at least 16 characters")
	k.require(c.UIOrigin == "" || originForm.MatchString(c.UIOrigin), "UI_ORIGIN", "must be an origin without a path")
}

func (k *checker) wechat() {
	w := k.config.WeChat
	if k.set(w.AppID, "WECHAT_APP_ID") {
		k.require(appIDForm.MatchString(w.AppID), "WECHAT_APP_ID", "must be wx and 16 hexadecimal digits")
	}
	if k.set(w.OriginalID, "WECHAT_ORIGINAL_ID") {
		k.require(ghForm.MatchString(w.OriginalID), "WECHAT_ORIGINAL_ID", "must begin with gh_")
	}
	k.set(w.AppSecret.Reveal(), "WECHAT_APP_SECRET")
	if k.set(w.Token.Reveal(), "WECHAT_TOKEN") {
		k.require(tokenForm.MatchString(w.Token.Reveal()), "WECHAT_TOKEN", "must be 3 to 32 letters and digits")
	}
	k.oneOf(w.Mode, "WECHAT_MODE", "plain", "compatible", "secure")
	if w.AESKey != "" || w.Mode != "plain" && k.set(w.AESKey.Reveal(), "WECHAT_AES_KEY") {
		present, former := w.EncodingAESKeys()
		k.require(aesKeyForm.MatchString(present) && (former == "" || aesKeyForm.MatchString(former)), "WECHAT_AES_KEY",
			"must be 43 letters and digits, or two such keys separated by a comma")
	}
	k.url(w.APIURL, "WECHAT_API_URL")
	k.oneOf(w.OAuth, "WECHAT_OAUTH", "on", "off")
}

func (k *checker) c4c() {
	c := k.config.C4C
	if k.set(c.URL, "C4C_URL") {
		k.url(c.URL, "C4C_URL")
	}
	k.c4cAuth()
	k.customerFields()
	if k.set(c.ChannelID, "C4C_CHANNEL_ID") {
		k.require(utf8.RuneCountInString(c.ChannelID) <= 35, "C4C_CHANNEL_ID", "must have at most 35 characters")
	}
	k.require(channelForm.MatchString(c.ChannelCode), "C4C_CHANNEL_CODE", "must be three digits or capital letters")
	k.oneOf(c.Social, "C4C_SOCIAL", "soap", "odata")
	k.require(c.MaxParallel >= 1 && c.MaxParallel <= 9, "C4C_MAX_PARALLEL", "must be between 1 and 9")
	if password := c.WebhookPassword.Reveal(); k.set(password, "C4C_WEBHOOK_PASSWORD") {
		k.require(len(password) >= 16 || password == k.fields[Prefix+"C4C_WEBHOOK_PASSWORD"].Dev,
			"C4C_WEBHOOK_PASSWORD", "must have at least 16 characters")
	}
}

// url requires an address that a path can be appended to. In production it must use https, because credentials are
// sent to it.
func (k *checker) url(value, name string) {
	u, err := url.Parse(value)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" {
		k.require(false, name, "must be an address that begins with https://")
		return
	}
	k.require(u.User == nil && u.RawQuery == "" && u.Fragment == "", name,
		"must be an address without user, query and fragment")
	if k.config.Environment == EnvProduction {
		k.require(u.Scheme == "https", name, "must begin with https:// in production")
	}
}

// production refuses the development stack's secrets, which are public.
func (k *checker) production() {
	for _, f := range Fields() {
		if f.Secret && f.Dev != "" && f.value(k.config) == f.Dev {
			k.say(f, "holds the development value, which production refuses")
		}
	}
	devAESKey := k.fields[Prefix+"WECHAT_AES_KEY"].Dev
	if present, former := k.config.WeChat.EncodingAESKeys(); former != "" {
		k.require(present != devAESKey && former != devAESKey, "WECHAT_AES_KEY",
			"contains the development key, which production refuses")
	}
	dev := Config{CodecKeys: Secret(k.fields[Prefix+"CODEC_KEYS"].Dev)}
	devKeys, _ := dev.Keys()
	keys, _ := k.config.Keys()
	for _, key := range keys {
		if k.config.CodecKeys != dev.CodecKeys && string(key.Key) == string(devKeys[0].Key) {
			k.require(false, "CODEC_KEYS", "contains the development key, which production refuses")
		}
	}
}
