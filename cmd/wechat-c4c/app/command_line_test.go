package app

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/config"
)

// line runs a command line without a terminal.
func line(t *testing.T, environ []string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	code = execute(ctx, args, shell{environ: environ, stdin: strings.NewReader(""), stdout: &out, stderr: &errs})
	return code, out.String(), errs.String()
}

func rootOf() *cobra.Command {
	return newRoot(shell{stdin: strings.NewReader(""), stdout: new(bytes.Buffer), stderr: new(bytes.Buffer)})
}

// printsNoJSON are the commands without --output, and why.
var printsNoJSON = map[string]string{
	"wechat-c4c api":                   "logs",
	"wechat-c4c worker":                "logs",
	"wechat-c4c health":                "prints nothing",
	"wechat-c4c config env":            "prints a file",
	"wechat-c4c follower erase":        "prints JSON always: the receipt",
	"wechat-c4c help":                  "prints help",
	"wechat-c4c completion bash":       "prints a script",
	"wechat-c4c completion zsh":        "prints a script",
	"wechat-c4c completion fish":       "prints a script",
	"wechat-c4c completion powershell": "prints a script",
}

// changesProduction are the commands that offer a preview, with the flags for it.
var changesProduction = map[string][]string{
	"wechat-c4c bootstrap":          {"dry-run", "yes", "actor", "reason", "audit-log"},
	"wechat-c4c menu apply":         {"dry-run", "yes", "actor", "reason", "audit-log"},
	"wechat-c4c menu delete":        {"dry-run", "yes", "actor", "reason", "audit-log"},
	"wechat-c4c deployment promote": {"dry-run", "yes", "actor", "reason", "audit-log"},
	"wechat-c4c backfill start":     {"dry-run", "yes", "actor", "reason", "audit-log"},
	"wechat-c4c sync retry":         {"dry-run", "yes", "actor", "reason", "audit-log"},
	"wechat-c4c sync skip":          {"dry-run", "yes", "actor", "reason", "audit-log"},
	"wechat-c4c sync amend":         {"dry-run", "actor", "reason", "audit-log"},
	"wechat-c4c reconcile approve":  {"dry-run", "yes", "actor", "reason", "audit-log"},
	"wechat-c4c reconcile move":     {"dry-run", "yes", "actor", "reason", "audit-log"},
	"wechat-c4c reconcile restored": {"dry-run", "yes", "actor", "reason", "audit-log"},
	"wechat-c4c spool drop":         {"dry-run", "yes", "actor", "reason", "audit-log"},
	"wechat-c4c follower erase":     {"yes", "actor", "reason", "audit-log"},
}

func TestEveryCommandIsWhatItsUsersExpect(t *testing.T) {
	t.Parallel()
	root := rootOf()
	seen := 0
	walk(root, func(c *cobra.Command) {
		seen++
		path := c.CommandPath()
		require.NotEmpty(t, c.Short, path)
		require.NotEmpty(t, c.Example, "%s has no example in its help", path)
		for _, name := range changesProduction[path] {
			require.NotNil(t, c.Flags().Lookup(name), "%s changes production and has no --%s", path, name)
		}
		c.InheritedFlags() // merges those of parents
		if !c.HasSubCommands() && printsNoJSON[path] == "" {
			require.NotNil(t, c.Flags().Lookup("output"), "%s prints and has no --output", path)
		}
		c.Flags().VisitAll(func(f *pflag.Flag) {
			require.NotEmpty(t, f.Usage, "%s --%s", path, f.Name)
			example := strings.TrimPrefix(exampleOfFlag(f), "--"+f.Name)
			if f.Value.Type() != "bool" {
				require.NotEmpty(t, strings.TrimSpace(example), "%s --%s has no example", path, f.Name)
			}
			_, completed := c.GetFlagCompletionFunc(f.Name)
			inherited := c.InheritedFlags().Lookup(f.Name) != nil
			require.True(t, completed || inherited || slices.Contains(fileFlags, f.Name), "%s --%s completes nothing", path,
				f.Name)
		})
		if c.HasSubCommands() {
			require.NotNil(t, c.RunE, "%s takes any subcommand", path)
		}
	})
	require.Greater(t, seen, 25)
	for path := range changesProduction {
		_, rest, err := root.Find(strings.Fields(path)[1:])
		require.NoError(t, err)
		require.Empty(t, rest, "there is no %s", path)
	}
}

