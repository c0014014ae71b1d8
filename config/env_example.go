package config

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

const exampleHead = `# Settings of wechat-c4c, for docker compose: copy this file to .env and fill in what has no "#" in front.
# Secrets are files below secrets/, readable for the user 65532. docs/settings.md has the same list as tables.

# What docker compose itself needs.
POSTGRES_PASSWORD=
GRAFANA_PASSWORD=
`

// exampleAccount is the second account of the example.
const exampleAccount = "shop"

const exampleAccounts = `
# A second account, named in WECHAT_C4C_ACCOUNTS, uses the settings above unless it has its own, as below. Every setting that
# does not belong to the process may be set for it; an empty one removes the one above.
`

// exampleSet are the settings without which nothing starts in the example, in addition to secrets.
var exampleSet = map[string]bool{
	"WECHAT_APP_ID": true, "WECHAT_ORIGINAL_ID": true, "C4C_URL": true, "C4C_USER": true, "C4C_CHANNEL_ID": true,
	"WEB_URL": true, "WEB_COMPANY": true, "WEB_CONTACT": true,
}

// exampleSecrets are the secrets needed to use the whole product.
var exampleSecrets = map[string]bool{
	"FOLLOWER_KEY_SECRET": true, "CODEC_KEYS": true, "CODEC_TOKEN": true, "WECHAT_APP_SECRET": true, "WECHAT_TOKEN": true,
	"WECHAT_AES_KEY": true, "C4C_PASSWORD": true, "C4C_WEBHOOK_PASSWORD": true, "WEB_SESSION_KEY": true,
}

// EnvExample returns the file .env.example: every setting with its help, and secrets as files below /run/secrets.
func EnvExample() string {
	var b strings.Builder
	b.WriteString(exampleHead)
	for _, f := range Fields() {
		name := strings.TrimPrefix(f.Name, Prefix)
		fmt.Fprintf(&b, "\n# %s.\n", capital(f.Help))
		switch {
		case f.Secret:
			fmt.Fprintf(&b, "# The content is, for example: %s\n", f.Example)
			fmt.Fprintf(&b, "%s%s=/run/secrets/%s/%s\n", comment(!exampleSecrets[name]), f.fileName(), f.folder(),
				strings.ToLower(name))
		case exampleSet[name]:
			fmt.Fprintf(&b, "%s=%s\n", f.Name, f.Example)
		case f.Default != "":
			fmt.Fprintf(&b, "#%s=%s\n", f.Name, f.Default)
		default:
			fmt.Fprintf(&b, "#%s=%s\n", f.Name, f.Example)
		}
	}
	b.WriteString(exampleAccounts)
	for _, f := range Fields() {
		name := strings.TrimPrefix(f.Name, Prefix)
		switch variable := AccountVariable(exampleAccount, f.Name); {
		case f.Process || f.Example == "":
		case exampleSecrets[name]:
			fmt.Fprintf(&b, "#%s%s=/run/secrets/%s/%s_%s\n", variable, fileSuffix, f.folder(), exampleAccount,
				strings.ToLower(name))
		case exampleSet[name]:
			fmt.Fprintf(&b, "#%s=%s\n", variable, f.Example)
		}
	}
	return b.String()
}

// folder is the example's folder for the file of a secret. Each container gets only the folders it uses: the shared
// one, and its own.
func (f Field) folder() string {
	api, worker := f.UsedBy(RoleAPI), f.UsedBy(RoleWorkflows, RoleWeChat, RoleC4C)
	switch {
	case api && worker:
		return "shared"
	case api:
		return "api"
	}
	return "worker"
}

func comment(out bool) string {
	if out {
		return "#"
	}
	return ""
}

func capital(s string) string {
	first, size := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(first)) + s[size:]
}
