package e2e

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/cmd/wechat-c4c/app"
	"github.com/wechat-c4c/wechat-c4c/config"
	"github.com/wechat-c4c/wechat-c4c/operate/doctor"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// examine runs the doctor with settings that differ from the stack's.
func (s *scene) examine(settings ...string) (int, doctor.Report) {
	s.t.Helper()
	return s.examineAs([]string{"doctor", "--output", "json"}, settings...)
}

func (s *scene) examineAs(command []string, settings ...string) (int, doctor.Report) {
	s.t.Helper()
	var out, problems bytes.Buffer
	code := app.Main(s.t.Context(), command, s.environ(settings...), &out, &problems)
	var report doctor.Report
	require.NoError(s.t, json.Unmarshal(out.Bytes(), &report), "%s\n%s", out.String(), problems.String())
	for _, secret := range []string{"dev-appsecret", "dev-password", "dev-c4c-key", "wrong-secret-of-the-test",
		"access_token="} {
		require.NotContains(s.t, out.String()+problems.String(), secret)
	}
	return code, report
}

func TestDoctorNamesWhatIsBroken(t *testing.T) {
	long(t)
	t.Parallel()
	s := newStack(t)
	s.withTicket("oAlice")
	s.waitFor("the worker's start to end", func() bool { return s.WorkerReady(t.Context()) })
	s.waitForState(workflows.TypeMaintainToken, workflows.StateSynced, 1)
	code, report := s.examine()
	require.Zero(t, code, "%+v", report.Findings)
	require.Zero(t, report.Counts[doctor.Fail])
	require.Equal(t, doctor.OK, found(t, report, doctor.SystemC4C, workersWrite).Verdict)
	require.Equal(t, doctor.OK, found(t, report, doctor.SystemC4C, "a write that changes nothing").Verdict)

	for _, test := range []struct {
		name         string
		breakIt      func(*scene, ticket)
		mend         func(*scene, ticket)
		setting      string
		system, find string // the check that names it
		verdict      doctor.Verdict
		cause        string
		says         string
	}{
		{
			name:    "address not on the whitelist",
			breakIt: wechatSettings(map[string]any{"ip_whitelist": []string{"203.0.113.7"}}),
			mend:    wechatSettings(map[string]any{"ip_whitelist": []string{}}), system: doctor.SystemWeChat,
			find:    "access token",
			verdict: doctor.Fail, cause: activities.ErrorWeChatIPNotAllowed, says: "The address to add is 127.0.0.1.",
		},
		{
			name: "wrong app secret", setting: "WECHAT_APP_SECRET=wrong-secret-of-the-test", system: doctor.SystemWeChat,
			find:    "access token",
			verdict: doctor.Fail, cause: activities.ErrorWeChatCredentials, says: "40125",
		},
		{
			name: "verification expired", breakIt: wechatSettings(map[string]any{"account_type": "service_unverified"}),
			mend: wechatSettings(map[string]any{"account_type": "service_verified"}), system: doctor.SystemWeChat,
			find:    "customer-service messages",
			verdict: doctor.Fail, cause: activities.ErrorWeChatNotPermitted, says: "48001",
		},
		{
			name: "wrong password of C4C", setting: "C4C_PASSWORD=wrong-secret-of-the-test", system: doctor.SystemC4C,
			find: "reachable, credentials, service document", verdict: doctor.Fail, cause: activities.ErrorC4CCredentials,
			says: "401",
		},
		{
			name:    "communication arrangement missing",
			breakIt: c4cSwitches(map[string]any{"unauthorized": []string{"querysocialmediaactivityin"}}),
			mend:    c4cSwitches(map[string]any{"unauthorized": []string{}}), system: doctor.SystemC4C,
			find:    "social media activities",
			verdict: doctor.Fail, cause: activities.ErrorC4CNotAuthorized, says: "Authorization role missing",
		},
		{
			name: "another channel", setting: "C4C_CHANNEL_ID=WEIXIN", system: doctor.SystemC4C, find: "social media channel",
			verdict: doctor.Warn, says: "in use are WECHAT",
		},
		{
			name: "a namespace that is not there", setting: "", system: doctor.SystemTemporal, find: "namespace and retention",
			verdict: doctor.Fail, says: "does not exist",
		},
		{
			name: "credentials of the workers", breakIt: c4cSwitches(map[string]any{"refuse_credentials": true}),
			mend:   c4cSwitches(map[string]any{"refuse_credentials": false}),
			system: doctor.SystemC4C, find: workersWrite, verdict: doctor.Fail, cause: activities.ErrorC4CCredentials,
			says: "C4C refuses a worker's writes.",
		},
	} {
		ticket := s.tickets()[0]
		if test.breakIt != nil {
			test.breakIt(s, ticket)
		}
		var settings []string
		switch {
		case test.setting != "":
			settings = []string{config.Prefix + test.setting}
		case test.breakIt == nil:
			settings = []string{"TEMPORAL_NAMESPACE=nowhere"}
		}
		code, report := s.examine(settings...)
		if test.mend != nil {
			test.mend(s, ticket)
		}
		finding := found(t, report, test.system, test.find)
		require.Equal(t, test.verdict, finding.Verdict, "%s: %+v", test.name, finding)
		require.Equal(t, test.verdict == doctor.Fail, code == 1, test.name)
		require.Equal(t, test.cause, finding.Cause, test.name)
		require.Contains(t, finding.Detail, test.says, test.name)
		require.NotEmpty(t, finding.Remedy, test.name)
		for _, other := range report.Findings {
			if other.System != test.system {
				require.NotEqual(t, doctor.Fail, other.Verdict, "%s: %+v", test.name, other)
			}
		}
	}
	require.NoError(t, s.StopWorker())
	const shorter = "4s" // for the checks that wait for the worker
	code, report = s.examineAs([]string{"doctor", "--output", "json", "--timeout", shorter})
	require.Equal(t, 1, code)
	require.Equal(t, doctor.Fail, found(t, report, doctor.SystemTemporal, "a worker answers").Verdict)
	require.Contains(t, strings.Join(s.prints("doctor", "--timeout", shorter), "\n"), "Start wechat-c4c worker")
}

// workersWrite is the check that a worker makes.
const workersWrite = "a worker's write that changes nothing"

// prints returns the lines that a command prints for people.
func (s *scene) prints(args ...string) []string {
	_, stdout, _ := s.command(args...)
	return strings.Split(stdout, "\n")
}

func found(t *testing.T, report doctor.Report, system, check string) doctor.Finding {
	t.Helper()
	for _, f := range report.Findings {
		if f.System == system && f.Check == check {
			return f
		}
	}
	t.Fatalf("no check %q of %s in %+v", check, system, report.Findings)
	return doctor.Finding{}
}