// Each example in a help text is a valid command line.
func TestExamplesAreRight(t *testing.T) {
	t.Parallel()
	root := rootOf()
	walk(root, func(documented *cobra.Command) {
		for example := range strings.Lines(documented.Example) {
			_, own, ok := strings.Cut(strings.TrimSpace(example), "wechat-c4c ")
			if !ok || documented.HasParent() && documented.Parent().Name() == "completion" {
				continue
			}
			own, _, _ = strings.Cut(own, " < ")
			own, _, _ = strings.Cut(own, " > ")
			fresh := rootOf()
			c, rest, err := fresh.Find(words(own))
			require.NoError(t, err, example)
			if !documented.HasSubCommands() {
				require.Equal(t, documented.CommandPath(), c.CommandPath(), example)
			}
			require.NoError(t, c.ParseFlags(rest), example)
			require.NoError(t, c.ValidateArgs(c.Flags().Args()), example)
		}
	})
}

// words splits a line as a shell does, as far as examples need it.
func words(line string) []string {
	var found []string
	for i, part := range strings.Split(line, `"`) {
		if i%2 == 1 {
			found = append(found, part)
			continue
		}
		found = append(found, strings.Fields(part)...)
	}
	return found
}

// A mistyped command line gets one sentence: what is wrong, what is right, and an example; and nothing is tried.
func TestWrongCommandLines(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		line string
		says []string
	}{
		{"sing along",
			[]string{`unknown command "sing" for wechat-c4c: did you mean sync, for example wechat-c4c sync list`}},
		{"wechat", []string{`unknown command "wechat" for wechat-c4c: it has api, backfill, bootstrap`,
			"for example wechat-c4c doctor"}},
		{"snyc list", []string{`unknown command "snyc" for wechat-c4c: did you mean sync, for example`}},
		{"sync lst",
			[]string{`unknown command "lst" for wechat-c4c sync: did you mean list, for example wechat-c4c sync list --state`}},
		{"config foo",
			[]string{
				`unknown command "foo" for wechat-c4c config: it has check, env, print, table, for example wechat-c4c config check`}},
		{"menu foo", []string{`unknown command "foo" for wechat-c4c menu: it has apply, delete, show, for example`}},
		{"menu aply", []string{`did you mean apply, for example wechat-c4c menu apply --dry-run`}},
		{"follower foo", []string{`unknown command "foo" for wechat-c4c follower: it has erase, show`}},
		{"backfill foo", []string{`unknown command "foo" for wechat-c4c backfill`}},
		{"deployment foo", []string{`unknown command "foo" for wechat-c4c deployment`}},
		{"completion tcsh",
			[]string{`unknown command "tcsh" for wechat-c4c completion: did you mean bash, for example source <(`}},
		{"help foo", []string{`unknown command "foo" for wechat-c4c`}},
		{"help sync lst", []string{`did you mean list`}},
		{"sync list extra",
			[]string{`wechat-c4c sync list takes flags only and not "extra", for example wechat-c4c sync list`}},
		{"sync show", []string{"wechat-c4c sync show needs <id>, the id of a sync",
			"for example wechat-c4c sync show reply/"}},
		{"sync timeline", []string{"needs <id>"}},
		{"sync show a b", []string{`takes one <id> and not "b" as well`}},
		{"sync retry a b", []string{`takes one <id> and not "b" as well`}},
		{"follower show", []string{"needs <openid>, the follower's openid"}},
		{"follower erase", []string{"needs <openid>"}},
		{"deployment promote", []string{"needs <build>, the TEMPORAL_WORKER_BUILD_ID"}},
		{"sync amend a", []string{"say what to amend: --text, --ticket or --openid, for example wechat-c4c sync amend"}},
		{"sync retry", []string{"say which syncs to retry: an id, or filters, for example"}},
		{"sync skip a --cause C4CLocked", []string{"an id or filters, not both"}},
		{"sync skip a --follower o", []string{"an id or filters, not both"}},
		{"sync list --state needs_atention",
			[]string{`--state cannot be "needs_atention": it must be one of needs_attention, stuck, held`,
				"for example --state needs_attention"}},
		{"sync list --state held,foo", []string{`--state cannot be "held,foo"`}},
		{"sync list --type Foo", []string{`--type cannot be "Foo": it must be one of OnboardFollower`,
			"for example --type OnboardFollower"}},
		{"sync list --cause Foo", []string{`--cause cannot be "Foo": it must be one of `, "C4CLocked"}},
		{"sync list --limit -1",
			[]string{`--limit cannot be "-1": it must be a whole number of 0 or more, for example --limit 100`}},
		{"sync list --limit many", []string{`--limit cannot be "many"`}},
		{"sync list --older soon",
			[]string{`--older cannot be "soon": it must be an age of minutes, hours or days, for example --older 12h`}},
		{"sync list --newer -3h", []string{`--newer cannot be "-3h"`}},
		{"sync list --newer 0s", []string{`--newer cannot be "0s"`}},
		{"sync list -o xml", []string{`--output cannot be "xml": it must be one of table, json, for example --output table`}},
		{"doctor -o xml", []string{`--output cannot be "xml"`}},
		{"doctor --timeout 0",
			[]string{`--timeout cannot be "0": it must be a duration of at least 1s, for example --timeout`}},
		{"doctor --timeout soon", []string{`--timeout cannot be "soon"`}},
		{"deployment show -o yaml", []string{`--output cannot be "yaml"`}},
		{"deployment promote b --wait -1s", []string{`--wait cannot be "-1s"`}},
		{"backfill start --per-second 0", []string{`--per-second cannot be "0": it must be a number above 0`}},
		{"backfill start --per-second 1e9", []string{`--per-second cannot be "1e9"`}},
		{"sync retry --cause C4CLocked --rate 0", []string{`--rate cannot be "0"`}},
		{"sync retry --cause C4CLocked --rate NaN", []string{`--rate cannot be "NaN"`}},
		{"sync list --sate held",
			[]string{"unknown flag --sate for wechat-c4c sync list: did you mean --state, for example --state needs_attention"}},
		{"sync list --frobnicate", []string{"unknown flag --frobnicate for wechat-c4c sync list: it has --account, "}},
		{"sync list -x", []string{"unknown flag -x for wechat-c4c sync list: it has --account"}},
		{"sync list --state", []string{"--state needs a value: it must be one of needs_attention"}},
		{"sync list --=x", []string{`"--=x" is not how a flag is written`}},
		{"menu apply --dry-run=maybe", []string{`--dry-run cannot be "maybe": it must be true or false`}},
		{"worker --role foo",
			[]string{`--role cannot be "foo": it must be one of all, workflows, wechat, c4c, for example --role all`}},
		{"api now", []string{`wechat-c4c api takes flags only and not "now"`}},
		{"version 1", []string{`wechat-c4c version takes flags only and not "1"`}},
	} {
		t.Run(tt.line, func(t *testing.T) {
			t.Parallel()
			code, stdout, stderr := line(t, nil, words(tt.line)...)
			require.Equal(t, exitUsage, code, stderr)
			require.Empty(t, stdout)
			require.Equal(t, 1, strings.Count(stderr, "\n"), stderr)
			require.True(t, strings.HasPrefix(stderr, "wechat-c4c: "), stderr)
			for _, want := range append(tt.says, " example ") {
				require.Contains(t, stderr, want)
			}
		})
	}
	code, _, stderr := line(t, nil, "sync", "show", " ")
	require.Equal(t, exitUsage, code)
	require.Contains(t, stderr, "was given an empty one")
}

