package app

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
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
