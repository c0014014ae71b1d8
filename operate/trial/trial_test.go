package trial

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestFormOfAnswers(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, body string
		want       map[string]string
	}{
		{"JSON", `{"a":"x","b":1,"c":null,"d":{"e":true},"f":[{"g":"y"},{"h":2}]}`, map[string]string{
			"a": "text", "b": "number", "c": "nothing", "d": "object", "d.e": "true or false", "f": "list", "f[]": "object",
			"f[].g": "text", "f[].h": "number",
		}},
		{"XML, by local names", `<s:E xmlns:s="x"><s:B><ID>7</ID><Name/></s:B></s:E>`, map[string]string{
			"E": "object", "E.B": "object", "E.B.ID": "text", "E.B.Name": "nothing",
		}},
		{"XML in another charset", `<?xml version="1.0" encoding="gbk"?><a><b>x</b></a>`,
			map[string]string{"a": "object", "a.b": "text"}},
		{"text", "hello", map[string]string{}},
		{"nothing", "", map[string]string{}},
		{"cut off", `{"a":`, map[string]string{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tt.want, form([]byte(tt.body)))
		})
	}
}

func TestDifferences(t *testing.T) {
	t.Parallel()
	want := Answer{Statuses: []int{200}, Types: []string{"application/json"}, Fields: form([]byte(
		`{"errcode":0,"list":[{"id":"x","at":1}],"person":{"name":"x","city":"y"}}`))}
	for _, tt := range []struct {
		name string
		got  Answer
		says []string
	}{
		{"the same", want, nil},
		{"an empty list", answerOf(`{"errcode":0,"list":[],"person":{"name":"x","city":"y"}}`), nil},
		{"null", answerOf(`{"errcode":0,"list":null,"person":{"name":null,"city":"y"}}`), nil},
		{"another kind", answerOf(`{"errcode":"0","list":[],"person":{"name":"x","city":"y"}}`),
			[]string{"errcode is text in place of number"}},
		{"missing, and what is below it is not said twice", answerOf(`{"errcode":0,"list":[{"id":"x","at":1}]}`),
			[]string{"missing: person"}},
		{"further", answerOf(`{"errcode":0,"list":[],"person":{"name":"x","city":"y","zip":"1"},"rid":"x"}`),
			[]string{"further: person.zip, rid"}},
		{"fields of the tenant's own", answerOf(
			`{"errcode":0,"list":[],"person":{"name":"x","city":"y","ZPlate_KUT":"x","ZUse_KUTText":"x"}}`), nil},
		{"another status and type", Answer{Statuses: []int{503}, Types: []string{"text/html"}},
			[]string{"status 503 in place of 200", `content type "text/html" in place of application/json`,
				"nothing that can be read"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tt.says, differences(want, tt.got))
		})
	}
	require.Equal(t, []string{"GET /x was not expected (answered with 200)"},
		differ(nil, map[string]Answer{"GET /x": want}, false))
	upload := map[string]Answer{"POST /x": answerOf(`{"media_id":"x"}`)}
	no := map[string]Answer{"POST /x": answerOf(`{"errcode":45009,"errmsg":"quota"}`)}
	require.Len(t, differ(upload, no, false), 2, "a step that took a refusal for an answer")
	require.Empty(t, differ(upload, no, true), "the error says it")
	sometimesThere := merged(form([]byte(`{"a":1,"b":"x"}`)), form([]byte(`{"a":null}`)))
	require.Equal(t, map[string]string{"a": "number", "b": "text?"}, sometimesThere)
	require.Empty(t, differences(Answer{Fields: sometimesThere}, Answer{Fields: map[string]string{"a": "number"}}))
}

func answerOf(body string) Answer {
	return Answer{Statuses: []int{200}, Types: []string{"application/json"}, Fields: form([]byte(body))}
}

// TestRecorderHoldsNoValues: records of calls and answers contain no ids, tokens or texts, and the caller gets the
// complete answer.
func TestRecorderHoldsNoValues(t *testing.T) {
	t.Parallel()
	const secret = "SECRETVALUE"
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		w.Header().Set("Set-Cookie", "a="+secret)
		_, _ = io.WriteString(w, `{"d":{"ID":"`+secret+`"}}`)
	}))
	t.Cleanup(server.Close)
	r := &Recorder{book: Book{}}
	r.begin("a step")
	client := http.Client{Transport: r.over(http.DefaultTransport)}
	res, err := client.Get(server.URL + "/proxy/sap/c4c/odata/v1/c4codataapi/ServiceRequestCollection('" + secret +
		"')?$filter=ID%20eq%20'" + secret + "'&$select=ID&access_token=" + secret)
	require.NoError(t, err)
	body, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	require.Contains(t, string(body), secret)
	require.Equal(t, Book{"a step": {"GET /sap/c4c/odata/v1/c4codataapi/ServiceRequestCollection('')?$filter&$select": {
		Statuses: []int{200}, Types: []string{"application/json"}, Fields: map[string]string{"d": "object", "d.ID": "text"},
	}}}, r.answers())
}

// TestSimulatorsAnswers: the included book is complete, and contains only forms.
func TestSimulatorsAnswers(t *testing.T) {
	t.Parallel()
	book := Simulators()
	for _, step := range (&Trial{}).steps() {
		require.NotEmpty(t, book[step.Name], step.Name)
		for call, a := range book[step.Name] {
			require.NotEmpty(t, a.Statuses, call)
			for path, kind := range a.Fields {
				require.Contains(t, []string{"nothing", "text", "number", "true or false", "object", "list"},
					strings.TrimSuffix(kind, sometimes), path)
			}
			require.NotContains(t, call, "access_token")
		}
	}
}