// A command that only has subcommands lists them.
func TestGroupsShowTheirHelp(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{nil, {"sync"}, {"menu"}, {"help", "menu"}, {"config"}, {"follower"}, {"backfill"},
		{"deployment"}} {
		code, stdout, stderr := line(t, nil, args...)
		require.Zero(t, code, stderr)
		require.Contains(t, stdout, "Available Commands:")
		require.Contains(t, stdout, "Examples:")
	}
}

func TestVersionFlag(t *testing.T) {
	t.Parallel()
	_, command, _ := line(t, nil, "version")
	code, flag, _ := line(t, nil, "--version")
	require.Zero(t, code)
	require.Equal(t, command, flag)
	_, stdout, _ := line(t, nil, "version", "-o", "json")
	var said struct{ Version, Go string }
	require.NoError(t, json.Unmarshal([]byte(stdout), &said))
	require.Equal(t, command, "wechat-c4c "+said.Version+" "+said.Go+"\n")
}

func TestSettingsAsJSON(t *testing.T) {
	t.Parallel()
	dev := []string{config.Prefix + "ENVIRONMENT=development"}
	_, stdout, _ := line(t, dev, "config", "print", "-o", "json")
	values := map[string]string{}
	require.NoError(t, json.Unmarshal([]byte(stdout), &values))
	require.Equal(t, "********", values[config.Prefix+"WECHAT_APP_SECRET"])
	require.Len(t, values, len(config.Fields()))

	_, stdout, _ = line(t, nil, "config", "table", "-o", "json")
	var all []setting
	require.NoError(t, json.Unmarshal([]byte(stdout), &all))
	require.Len(t, all, len(config.Fields()))

	var found verdict
	code, stdout, stderr := line(t, append(dev, config.Prefix+"SETLE=1s"), "config", "check", "-o", "json")
	require.Zero(t, code, stderr)
	require.NoError(t, json.Unmarshal([]byte(stdout), &found))
	require.True(t, found.Valid)
	require.Equal(t, []string{"default"}, found.Accounts)
	require.Len(t, found.Warnings, 1)

	found = verdict{}
	code, stdout, stderr = line(t, append(dev, config.Prefix+"STOP_TIMEOUT=soon"), "config", "check", "-o", "json")
	require.Equal(t, exitRefused, code)
	require.NoError(t, json.Unmarshal([]byte(stdout), &found))
	require.False(t, found.Valid)
	require.Contains(t, found.Problems[0], "WECHAT_C4C_STOP_TIMEOUT is not a duration")
	require.Contains(t, stderr, "WECHAT_C4C_STOP_TIMEOUT is not a duration")
}

