package config

import (
	"fmt"
	"io"
	"strings"
)

// Shown is a setting as it may be shown: a secret's value is masked.
type Shown struct{ Name, Value string }

// Shown are all settings. What accounts have for themselves stands there once for each, under the variable of that account.
func (c Config) Shown() []Shown {
	var all []Shown
	for _, f := range Fields() {
		for i, account := range c.All() {
			name, value := f.Name, f.value(account)
			if f.differs(c) {
				name = AccountVariable(account.Account, f.Name)
			} else if i > 0 {
				break
			}
			if f.Secret {
				value = Secret(value).String()
			}
			all = append(all, Shown{Name: name, Value: value})
		}
	}
	return all
}

// Print writes every setting as NAME=value, as they are in Shown.
func (c Config) Print(w io.Writer) error {
	for _, shown := range c.Shown() {
		if _, err := fmt.Fprintf(w, "%s=%s\n", shown.Name, shown.Value); err != nil {
			return fmt.Errorf("config: print: %w", err)
		}
	}
	return nil
}

// differs tells that accounts have different values.
func (f Field) differs(c Config) bool {
	for _, other := range c.Others {
		if !f.Process && f.value(other) != f.value(c) {
			return true
		}
	}
	return false
}

// Marks between which the README holds the table of settings.
const (
	TableBegin = "<!-- settings: begin -->"
	TableEnd   = "<!-- settings: end -->"
)

// MarkdownTable is the table of settings for the README.
func MarkdownTable() string {
	var b strings.Builder
	b.WriteString("| variable | default | meaning | example |\n|---|---|---|---|\n")
	for _, f := range Fields() {
		help := f.Help
		if f.Secret {
			help += " (secret; or a file named by `…_FILE`)"
		}
		if f.Process && !strings.HasPrefix(f.Name, Prefix+"ACCOUNT") {
			help += "; the same for all accounts"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", f.Name, code(f.Default), cell(help), code(f.Example))
	}
	return b.String()
}

func code(s string) string {
	if s == "" {
		return ""
	}
	return "`" + cell(s) + "`"
}

func cell(s string) string { return strings.ReplaceAll(s, "|", `\|`) }
