package config

import (
	"fmt"
	"io"
)

// Shown is a setting in a form that may be shown: a secret's value is masked.
type Shown struct{ Name, Value string }

// Shown returns all settings. A setting that accounts override appears once for each account, under that account's
// variable.
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

// Print writes every setting as NAME=value, in the form of Shown.
func (c Config) Print(w io.Writer) error {
	for _, shown := range c.Shown() {
		if _, err := fmt.Fprintf(w, "%s=%s\n", shown.Name, shown.Value); err != nil {
			return fmt.Errorf("config: print: %w", err)
		}
	}
	return nil
}

// differs reports whether accounts have different values.
func (f Field) differs(c Config) bool {
	for _, other := range c.Others {
		if !f.Process && f.value(other) != f.value(c) {
			return true
		}
	}
	return false
}