func TestShellsCompleteValues(t *testing.T) {
	t.Parallel()
	environ := []string{
		config.Prefix + "ENVIRONMENT=development", config.Prefix + "ACCOUNTS=default,shop", "TEMPORAL_ADDRESS=" + freeAddr(t),
		config.Prefix + "ACCOUNT_SHOP_WECHAT_APP_ID=wx00000000000000bb", config.Prefix +
			"ACCOUNT_SHOP_WECHAT_ORIGINAL_ID=gh_00000000bbbb",
		config.Prefix + "ACCOUNT_SHOP_WEB_URL=",
	}
	for _, tt := range []struct {
		line string
		want []string
	}{
		{"sync list --state ", []string{"needs_attention", "held", "all"}},
		{"sync retry --cause ", []string{"C4CLocked", "WeChatBusy"}},
		{"sync list --type ", []string{"CreateTicket"}},
		{"worker --role ", []string{"workflows", "c4c"}},
		{"doctor -o ", []string{"table", "json"}},
		{"deployment show --output ", []string{"json"}},
		{"menu apply --account ", []string{"default", "shop"}},
		{"sync ", []string{"list", "amend"}},
		{"help menu ", []string{"apply", "delete"}},
		{"sync show ", nil}, // Temporal does not answer: nothing is offered or printed
		{"deployment promote ", nil},
		{"follower show ", nil},
	} {
		t.Run(tt.line, func(t *testing.T) {
			t.Parallel()
			code, stdout, stderr := line(t, environ, append([]string{"__complete"}, strings.Split(tt.line, " ")...)...)
			require.Zero(t, code, stderr)
			var offers []string
			for offer := range strings.Lines(stdout) {
				name, _, _ := strings.Cut(strings.TrimSpace(offer), "\t")
				offers = append(offers, name)
			}
			require.Contains(t, offers, ":4", "no file names: %s", stdout)
			require.Subset(t, offers, tt.want)
			if tt.want == nil {
				require.Equal(t, []string{":4"}, offers)
			}
			require.NotContains(t, stderr, "temporal at")
		})
	}
}

