package app

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/config"
	"github.com/wechat-c4c/wechat-c4c/operate"
)

// An account that uses the release's calendar is warned when a year is missing; one without hours needs none.
func TestStatusAsksForTheHolidays(t *testing.T) {
	t.Parallel()
	cfg := config.Development()
	december := time.Date(9998, 12, 2, 12, 0, 0, 0, time.UTC)
	question, err := statusQuestion(cfg, "", december)
	require.NoError(t, err)
	require.Empty(t, question.HolidaysMissing)

	cfg.Hours = config.Hours{Open: "Mo-Fr 09:00-18:00", Zone: "Asia/Shanghai", Holidays: "cn"}
	question, err = statusQuestion(cfg, "", time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC))
	require.NoError(t, err)
	require.Zero(t, question.HolidaysMissing[cfg.Account])
	question, err = statusQuestion(cfg, "", december)
	require.NoError(t, err)
	require.Equal(t, 9998, question.HolidaysMissing[cfg.Account])
}

// While Temporal is away the spool is what there is to see, and the screen says what to do.
func TestStatusWhileTemporalIsAway(t *testing.T) {
	t.Parallel()
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		require.Equal(t, "/spool", r.URL.Path)
		_, _ = io.WriteString(w, `{"waiting":3,"oldest":"2026-01-01T00:00:00Z","away":true}`)
	}))
	t.Cleanup(api.Close)
	address := freeAddr(t)
	environ := []string{config.Prefix + "ENVIRONMENT=development", "TEMPORAL_ADDRESS=" + address,
		config.Prefix + "INTERNAL_ADDR=" + strings.TrimPrefix(api.URL, "http://")}

	code, out, errs := line(t, environ, "status")
	require.Equal(t, exitRefused, code)
	require.Contains(t, out, ": 2 things want a person\n1. Temporal cannot be asked, so only spools are known\n   temporal at "+
		address+" does not answer: connection refused; start it,")
	require.Contains(t, out, "2. 3 events wait in the spool at 127.0.0.1:")
	require.Contains(t, out, "spool at 127.0.0.1:")
	require.NotContains(t, out, "ACCOUNT")
	require.Equal(t, "wechat-c4c: status: not all is known: Temporal cannot be asked\n", errs)

	code, out, _ = line(t, environ, "status", "-o", "json")
	require.Equal(t, exitRefused, code)
	var found operate.Status
	require.NoError(t, json.Unmarshal([]byte(out), &found))
	require.Contains(t, found.Away, address)
	require.Equal(t, 3, found.Spools[0].Waiting)
	require.Contains(t, out, `"accounts": []`)

	code, out, _ = line(t, append(environ, "WECHAT_C4C_OPERATOR_LOCALE=zh"), "status")
	require.Equal(t, exitRefused, code)
	require.Contains(t, out, "无法询问 Temporal")
}

// A name with the addresses of several api processes: each is asked, and each is a line.
func TestStatusAsksEachAPIOfAName(t *testing.T) {
	t.Parallel()
	_, port, err := net.SplitHostPort(freeAddr(t))
	require.NoError(t, err)
	for i, waiting := range []string{"1", "2"} {
		address := net.JoinHostPort("127.0.0."+strconv.Itoa(i+1), port)
		listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", address)
		if err != nil {
			t.Skip("this machine has one loopback address: ", err)
		}
		api := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, `{"waiting":`+waiting+`,"oldest":"2026-01-01T00:00:00Z"}`)
		}))
		_ = api.Listener.Close()
		api.Listener = listener
		api.Start()
		t.Cleanup(api.Close)
	}
	for _, tt := range []struct {
		name  string
		found []string
		want  []string // in order, without the port
	}{
		{"two", []string{"127.0.0.2", "127.0.0.1", "127.0.0.2"},
			[]string{"127.0.0.1 1 event waits", "127.0.0.2 2 events wait"}},
		{"one", []string{"127.0.0.1"}, []string{"api-each not known"}}, // nobody resolves it when it is asked
		{"one that does not answer", []string{"127.0.0.1", "127.0.0.3"},
			[]string{"127.0.0.1 1 event waits", "127.0.0.3 not known"}},
		{"both kinds", []string{"127.0.0.1", "127.0.0.2", "::1"},
			[]string{"127.0.0.1 1 event waits", "127.0.0.2 2 events wait"}},
		{"none", nil, []string{"api-each not known"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var out, errs bytes.Buffer
			code := execute(t.Context(), []string{"status", "--api", "api-each:" + port}, shell{
				environ: []string{config.Prefix + "ENVIRONMENT=development", "TEMPORAL_ADDRESS=" + freeAddr(t)},
				stdin:   strings.NewReader(""), stdout: &out, stderr: &errs,
				lookup: func(_ context.Context, host string) ([]string, error) {
					require.Equal(t, "api-each", host)
					if tt.found == nil {
						return nil, errors.New("no such host")
					}
					return slices.Clone(tt.found), nil
				},
			})
			require.Equal(t, exitRefused, code, errs.String())
			var got []string
			lines := regexp.MustCompile(`(?m)^spool at (\S+):` + port + `: ([^,:]+)`)
			for _, found := range lines.FindAllStringSubmatch(out.String(), -1) {
				got = append(got, found[1]+" "+found[2])
			}
			require.Equal(t, tt.want, got, out.String())
		})
	}
	for _, address := range []string{"127.0.0.1:8081", "[::1]:8081", ":8081", "off"} {
		require.Equal(t, []string{address}, shell{lookup: func(context.Context, string) ([]string, error) {
			return []string{"10.0.0.1", "10.0.0.2"}, nil
		}}.eachOf(t.Context(), address), "no name")
	}
}

// The limit is one setting of the installation, and shown once for each tenant.
func TestStatusAsksOncePerTenant(t *testing.T) {
	t.Parallel()
	cfg, shop, foreign := config.Development(), config.Development(), config.Development()
	cfg.C4C.URL, cfg.C4C.MaxParallel = "https://my1.crm.example", 6
	shop.Account, shop.C4C.URL = "shop", "https://my1.crm.example/"
	foreign.Account, foreign.C4C.URL = "foreign", "https://my2.crm.example"
	cfg.Others = []config.Config{shop, foreign}
	question, err := statusQuestion(cfg, "", time.Now())
	require.NoError(t, err)
	require.Equal(t, []string{"my1.crm.example", "my2.crm.example"}, question.Tenants)
	require.Equal(t, 6, question.Calls)
	question, err = statusQuestion(cfg, "foreign", time.Now())
	require.NoError(t, err)
	require.Equal(t, []string{"my2.crm.example"}, question.Tenants)
	require.Equal(t, 6, question.Calls)
}

// Views are made of the settings alone.
func TestViewsCommand(t *testing.T) {
	t.Parallel()
	environ := []string{config.Prefix + "ENVIRONMENT=development", "TEMPORAL_ADDRESS=" + freeAddr(t),
		"TEMPORAL_NAMESPACE=shop.a1b2"}
	code, out, errs := line(t, environ, "views")
	require.Zero(t, code, errs)
	require.Contains(t, out, "http://127.0.0.1:8233/namespaces/shop.a1b2/workflows?query=")
	code, out, errs = line(t, environ, "views", "--ui-url", "https://ui.example", "-o", "json")
	require.Zero(t, code, errs)
	require.Contains(t, out, `"link": "https://ui.example/namespaces/shop.a1b2/`)
}
