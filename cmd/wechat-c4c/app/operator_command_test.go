package app

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	sdk "go.temporal.io/sdk/worker"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/config"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

const (
	operatedText     = "the noise of the brakes"
	operatedFollower = "oOperatedFollowerOfThisTest1"
)

// desk is an operator's shell on a Temporal with workers, but without WeChat and C4C.
type desk struct {
	t       *testing.T
	client  client.Client
	environ []string
	cfg     config.Config
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	cfg := config.Development()
	cfg.LogLevel = "error"
	server := newDevServer(t, cfg)
	d := &desk{t: t, client: server.Client(), cfg: cfg, environ: []string{
		config.Prefix + "ENVIRONMENT=development",
		"TEMPORAL_ADDRESS=" + server.FrontendHostPort(), "TEMPORAL_NAMESPACE=default",
		"TEMPORAL_CONFIG_FILE=" + filepath.Join(t.TempDir(), "none.toml"),
	}}
	d.work()
	return d
}

// newDevServer is a real Temporal, with a client that has the keys of cfg.
func newDevServer(t *testing.T, cfg config.Config) *testsuite.DevServer {
	t.Helper()
	path := os.Getenv("TEMPORAL_DEV_BIN")
	if path == "" {
		t.Skip("TEMPORAL_DEV_BIN is not set: no Temporal development server to test with")
	}
	var attributes []temporal.SearchAttributeUpdate
	for _, name := range workflows.SearchAttributes {
		attributes = append(attributes, temporal.NewSearchAttributeKeyKeyword(name).ValueSet(""))
	}
	p, err := newProcess(cfg, "test", surroundingsOf("127.0.0.1:1", io.Discard))
	require.NoError(t, err)
	t.Cleanup(p.close)
	server, err := testsuite.StartDevServer(t.Context(), testsuite.DevServerOptions{
		ExistingPath: path, LogLevel: "error", Stdout: io.Discard, Stderr: io.Discard,
		SearchAttributes: temporal.NewSearchAttributes(attributes...),
		ClientOptions: &client.Options{
			DataConverter: p.ring.DataConverter(), FailureConverter: p.ring.FailureConverter(), Logger: p.options.Logger,
		},
	})
	require.NoError(t, err)
	t.Cleanup(func() { _ = server.Stop() })
	return server
}

// work makes C4C refuse every note in a ticket that begins with 9.
func (d *desk) work() {
	workers := []sdk.Worker{sdk.New(d.client, workflows.TaskQueue, sdk.Options{}),
		sdk.New(d.client, workflows.QueueC4C, sdk.Options{})}
	(&workflows.Workflows{}).Register(workers[0])
	workers[1].RegisterActivityWithOptions(func(_ context.Context, in activities.AddNoteInput) error {
		if strings.HasPrefix(in.TicketID, "9") {
			return temporal.NewNonRetryableApplicationError("c4c said no", activities.ErrorC4CRejected, nil)
		}
		return nil
	}, activity.RegisterOptions{Name: "AddNote"})
	for _, w := range workers {
		require.NoError(d.t, w.Start())
		d.t.Cleanup(w.Stop)
	}
}

func (d *desk) key() string { return followerKey(d.cfg)(d.cfg.Account, operatedFollower) }

// park starts a sync that parks.
func (d *desk) park(ticket string) string {
	d.t.Helper()
	id := workflows.NoteID(d.cfg.Account, d.key(), ticket)
	_, err := d.client.ExecuteWorkflow(d.t.Context(), client.StartWorkflowOptions{
		ID: id, TaskQueue: workflows.TaskQueue, TypedSearchAttributes: temporal.NewSearchAttributes(
			workflows.AttributeAccount.ValueSet(d.cfg.Account), workflows.AttributeFollowerKey.ValueSet(d.key()),
			workflows.AttributeSyncState.ValueSet(workflows.StateSyncing)),
	}, workflows.TypeNoteTicket, workflows.NoteTicketInput{
		SyncInput: workflows.SyncInput{Account: d.cfg.Account, OpenID: operatedFollower, FollowerKey: d.key()},
		TicketID:  ticket, Text: operatedText,
	})
	require.NoError(d.t, err)
	require.Eventually(d.t, func() bool {
		_, out, _ := d.run("sync", "list", "--ticket", ticket, "--state", "needs_attention")
		return strings.Contains(out, id)
	}, 20*time.Second, 50*time.Millisecond)
	return id
}

func (d *desk) run(args ...string) (code int, stdout, stderr string) { return d.at("", args...) }

// at runs a command, at a terminal if there is an answer to type.
func (d *desk) at(answer string, args ...string) (code int, stdout, stderr string) {
	d.t.Helper()
	var out, errs bytes.Buffer
	code = execute(d.t.Context(), args, shell{
		environ: d.environ, stdin: strings.NewReader(answer), interactive: answer != "", stdout: &out, stderr: &errs,
	})
	for _, secret := range []string{operatedText, operatedFollower, "dev-appsecret", "dev-password"} {
		require.NotContains(d.t, out.String()+errs.String(), secret)
	}
	return code, out.String(), errs.String()
}

