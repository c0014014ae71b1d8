package app

import (
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/wechat-c4c/wechat-c4c/config"
	"github.com/wechat-c4c/wechat-c4c/wording"
)

// language is the operators' language. It is read separately, because help is needed most when settings cannot be
// loaded.
func (s shell) language() wording.Language {
	name, _ := s.environ.LookupEnv(config.Prefix + "OPERATOR_LOCALE")
	return wording.Language(name)
}

// translateHelp translates the help of a command and of all its subcommands. Names, examples and defaults remain.
func translateHelp(root *cobra.Command, language wording.Language) {
	if language != wording.Chinese {
		return
	}
	root.SetUsageTemplate(usageIn(language, root.UsageTemplate()))
	walk(root, func(c *cobra.Command) {
		c.Short, c.Long = language.Say(c.Short), language.Say(c.Long)
		for _, flags := range []*pflag.FlagSet{c.LocalFlags(), c.PersistentFlags()} {
			flags.VisitAll(func(f *pflag.Flag) { f.Usage = language.Say(f.Usage) })
		}
		c.InitDefaultHelpFlag()
		c.Flags().Lookup("help").Usage = language.Say("help for %s", c.CommandPath())
	})
	root.InitDefaultVersionFlag()
	root.Flags().Lookup("version").Usage = language.Say("version for %s", root.CommandPath())
}

// usageIn translates the words around the names in a help text.
func usageIn(language wording.Language, template string) string {
	say := language.Say
	return strings.NewReplacer(
		"Usage:", say("Usage:"),
		"Examples:", say("Examples:"),
		"Available Commands:", say("Available Commands:"),
		"Global Flags:", say("Global Flags:"),
		"Flags:", say("Flags:"),
		`Use "{{.CommandPath}} [command] --help" for more information about a command.`,
		say(`Use "{{.CommandPath}} [command] --help" for more information about a command.`),
	).Replace(template)
}
