package config

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
)

// All returns the settings of every account, the first account's in front.
func (c Config) All() []Config { return append([]Config{c}, c.Others...) }

// Of returns the settings of an account.
func (c Config) Of(account string) (Config, bool) {
	for _, one := range c.All() {
		if one.Account == account {
			return one, true
		}
	}
	return Config{}, false
}

// Names returns the accounts' names, the first in front.
func (c Config) Names() []string {
	var names []string
	for _, one := range c.All() {
		names = append(names, one.Account)
	}
	return names
}

// AccountVariable is the variable by which one account overrides a setting; name is the setting's own variable.
// Hyphens in the account become underscores.
func AccountVariable(account, name string) string {
	return Prefix + "ACCOUNT_" + strings.ToUpper(strings.ReplaceAll(account, "-", "_")) + "_" +
		strings.TrimPrefix(name, Prefix)
}

// accountNames are the names in ACCOUNTS.
func accountNames(values map[string]string, fields []Field) (names, problems []string) {
	list := byName(fields, "ACCOUNTS")
	for _, item := range listOf(values[list.Name]) {
		switch {
		case !accountForm.MatchString(item):
			problems = append(problems, sentence(list, "must name accounts of up to 32 lower-case letters, digits and hyphens"))
		case slices.Contains(names, item):
			problems = append(problems, sentence(list, "names account "+item+" twice"))
		default:
			names = append(names, item)
		}
	}
	if len(names) == 0 {
		names = []string{list.Default}
	}
	return names, problems
}

func byName(fields []Field, name string) Field {
	return fields[slices.IndexFunc(fields, func(f Field) bool { return f.Name == Prefix+name })]
}

// overlay returns the values of one account, with its overrides in place of the common ones, and the variables they
// come from.
func overlay(values map[string]string, account string, fields []Field) (own, variables map[string]string) {
	own, variables = maps.Clone(values), map[string]string{}
	for _, f := range fields {
		if f.Process {
			continue
		}
		variable := AccountVariable(account, f.Name)
		value, given := values[variable]
		file := values[variable+fileSuffix]
		if f.Secret && (given || file != "") {
			own[f.fileName()] = file
		}
		if given || f.Secret && file != "" {
			own[f.Name], variables[f.Name] = value, variable
		}
	}
	return own, variables
}

// shared are the variables by which an account tries to override a setting of the process.
func shared(values map[string]string, names []string, fields []Field) []string {
	var problems []string
	for _, account := range names {
		for _, f := range fields {
			variable := AccountVariable(account, f.Name)
			_, given := values[variable]
			if _, file := values[variable+fileSuffix]; f.Process && (given || f.Secret && file) {
				problems = append(problems,
					fmt.Sprintf("%s belongs to the process and is the same for all accounts: set %s, for example %s.", variable,
						f.Name, f.Example))
			}
		}
	}
	return problems
}

// clashes finds settings that two accounts may not share.
func (c Config) clashes() []string {
	fields := Fields()
	problems := c.domainFileClashes()
	for _, unique := range []struct {
		setting, what string
		of            func(Config) string
	}{
		{"WECHAT_APP_ID", "is that of account %s as well", func(c Config) string { return c.WeChat.AppID }},
		{"WECHAT_ORIGINAL_ID", "is that of account %s as well", func(c Config) string { return c.WeChat.OriginalID }},
		{"WEB_URL", "has the host of account %s: each page needs one of its own, or set it empty for no page",
			func(c Config) string { return host(c.Web.URL) }},
	} {
		owner := map[string]string{}
		for _, one := range c.All() {
			value := unique.of(one)
			if other, taken := owner[value]; taken && value != "" {
				f := byName(fields, unique.setting)
				f.Name = AccountVariable(one.Account, f.Name)
				problems = append(problems, sentence(f, fmt.Sprintf(unique.what, other)))
			}
			owner[value] = one.Account
		}
	}
	return problems
}

// Warnings are sentences about settings that work but may surprise: accounts that share a social media channel of one
// C4C tenant, and settings under which strangers can do more than they should.
func (c Config) Warnings() []string {
	var found []string
	owner := map[string]string{}
	for _, one := range c.All() {
		found = append(found, one.exposed()...)
		channel := host(one.C4C.URL) + "\n" + one.C4C.ChannelID
		if other, taken := owner[channel]; taken {
			found = append(found,
				fmt.Sprintf(
					"Accounts %s and %s share C4C's channel %s: which of them a reply belongs to cannot always be told. Give each a channel of its own: set %s.",
					other, one.Account, one.C4C.ChannelID, AccountVariable(one.Account, "C4C_CHANNEL_ID")))
			continue
		}
		owner[channel] = one.Account
	}
	return found
}

func host(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return strings.ToLower(u.Host)
}

// distinct keeps the first of equal sentences.
func distinct(sentences []string) []string {
	seen := map[string]bool{}
	return slices.DeleteFunc(sentences, func(s string) bool {
		again := seen[s]
		seen[s] = true
		return again
	})
}