func TestOperatorsDay(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	first, second := d.park("9001"), d.park("9002")
	audit := filepath.Join(t.TempDir(), "audit.jsonl")

	code, out, _ := d.run("sync", "list", "--follower", operatedFollower)
	require.Zero(t, code)
	for _, want := range []string{first, second, "needs_attention 2", "C4CRejected (2)"} {
		require.Contains(t, out, want)
	}
	code, out, _ = d.run("sync", "list", "-o", "json", "--cause", "C4CRejected", "--newer", "1d", "--type", "NoteTicket",
		"--account", "default")
	require.Zero(t, code)
	var listing struct{ Syncs []struct{ ID string } }
	require.NoError(t, json.Unmarshal([]byte(out), &listing))
	require.Len(t, listing.Syncs, 2)
	require.Equal(t, first, listing.Syncs[0].ID)

	code, out, _ = d.run("sync", "show", first)
	require.Zero(t, code)
	require.Contains(t, out, "http://127.0.0.1:8233/namespaces/default/workflows/note%2Fdefault%2F")
	code, out, _ = d.run("sync", "show", first, "--ui-url", "https://ui.example")
	require.Zero(t, code)
	require.Contains(t, out, "https://ui.example/namespaces/")
	code, out, _ = d.run("sync", "timeline", first, "-o", "json")
	require.Zero(t, code)
	require.Contains(t, out, `"kind": "activity"`)

	code, out, errs := d.run("sync", "retry", first, "--actor", "alice", "--wait", "0s")
	require.Zero(t, code, errs)
	require.Equal(t, "retry accepted: "+first+"\n", out)
	require.Contains(t, errs, `"actor":"alice"`, "without a file the audit line goes to standard error")
	require.Eventually(t, func() bool {
		code, _, errs = d.run("sync", "retry", first, "--actor", "alice", "--wait", "1m")
		return code == exitRefused && strings.Contains(errs, "tried again, and it is needs_attention again: C4CRejected: ")
	}, 10*time.Second, 50*time.Millisecond)
	code, out, errs = d.run("status", "--api", "127.0.0.1:1")
	require.Zero(t, code, errs)
	require.Contains(t, out, "spool at 127.0.0.1:1: not known: no api with a spool answers there\n")
	require.Contains(t, out, "no api with a spool answers at 127.0.0.1:1\n   Start it, or correct --api.\n")
	require.Contains(t, out, "need attention in account default: C4CRejected: C4C refused the data.\n   Its message names")
	require.Contains(t, out, "   wechat-c4c sync list --account default --cause C4CRejected\n")

	code, out, _ = d.run("sync", "skip", second, "--dry-run")
	require.Zero(t, code)
	require.Equal(t, "Would skip "+second+" (needs_attention C4CRejected).\nDry run: nothing was done.\n", out)
	code, out, errs = d.at("no\n", "sync", "skip", "--ticket", "9002")
	require.Equal(t, exitRefused, code)
	require.Contains(t, out, "1 sync to skip:\n")
	require.Contains(t, errs, "Skip 1 sync? [y/N] wechat-c4c: not confirmed: nothing was done\n")
	_, out, _ = d.run("__complete", "sync", "show", "")
	require.Contains(t, out, second+"\tneeds_attention\n")

	require.Eventually(t, func() bool {
		_, out, _ := d.run("sync", "skip", "--state", "needs_attention", "--dry-run")
		return strings.Contains(out, "2 syncs to skip:\n2  C4CRejected  NoteTicket\nDry run: nothing was done.\n")
	}, 10*time.Second, 50*time.Millisecond)
	code, out, errs = d.run("sync", "skip", "--ticket", "9002", "--actor", "bob", "--reason", "of no use", "--audit-log",
		audit, "--rate", "100")
	require.Zero(t, code, errs)
	require.Contains(t, out, "1 told to skip, 0 closed meanwhile, 0 could not be told.")
	require.Contains(t, errs, "skip: 1 of 1")
	lines, err := os.ReadFile(audit)
	require.NoError(t, err)
	require.Contains(t, string(lines), `"reason":"of no use","result":{"closed":0,"failed":0,"matched":1,"told":1}`)
	require.NotContains(t, errs, "of no use")

	code, out, _ = d.run("sync", "retry", "--ticket", "none")
	require.Zero(t, code)
	require.Equal(t, "No sync matches; nothing to retry.\n", out)
	code, out, _ = d.run("sync", "retry", "--ticket", "none", "-o", "json")
	require.Zero(t, code)
	require.Contains(t, out, `"matched": 0`)

	for _, args := range [][]string{{"show"}, {"timeline"}, {"retry"}, {"skip"}, {"amend", "--ticket", "1"}} {
		code, _, errs = d.run(append([]string{"sync"}, append(args, "ticket/none/1")...)...)
		require.Equal(t, 1, code)
		require.Contains(t, errs, "wechat-c4c: no such sync: ticket/none/1\n")
	}
}