func TestWhatTakesLongSaysSo(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	w := &shared{w: &out}
	stop := waitingFor(w, "waiting for Temporal", time.Millisecond, time.Millisecond)
	require.Eventually(t, func() bool {
		w.mu.Lock()
		defer w.mu.Unlock()
		return strings.Count(out.String(), "wechat-c4c: waiting for Temporal (") >= 2
	}, 5*time.Second, time.Millisecond)
	stop()
	stop()
	said := out.Len()
	waitingFor(w, "nothing", time.Hour, time.Hour)()
	require.Equal(t, said, out.Len())
}

func TestBootstrapRehearses(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		cluster func(*cluster)
		says    []string
	}{
		{"nothing is there", func(*cluster) {}, []string{
			"namespace shop: would be created, and keep closed workflows for 336h0m0s\n",
			"search attributes: would be added: SyncState",
			"schedule maintain-token/default: would be created\n", "Dry run: nothing was done.\n",
		}},
		{"a short retention", func(c *cluster) { c.retention = 24 * time.Hour }, []string{
			"namespace shop: retention would be raised from 24h0m0s to 336h0m0s\n",
			"search attributes: would be added: Account, FollowerKey",
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := newCluster(t)
			tt.cluster(c)
			before := c.retention
			environ := []string{config.Prefix + "ENVIRONMENT=development", "TEMPORAL_ADDRESS=" + c.addr,
				"TEMPORAL_NAMESPACE=shop"}
			code, stdout, stderr := line(t, environ, "bootstrap", "--dry-run")
			require.Zero(t, code, stderr)
			for _, want := range tt.says {
				require.Contains(t, stdout, want)
			}
			code, stdout, stderr = line(t, environ, "bootstrap", "--dry-run", "-o", "json")
			require.Zero(t, code, stderr)
			var steps []step
			require.NoError(t, json.Unmarshal([]byte(stdout), &steps))
			require.Equal(t, "namespace shop", steps[0].What)
			require.Empty(t, c.schedules)
			require.Empty(t, c.attributes)
			require.Equal(t, before, c.retention)
		})
	}
}

func TestPromotionAsksFirst(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	environ := []string{config.Prefix + "ENVIRONMENT=development", "TEMPORAL_ADDRESS=" + c.addr, "TEMPORAL_NAMESPACE=shop"}
	code, stdout, stderr := line(t, environ, "deployment", "promote", "1.1.0")
	require.Equal(t, exitRefused, code)
	require.Empty(t, stdout)
	require.Contains(t, stderr,
		"nobody can be asked whether to give all work of wechat-c4c to build 1.1.0: confirm it with --yes")
	code, _, stderr = line(t, environ, "backfill", "start")
	require.Equal(t, exitRefused, code)
	require.Contains(t, stderr, "nobody can be asked whether to make a customer in C4C of every follower of default")

	for _, tt := range []struct {
		said promotion
		says string
	}{
		{promotion{Current: "b", Former: "b", DryRun: true}, "Build b is current already.\n"},
		{promotion{Current: "b", Former: "a", DryRun: true}, "Build b would become current in the place of a.\n"},
		{promotion{Current: "b", DryRun: true, Lacks: []string{"c4c"}}, "Build b would not become current: it lacks c4c.\n"},
		{promotion{Current: "b", Former: "a"}, "Build b is current; it was a.\n"},
		{promotion{Current: "b"}, "Build b is current.\n"},
	} {
		var out bytes.Buffer
		require.NoError(t, tt.said.write(&out))
		require.Equal(t, tt.says, out.String())
	}
}
