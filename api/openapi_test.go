package api_test

import (
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/wechat-c4c/wechat-c4c/api"
	"github.com/wechat-c4c/wechat-c4c/api/web"
	"github.com/wechat-c4c/wechat-c4c/conversation"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// description is docs/openapi.yaml, as far as it is compared with the code.
type description struct {
	Paths      map[string]map[string]any
	Components struct {
		Schemas map[string]struct {
			Properties map[string]struct{ Enum []string }
			Required   []string
		}
	}
}

func readDescription(t *testing.T) description {
	t.Helper()
	content, err := os.ReadFile("../docs/openapi.yaml")
	require.NoError(t, err)
	var d description
	require.NoError(t, yaml.Unmarshal(content, &d))
	return d
}

var parameterForm = regexp.MustCompile(`:([a-z]+)`)

// Every route of the public listener is described, and nothing else.
func TestOpenAPINamesEveryRoute(t *testing.T) {
	t.Parallel()
	var described []string
	for path, item := range readDescription(t).Paths {
		for method := range item {
			if method != "parameters" {
				described = append(described, strings.ToUpper(method)+" "+path)
			}
		}
	}
	f := setup(t, withPage, func(o *api.Options) {
		o.DomainFiles = []api.DomainFile{{Name: "MP_verify_a1.txt", Content: "a1"}}
	})
	var served []string
	for _, route := range f.handler.(*echo.Echo).Routes() {
		path := parameterForm.ReplaceAllString(route.Path, "{$1}")
		path = strings.Replace(path, "/MP_verify_a1.txt", "/MP_verify_{code}.txt", 1)
		if strings.HasSuffix(path, "/"+testAccount) {
			path = strings.TrimSuffix(path, testAccount) + "{account}"
		}
		switch {
		case route.Method == http.MethodOptions && strings.HasPrefix(path, "/c4c/events"):
			served = append(served, route.Method+" "+path)
		case route.Method != http.MethodGet && route.Method != http.MethodPost && route.Method != http.MethodPut &&
			route.Method != http.MethodDelete:
		case strings.HasSuffix(path, "*"), path == "/getWXWebToken" && route.Method != http.MethodPost: // 404 and 405
		default:
			served = append(served, route.Method+" "+path)
		}
	}
	require.Greater(t, len(served), 25)
	require.ElementsMatch(t, slices.Compact(slices.Sorted(slices.Values(served))), described)
}

// Names of fields and error codes are those of the code.
func TestOpenAPINamesEveryField(t *testing.T) {
	t.Parallel()
	schemas := readDescription(t).Components.Schemas
	for name, value := range map[string]any{
		"WebResult": conversation.WebResult{}, "CustomerView": workflows.CustomerView{},
		"CustomerData": workflows.CustomerData{},
		"TicketList":   workflows.TicketList{}, "TicketLine": workflows.TicketLine{},
		"TicketThread": workflows.TicketThread{},
		"ThreadItem":   web.ThreadItem{}, "ThreadFile": workflows.ThreadFile{},
	} {
		var fields, always []string
		for _, field := range reflect.VisibleFields(reflect.TypeOf(value)) {
			if field.Anonymous {
				continue
			}
			tag, options, _ := strings.Cut(field.Tag.Get("json"), ",")
			fields = append(fields, tag)
			if options == "" {
				always = append(always, tag)
			}
		}
		var described []string
		for field := range schemas[name].Properties {
			described = append(described, field)
		}
		require.ElementsMatch(t, fields, described, name)
		require.ElementsMatch(t, always, schemas[name].Required, name)
	}
	var entered []string // names of the inputs of the page's forms; the tenant's own have one as an example
	for _, view := range []string{"account", "ticket_new"} {
		for _, input := range regexp.MustCompile(`<(?:input|select|textarea)[^>]*? name="([a-z_]+)"`).FindAllStringSubmatch(
			readFile(t, "web/views/"+view+".html"), -1) {
			if input[1] != "unread" && input[1] != "own_unread" { // what the form knew, not what was entered
				entered = append(entered, input[1])
			}
		}
	}
	require.Contains(t, entered, "category")
	for _, name := range append(entered, "field_plate") {
		require.Contains(t, schemas["Submission"].Properties, name)
	}
	var codes []string
	files, err := filepath.Glob("web/*.go")
	require.NoError(t, err)
	for _, file := range files {
		content, err := os.ReadFile(file)
		require.NoError(t, err)
		for _, found := range regexp.MustCompile(`\bcode: +"([a-z_]+)"`).FindAllStringSubmatch(string(content), -1) {
			codes = append(codes, found[1])
		}
	}
	slices.Sort(codes)
	require.ElementsMatch(t, slices.Compact(codes), schemas["Problem"].Properties["error"].Enum)
	for _, field := range regexp.MustCompile(`\{"([a-z_]+)", &r\.`).FindAllStringSubmatch(readFile(t, "c4c_push.go"), -1) {
		require.Contains(t, schemas["Reply"].Properties, field[1])
	}
}

func readFile(t *testing.T, name string) string {
	t.Helper()
	content, err := os.ReadFile(name)
	require.NoError(t, err)
	return string(content)
}

// The login's answers for an account without OAuth are described.
func TestOpenAPINamesTheAnswersWithoutOAuth(t *testing.T) {
	t.Parallel()
	f := setup(t, withPage)
	for _, path := range []string{"/web/login", "/web/oauth"} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, f.url+path, nil)
		require.NoError(t, err)
		res, _ := f.do(t, req)
		require.Equal(t, http.StatusUnauthorized, res.StatusCode)
		get := readDescription(t).Paths[path]["get"].(map[string]any)
		require.Contains(t, get["responses"], strconv.Itoa(res.StatusCode), path)
	}
}