func TestFollowerCommands(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	id := d.park("9001")
	code, out, _ := d.run("follower", "show", operatedFollower)
	require.Zero(t, code)
	require.Contains(t, out, id)

	code, out, errs := d.run("follower", "erase", operatedFollower)
	require.Equal(t, 1, code)
	require.Contains(t, errs,
		"1 histories would be deleted, 1 of them of running workflows; this cannot be undone: confirm with --yes")
	require.Contains(t, out, `"NoteTicket": 1`)

	receipt := filepath.Join(t.TempDir(), "receipt.json")
	code, out, errs = d.run("follower", "erase", operatedFollower, "--yes", "--verify", "0", "--receipt", receipt,
		"--actor", "dpo", "--reason", "request 12")
	require.Zero(t, code, errs)
	require.Empty(t, out)
	written, err := os.ReadFile(receipt)
	require.NoError(t, err)
	require.Contains(t, string(written), `"deleted": 1`)
	require.Contains(t, string(written), `"complete": true`)
	require.NotContains(t, string(written), "verified")
	require.NotContains(t, string(written), d.key())
	require.NotContains(t, errs, d.key())

	code, _, errs = d.run("follower", "erase", operatedFollower, "--yes", "--verify", "0", "--receipt", receipt)
	require.Equal(t, 1, code, "a receipt is never overwritten")
	require.Contains(t, errs, "receipt:")
	code, out, errs = d.run("follower", "erase", operatedFollower, "--yes", "--verify", "0")
	require.Zero(t, code, "erasing again is harmless")
	require.Contains(t, errs, "Nothing is kept of this follower.")
	require.Contains(t, out, `"deleted": 0`)
	code, _, errs = d.run("follower", "show", operatedFollower)
	require.Equal(t, 1, code)
	require.Contains(t, errs, "no such follower")

	code, out, errs = d.run("follower", "erase", operatedFollower, "--yes", "--verify", "10ms")
	require.Zero(t, code)
	require.Contains(t, errs, "Erased. Looking again in 10ms; the receipt is written then.")
	require.Regexp(t, `(?s)"verified": \{\s+"at": "[^"]+",\s+"found_by_type": \{\}`, out)
}

func TestOperatorsBadInput(t *testing.T) {
	t.Parallel()
	environ := []string{config.Prefix + "ENVIRONMENT=development", "TEMPORAL_ADDRESS=" + freeAddr(t)}
	for _, tt := range []struct {
		name string
		args []string
		says string
	}{
		{"audit log", []string{"sync", "retry", "a", "--audit-log", t.TempDir()}, "audit log:"},
		{"temporal not there", []string{"sync", "list"}, "temporal at 127.0.0.1:"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var stdout, stderr bytes.Buffer
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
			defer cancel()
			require.Equal(t, 1, Main(ctx, tt.args, environ, &stdout, &stderr))
			require.Contains(t, stderr.String(), tt.says)
			require.Empty(t, stdout.String())
		})
	}
}

func TestWrongKeyRingRefuses(t *testing.T) {
	t.Parallel()
	var stdout, stderr bytes.Buffer
	code := Main(t.Context(), []string{"sync", "list"}, []string{config.Prefix + "ENVIRONMENT=development", config.Prefix +
		"CODEC_KEYS=a:short"}, &stdout, &stderr)
	require.Equal(t, 1, code)
	require.Contains(t, stderr.String(), "WECHAT_C4C_CODEC_KEYS")
	require.NotContains(t, stderr.String(), "short")
}

func TestDoctorCommand(t *testing.T) {
	t.Parallel()
	refusing := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/cgi-bin/") {
			_, _ = io.WriteString(w, `{"errcode":40164,"errmsg":"invalid ip 203.0.113.7, not in whitelist"}`)
			return
		}
		w.WriteHeader(http.StatusUnauthorized)
	}))
	t.Cleanup(refusing.Close)
	environ := []string{
		config.Prefix + "ENVIRONMENT=development", "TEMPORAL_ADDRESS=" + freeAddr(t),
		config.Prefix + "WECHAT_API_URL=" + refusing.URL, config.Prefix + "C4C_URL=" + refusing.URL,
	}
	var stdout, stderr bytes.Buffer
	require.Equal(t, 1, Main(t.Context(), []string{"doctor", "--timeout", "2s"}, environ, &stdout, &stderr))
	for _, want := range []string{"TEMPORAL_ADDRESS", "203.0.113.7", "IP whitelist", "WECHAT_C4C_C4C_PASSWORD"} {
		require.Contains(t, stdout.String(), want)
	}
	require.Contains(t, stderr.String(), "doctor: 3 checks failed")
	require.NotContains(t, stdout.String()+stderr.String(), "dev-password")

	stdout.Reset()
	require.Equal(t, 1, Main(t.Context(), []string{"doctor", "--timeout", "2s", "-o", "json"}, environ, &stdout, &stderr))
	var report struct{ Counts map[string]int }
	require.NoError(t, json.Unmarshal(stdout.Bytes(), &report))
	require.Equal(t, 3, report.Counts["fail"])
}
