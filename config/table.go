package config

import (
	"fmt"
	"io"
	"strings"
)

// Print writes every setting as NAME=value, secrets masked.
func (c Config) Print(w io.Writer) error {
	for _, f := range Fields() {
		value := f.value(c)
		if f.Secret {
			value = Secret(value).String()
		}
		if _, err := fmt.Fprintf(w, "%s=%s\n", f.Name, value); err != nil {
			return fmt.Errorf("config: print: %w", err)
		}
	}
	return nil
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
