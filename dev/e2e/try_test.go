package e2e

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/cmd/wechat-c4c/app"
	"github.com/wechat-c4c/wechat-c4c/config"
	"github.com/wechat-c4c/wechat-c4c/dev/devserver"
	"github.com/wechat-c4c/wechat-c4c/operate/doctor"
	"github.com/wechat-c4c/wechat-c4c/operate/trial"
)

// tester is the follower who plays the trial, and who has already written.
const tester = "oTester00000000000000000001"

func (s *scene) tester() {
	s.t.Helper()
	s.follow(tester)
	s.say(tester, "hello")
}

// try runs the command as an operator does.
func (s *scene) try(arguments ...string) (int, doctor.Report, string) {
	s.t.Helper()
	var out, problems bytes.Buffer
	arguments = append([]string{"try", "--openid", tester, "--yes", "--actor", "ann", "-o", "json"}, arguments...)
	code := app.Main(s.t.Context(), arguments, s.environ(), &out, &problems)
	var report doctor.Report
	require.NoError(s.t, json.Unmarshal(out.Bytes(), &report), "%s\n%s", out.String(), problems.String())
	for _, secret := range []string{"dev-appsecret", "dev-password", "dev-c4c-key", "access_token=", tester,
		"Ignore it"} {
		require.NotContains(s.t, out.String()+problems.String(), secret)
	}
	return code, report, problems.String()
}

// TestTry plays the story against the simulators, by SOAP and by OData. Nothing differs, the tester gets text and
// picture, and the ticket is completed.
func TestTry(t *testing.T) {
	t.Parallel()
	for _, social := range []string{"soap", "odata"} {
		t.Run(social, func(t *testing.T) {
			t.Parallel()
			s := newStack(t, withSettings(func(c *config.Config) { c.C4C.Social = social }))
			require.NoError(t, s.StopWorker()) // only the trial plays the story
			s.tester()
			if *update {
				s.recordTrial(social)
				return
			}
			code, report, problems := s.try()
			for _, found := range report.Findings {
				require.Equal(t, doctor.OK, found.Verdict, "%+v", found)
			}
			require.Zero(t, code, problems)
			require.Len(t, report.Findings, 14)
			require.Contains(t, problems, `"action":"try"`)
			kinds := map[string]int{}
			for _, item := range s.inbox(tester) {
				kinds[item.Type]++
			}
			require.Positive(t, kinds["image"])
			tickets := s.tickets()
			require.Len(t, tickets, 1)
			require.Equal(t, "5", tickets[0].Status)
			require.Len(t, s.attached(tickets[0].ID), 1)

			_, report, _ = s.try() // again: profile and customer exist
			require.Equal(t, map[doctor.Verdict]int{doctor.OK: 14}, report.Counts, "%+v", report.Findings)
		})
	}
}

// recordTrial records the simulators' answers to a first and to a repeated trial over one interface.
func (s *scene) recordTrial(social string) {
	s.t.Helper()
	trials.Lock()
	defer trials.Unlock()
	dir, err := devserver.ModuleDir()
	require.NoError(s.t, err)
	file := filepath.Join(dir, "..", "operate", "trial", "simulators.json")
	all := trials.book
	for range 2 {
		cfg := s.Settings()
		report, book, err := app.TryAnswers(s.t.Context(), cfg, tester)
		require.NoError(s.t, err)
		require.Zero(s.t, report.Counts[doctor.Fail], "%s: %+v", social, report.Findings)
		all = all.With(book)
	}
	trials.book = all
	text, err := json.MarshalIndent(all, "", " ")
	require.NoError(s.t, err)
	require.NoError(s.t, os.WriteFile(file, append(text, '\n'), 0o600))
}

// TestTryNamesWhatDiffers: faults, unexpected answers and wrong settings are each reported, and the rest of the story
// is played as far as possible.
func TestTryNamesWhatDiffers(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		spoil   func(*scene)
		find    string
		verdict doctor.Verdict
		says    string
		remedy  string
		code    int
	}{
		{"no window", func(s *scene) { s.closeWindow() }, "message to the tester", doctor.Fail,
			"write something to the account", "", 1},
		{"no ticket", func(s *scene) { s.c4c.post("/switches", map[string]any{"no_tickets": true}, nil) }, "ticket",
			doctor.Fail, "rules of the tenant", "a longer --timeout", 1},
		{"a text refused", func(s *scene) {
			s.wechat.post("/faults",
				map[string]any{"rules": []any{map[string]any{"match": "POST /cgi-bin/message/custom/send", "kind": "errcode",
					"errcode": 45009}}}, nil)
		}, "picture", doctor.Fail, "45009", "", 1},
		{"a page in place of an answer", func(s *scene) {
			s.c4c.post("/faults",
				map[string]any{"rules": []any{map[string]any{"match": "POST /sap/bc/srt", "kind": "http", "status": 503}}}, nil)
		}, "profile", doctor.Fail, "", "", 1},
		{"a stranger", func(s *scene) { s.wechat.post("/followers/"+tester+"/unsubscribe", map[string]any{}, nil) },
			"the tester follows", doctor.Fail, "does not follow", "", 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newStack(t)
			require.NoError(t, s.StopWorker())
			s.tester()
			tt.spoil(s)
			code, report, _ := s.try("--timeout", "5s")
			require.Equal(t, tt.code, code)
			i := -1
			for n, found := range report.Findings {
				if found.Check == tt.find {
					i = n
				}
			}
			require.GreaterOrEqual(t, i, 0)
			require.Equal(t, tt.verdict, report.Findings[i].Verdict, "%+v", report.Findings)
			require.Contains(t, report.Findings[i].Detail, tt.says)
			require.NotContains(t, report.Findings[i].Detail, "further: errcode", "a refusal is no difference in form")
			require.Contains(t, report.Findings[i].Remedy, tt.remedy)
			last := report.Findings[len(report.Findings)-1]
			require.Equal(t, "clean up", last.Check)
			require.NotEqual(t, doctor.Skip, last.Verdict, "what stays is always told")
		})
	}
}

// trials holds the recordings so far.
var trials struct {
	sync.Mutex
	book trial.Book
}
