package app

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// Exit codes of the program.
const (
	exitDone    = 0
	exitRefused = 1 // the action failed, or a check did
	exitUsage   = 2 // the command line is invalid: nothing was tried
)

// usageError is an invalid command line. Its sentence contains what is wrong, what is right, and an example.
type usageError struct{ sentence string }

func (e *usageError) Error() string { return e.sentence }

func usagef(format string, args ...any) error { return &usageError{fmt.Sprintf(format, args...)} }

// exitCode is the program's exit code after an error.
func exitCode(err error) int {
	if err == nil {
		return exitDone
	}
	if _, ok := errors.AsType[*usageError](err); ok {
		return exitUsage
	}
	return exitRefused
}

// exampleOf is the first example of a command's help.
func exampleOf(c *cobra.Command) string {
	first, _, _ := strings.Cut(strings.TrimSpace(c.Example), "\n")
	command, _, _ := strings.Cut(first, " #")
	return strings.TrimSpace(command)
}

// argument is a command's argument besides flags.
type argument struct{ name, what string }

// takes requires between least and most arguments of one kind, none of them empty.
func takes(a argument, least, most int) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		for _, arg := range args {
			if strings.TrimSpace(arg) == "" {
				return usagef("%s needs %s, %s, and was given an empty one, for example %s", c.CommandPath(), a.name, a.what,
					exampleOf(c))
			}
		}
		switch {
		case len(args) < least:
			return usagef("%s needs %s, %s, for example %s", c.CommandPath(), a.name, a.what, exampleOf(c))
		case len(args) > most:
			return usagef("%s takes one %s and not %q as well, for example %s", c.CommandPath(), a.name, args[most],
				exampleOf(c))
		}
		return nil
	}
}

// takesNothing allows only flags.
func takesNothing(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return usagef("%s takes flags only and not %q, for example %s", c.CommandPath(), args[0], exampleOf(c))
}

// group makes a command that only has subcommands. Without one it shows its help; an unknown one is named in the
// error.
func group(c *cobra.Command) *cobra.Command {
	c.Args = cobra.ArbitraryArgs
	c.RunE = func(c *cobra.Command, args []string) error {
		if len(args) == 0 {
			return c.Help()
		}
		return unknownCommand(c, args[0])
	}
	return c
}

func unknownCommand(c *cobra.Command, name string) error {
	var names []string
	for _, sub := range c.Commands() {
		if sub.IsAvailableCommand() {
			names = append(names, sub.Name())
		}
	}
	if meant, _, err := c.Find([]string{similar(name, names)}); err == nil && meant != c {
		return usagef("unknown command %q for %s: did you mean %s, for example %s", name, c.CommandPath(), meant.Name(),
			exampleOf(meant))
	}
	return usagef("unknown command %q for %s: it has %s, for example %s", name, c.CommandPath(), strings.Join(names, ", "),
		exampleOf(c))
}

// similar is the first name that may have been meant, by cobra's measure of typing errors; empty: none.
func similar(typed string, names []string) string {
	probe := &cobra.Command{Use: "probe", SuggestionsMinimumDistance: 2}
	for _, name := range names {
		probe.AddCommand(&cobra.Command{Use: name, Run: func(*cobra.Command, []string) {}})
	}
	if found := probe.SuggestionsFor(typed); typed != "" && len(found) > 0 {
		return found[0]
	}
	return ""
}

// wrongFlag describes in one sentence what is wrong with a flag.
func wrongFlag(c *cobra.Command, err error) error {
	if invalid, ok := errors.AsType[*pflag.InvalidValueError](err); ok {
		f := invalid.GetFlag()
		return usagef("--%s cannot be %q: it must be %s, for example %s", f.Name, invalid.GetValue(), kindOf(f),
			exampleOfFlag(f))
	}
	if missing, ok := errors.AsType[*pflag.ValueRequiredError](err); ok {
		f := missing.GetFlag()
		return usagef("--%s needs a value: it must be %s, for example %s", f.Name, kindOf(f), exampleOfFlag(f))
	}
	if unknown, ok := errors.AsType[*pflag.NotExistError](err); ok {
		name := unknown.GetSpecifiedName()
		var names []string
		c.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
		written := "--" + name
		if unknown.GetSpecifiedShortnames() != "" {
			written = "-" + name
		}
		if meant := similar(name, names); meant != "" {
			return usagef("unknown flag %s for %s: did you mean --%s, for example %s", written, c.CommandPath(), meant,
				exampleOfFlag(c.Flags().Lookup(meant)))
		}
		return usagef("unknown flag %s for %s: it has --%s, for example %s", written, c.CommandPath(),
			strings.Join(names, ", --"), exampleOf(c))
	}
	if wrong, ok := errors.AsType[*pflag.InvalidSyntaxError](err); ok {
		return usagef("%q is not how a flag is written: it begins with two hyphens and a letter, for example %s",
			wrong.GetSpecifiedFlag(), exampleOf(c))
	}
	return err
}
