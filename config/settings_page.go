package config

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// group is a chapter of the settings page.
type group struct {
	title, intro string
	begin        []string // prefixes of its settings' names, without Prefix; the longest match counts
}

var groups = []group{
	{"Accounts", "", []string{"ACCOUNT", "ENVIRONMENT", "LANGUAGE", "OPERATOR_LOCALE"}},
	{"Processes", "", []string{"PUBLIC_ADDR", "INTERNAL_ADDR", "FILES_", "LOG_", "STOP_TIMEOUT", "NAMESPACE_RETENTION",
		"WORKFLOW_CACHE"}},
	{"Keys, and who may read what is encrypted", "", []string{"FOLLOWER_KEY_SECRET", "CODEC_", "UI_ORIGIN"}},
	{"WeChat", "[Set up the account](setup-wechat.md).", []string{"WECHAT_"}},
	{"C4C", "[Set up the tenant](setup-c4c.md).", []string{"C4C_"}},
	{"Tickets", "", []string{"TICKETS_", "MEDIA_", "TELL_NUMBER"}},
	{"Replies, and the window in which WeChat lets them through",
		"[Why replies did not arrive](operations.md#why-replies-did-not-arrive).",
		[]string{"WINDOW_", "VOICE_", "RESEND_UNKNOWN"}},
	{"Replies that C4C's push did not bring", "[How they are found](operations.md#replies-that-the-push-did-not-bring).",
		[]string{"RECONCILE_"}},
	{"Texts and business hours", "", []string{"TEXTS_", "HOURS_"}},
	{"The H5 page", "[The page](h5.md).", []string{"WEB_"}},
	{"The spool", "[The spool](operations.md#the-spool).", []string{"SPOOL_"}},
	{"Where requests may come from", "[The threat model](security.md).", []string{"TRUSTED_PROXIES", "WECHAT_ADDRESSES"}},
}

// groupOf finds the chapter of a setting, or nil.
func groupOf(f Field) *group {
	var found *group
	longest := 0
	for i := range groups {
		for _, begin := range groups[i].begin {
			if strings.HasPrefix(strings.TrimPrefix(f.Name, Prefix), begin) && len(begin) > longest {
				found, longest = &groups[i], len(begin)
			}
		}
	}
	return found
}

const pageHead = `# Settings

<!-- Written by "make generate" from the struct in config/. -->

Settings are environment variables. A secret may instead be in a file, named by the variable with
%s at its end. %swechat-c4c config check%s lists what is missing or wrong, %sconfig print%s
shows what is set, and [.env.example](../.env.example) is a file to start from. The connection to
Temporal uses Temporal's own variables: %sTEMPORAL_ADDRESS%s, %sTEMPORAL_NAMESPACE%s and others.

A **required** setting has no default. Scope %sall%s: one value for all accounts of an installation.
Any other setting may differ by account: %sWECHAT_C4C_ACCOUNT_SHOP_LANGUAGE%s is the language of the
account %sshop%s.
`

// Widths of the page, in characters.
const (
	rowWidth  = 160
	textWidth = 100
)

// SettingsPage returns docs/settings.md: every setting in its chapter. What does not fit into the table is text below
// it.
func SettingsPage() string {
	var b strings.Builder
	b.WriteString(strings.ReplaceAll(strings.Replace(pageHead, "%s", "`_FILE`", 1), "%s", "`"))
	needed := required()
	for i := range groups {
		g := &groups[i]
		fmt.Fprintf(&b, "\n## %s\n\n", g.title)
		if g.intro != "" {
			b.WriteString(g.intro + "\n\n")
		}
		b.WriteString("| setting | default | scope | meaning |\n|---|---|---|---|\n")
		var notes []string
		for _, f := range Fields() {
			if groupOf(f) != g {
				continue
			}
			row, note := f.row(needed[f.Name])
			b.WriteString(row)
			if note != "" {
				notes = append(notes, note)
			}
		}
		if len(notes) > 0 {
			b.WriteString("\n" + strings.Join(notes, ""))
		}
	}
	return b.String()
}

// required are the settings that an installation cannot do without.
func required() map[string]bool {
	_, _, err := Load(nil)
	needed := map[string]bool{}
	problems, _ := err.(Problems)
	for _, f := range Fields() {
		for _, problem := range problems {
			if strings.HasPrefix(problem, f.Name+" is not set, for example ") {
				needed[f.Name] = true
			}
		}
	}
	return needed
}

// row is the setting's line in its table, and what did not fit into it.
func (f Field) row(required bool) (row, note string) {
	standard, scope := code(f.Default), ""
	switch {
	case required:
		standard = "**required**"
	case f.Secret:
		standard = "secret"
	case utf8.RuneCountInString(f.Default) > 30:
		standard = "see below"
	}
	if f.Process {
		scope = "all"
	}
	meaning, rest := cell(f.Help), ""
	line := func() string { return fmt.Sprintf("| `%s` | %s | %s | %s |\n", f.Name, standard, scope, meaning) }
	for _, end := range []string{"; ", ": ", ", "} {
		for utf8.RuneCountInString(line()) > rowWidth+1 {
			i := strings.LastIndex(meaning, end)
			if i < 0 {
				break
			}
			meaning, rest = meaning[:i], strings.TrimSuffix(meaning[i+len(end):]+"; "+rest, "; ")
		}
	}
	if standard == "see below" {
		rest = strings.TrimPrefix(rest+"; default: "+code(f.Default), "; ")
	}
	if f.Example != f.Default && f.Example != "" && (rest != "" || f.Default == "" && !f.Secret) {
		rest = strings.TrimPrefix(rest+"; for example "+code(f.Example), "; ")
	}
	if rest == "" {
		return line(), ""
	}
	return line(), wrap(fmt.Sprintf("- `%s`: %s.", f.Name, rest))
}

// wrap breaks an item of a list at blanks, but not inside code.
func wrap(item string) string {
	var b strings.Builder
	used := 0
	for _, word := range words(item) {
		size := utf8.RuneCountInString(word)
		switch {
		case used == 0:
		case used+1+size > textWidth:
			b.WriteString("\n  ")
			used = 2
		default:
			b.WriteString(" ")
			used++
		}
		b.WriteString(word)
		used += size
	}
	return b.String() + "\n"
}

// words are the parts of a text between blanks; what is quoted as code is one word with what touches it.
func words(text string) []string {
	var all []string
	var word strings.Builder
	quoted := false
	for _, r := range text {
		if r == '`' {
			quoted = !quoted
		}
		if r == ' ' && !quoted {
			all = append(all, word.String())
			word.Reset()
			continue
		}
		word.WriteRune(r)
	}
	return append(all, word.String())
}

func code(s string) string {
	if s == "" {
		return ""
	}
	return "`" + cell(s) + "`"
}

func cell(s string) string { return strings.ReplaceAll(s, "|", `\|`) }
