package c4c

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestDecodePage(t *testing.T) {
	t.Parallel()
	const one, two = `{"ObjectID":"A1","ID":"1"}`, `{"ObjectID":"A2","ID":"2"}`
	for _, test := range []struct {
		name, body string
		ids        []string
		total      int
		next       string
		fails      bool
	}{
		{"array", `{"d":{"results":[` + one + `,` + two + `]}}`, []string{"1", "2"}, -1, "", false},
		{"object under results", `{"d":{"results":` + one + `}}`, []string{"1"}, -1, "", false},
		{"bare object", `{"d":` + one + `}`, []string{"1"}, -1, "", false},
		{"bare array", `{"d":[` + one + `]}`, []string{"1"}, -1, "", false},
		{"nothing", `{"d":{"results":[]}}`, nil, -1, "", false},
		{"null", `{"d":{"results":null}}`, nil, 0, "", true},
		{"deferred", `{"d":{"__deferred":{"uri":"x"}}}`, nil, 0, "", true},
		{"object without key", `{"d":{"results":{}}}`, nil, 0, "", true},
		{"one of two without key", `{"d":{"results":[` + one + `,{"ID":"2"}]}}`, nil, 0, "", true},
		{"count as string", `{"d":{"__count":"39080","results":[` + one + `]}}`, []string{"1"}, 39080, "", false},
		{"count as number", `{"d":{"__count":7,"results":[]}}`, nil, 7, "", false},
		{"count that is none", `{"d":{"__count":"many","results":[]}}`, nil, -1, "", false},
		{"negative count", `{"d":{"__count":"-3","results":[]}}`, nil, -1, "", false},
		{"next page", `{"d":{"results":[` + one + `],"__next":"https://h/x?$skiptoken=1001"}}`, []string{"1"}, -1,
			"https://h/x?$skiptoken=1001", false},
		{"no d", `{"x":1}`, nil, 0, "", true},
		{"d is null", `{"d":null}`, nil, 0, "", true},
		{"d is text", `{"d":"x"}`, nil, 0, "", true},
		{"results is text", `{"d":{"results":"x"}}`, nil, 0, "", true},
		{"not json", `<html>`, nil, 0, "", true},
		{"empty", ``, nil, 0, "", true},
		{"cut off", `{"d":{"results":[` + one, nil, 0, "", true},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			d, _ := parseOData([]byte(test.body))
			p, err := decodePage[ticketEntity](d)
			if test.fails {
				require.Error(t, err)
				return
			}
			require.NoError(t, err)
			var ids []string
			for _, e := range p.items {
				ids = append(ids, e.ID)
			}
			require.Equal(t, test.ids, ids)
			require.Equal(t, test.total, p.total)
			require.Equal(t, test.next, p.next)
		})
	}
}

func TestNested(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]int{
		`null`: 0, `{"__deferred":{"uri":"x"}}`: 0, `[]`: 0, `{"results":[]}`: 0, `{"results":null}`: 0,
		`{"ID":"1"}`: 1, `[{"ID":"1"}]`: 1, `{"results":{"ID":"1"}}`: 1, `{"results":[{"ID":"1"},{"ID":"2"}]}`: 2,
	} {
		var n nested[ticketEntity]
		require.NoError(t, json.Unmarshal([]byte(in), &n), in)
		require.Len(t, n, want, in)
		if want > 0 {
			require.Equal(t, "1", n[0].ID, in)
		}
	}
	var n nested[ticketEntity]
	require.Error(t, json.Unmarshal([]byte(`"x"`), &n))
	require.Error(t, json.Unmarshal([]byte(`{"results":"x"}`), &n))
}

func TestTimestamp(t *testing.T) {
	t.Parallel()
	at := time.Date(2017, 3, 30, 19, 40, 10, 0, time.UTC)
	for in, want := range map[string]time.Time{
		`"/Date(1490902810849)/"`:                                 at.Add(849 * time.Millisecond),
		`"/Date(1490902810000+0000)/"`:                            at,
		`"\/Date(1490902810000)\/"`:                               at,
		`"/Date(-1000)/"`:                                         time.Date(1969, 12, 31, 23, 59, 59, 0, time.UTC),
		`"2017-03-30T19:40:10Z"`:                                  at,
		`"2017-03-30T21:40:10+02:00"`:                             at,
		`"2017-03-30T19:40:10.0000001Z"`:                          at.Add(100),
		`"2017-03-30T19:40:10"`:                                   at,
		`"2017-03-30"`:                                            at.Truncate(24 * time.Hour),
		`{"timeZoneCode":"UTC","content":"2017-03-30T19:40:10Z"}`: at,
		`null`: {}, `""`: {}, `"soon"`: {}, `7`: {}, `[]`: {}, `{}`: {},
		`"0001-01-01T00:00:00Z"`: {}, `"9999-12-31T23:59:59Z"`: {},
		`"/Date(253402300799999)/"`: {}, `"/Date(-62135596800000)/"`: {}, `"/Date(999999999999999999)/"`: {},
		`"/Date(9999999999999999999)/"`: {},
	} {
		var got timestamp
		require.NoError(t, json.Unmarshal([]byte(in), &got), in)
		require.True(t, want.Equal(got.Time), "%s: %v", in, got.Time)
	}
	require.Equal(t, "/Date(1490902810000)/", dateJSON(at))
}

func TestODataErrorForms(t *testing.T) {
	t.Parallel()
	for in, want := range map[string][2]string{
		`{"error":{"code":"A:1","message":{"lang":"en","value":"Text"}}}`: {"A:1", "Text"},
		`{"error":{"code":"A:1","message":"Text"}}`:                       {"A:1", "Text"},
		`{"error":{"code":"A:1"}}`:                                        {"A:1", ""},
		`{"error":{}}`:                                                    {"", ""},
		`{"error":"Text"}`:                                                {"", "Text"},
		`{"error":{"code":7,"message":"Text","innererror":"x"}}`:          {"7", "Text"},
		`{"error":{"code":"A:1","message":"Text"},"code":1}`:              {"A:1", "Text"},
		`{"error":[{"code":"A:1"}]}`:                                      {"", ""},
		`{"code":"ERROR","message":"Text"}`:                               {"ERROR", "Text"},
		`<error><code>A:1</code><message>Text</message></error>`:          {"A:1", "Text"},
	} {
		_, problem := parseOData([]byte(in))
		require.NotNil(t, problem, in)
		require.Equal(t, want, [2]string{problem.code, problem.text}, in)
	}
	for _, in := range []string{``, `{}`, `[]`, `null`, `{"d":{"code":"x"}}`, `{"d":{},"code":"x"}`, `{"error":null}`,
		`<html/>`, `<error`} {
		_, problem := parseOData([]byte(in))
		require.Nil(t, problem, in)
	}
}

func FuzzODataAnswer(f *testing.F) {
	for _, seed := range []string{
		`{"d":{"results":{"ObjectID":"A1","ServiceRequest":{"ObjectID":"A2","CreationDateTime":"/Date(1)/"}}}}`,
		`{"d":{"results":[{"ObjectID":"A1","ServiceRequest":{"results":[{}]}}],"__count":"1","__next":"?"}}`,
		`{"d":[{"ObjectID":null}]}`, `{"error":{"code":"A","message":{"value":"B"}}}`, `{"code":"ERROR"}`,
		`<error><code/></error>`, `{"d":`,
	} {
		f.Add([]byte(seed), seed)
	}
	redactor := &transport{credentials: newCredentials(Options{})}
	f.Fuzz(func(t *testing.T, body []byte, header string) {
		d, _ := parseOData(body)
		p, err := decodePage[referenceEntity](d)
		require.True(t, err == nil || errors.Is(err, errUnreadable) || errors.Is(err, errNoObject))
		for _, e := range p.items {
			for _, ticket := range e.Ticket {
				_, err := json.Marshal(ticket.ticket())
				require.NoError(t, err, "a ticket can always be written down")
			}
		}
		r := &reply{status: 400, body: body}
		r.header = map[string][]string{"Sap-Message": {header}}
		if err := redactor.judge(ask{op: "fuzz", req: &http.Request{URL: &url.URL{}}}, r); err != nil {
			require.NotEmpty(t, err.Error())
			class := 0
			for _, c := range classes {
				if is, ok := err.(interface{ Is(error) bool }); ok && is.Is(c) {
					class++
				}
			}
			require.Equal(t, 1, class)
		}
	})
}

func FuzzSOAPAnswer(f *testing.F) {
	for _, seed := range []string{
		soapEnvelope("X", `<SocialMediaUserProfile><ID>1</ID></SocialMediaUserProfile>`+hits(1)),
		soapEnvelope("X",
			`<SocialMediaActivity><InteractionContent><Text>a</Text></InteractionContent></SocialMediaActivity>`),
		soapLogBody("101(/AP_ESI_COMMON/)", "Locking"), soapFaultBody(genericFault), `<a><b></a>`, `<Log><Log/></Log>`, ``,
		`<env:Fault><env:Code><env:Value>x</env:Value></env:Code></env:Fault>`,
	} {
		f.Add([]byte(seed))
	}
	redactor := &transport{credentials: newCredentials(Options{})}
	f.Fuzz(func(t *testing.T, body []byte) {
		if fault, ok := parseFault(body); ok {
			require.NotEmpty(t, redactor.fault("fuzz", reply{status: 500}, fault).Error())
		}
		var answer soapAnswer
		if xml.Unmarshal(body, &answer) != nil {
			return
		}
		_ = answer.Log.err("fuzz", redactor)
		for _, p := range answer.Profiles {
			_ = p.profile("", testChannel)
		}
		for _, a := range answer.Activities {
			_ = a.activity()
		}
		require.Error(t, answer.missing("fuzz"))
	})
}

func FuzzText(f *testing.F) {
	f.Add("Li \x00 Lei 😀", 40)
	f.Add("\xff*'", 0)
	f.Fuzz(func(t *testing.T, s string, n int) {
		n = max(0, n%300)
		short := field(s, n)
		require.LessOrEqual(t, units(short), n)
		require.Equal(t, clean(short), short)
		type element struct {
			Text string `xml:"Text"`
		}
		wire, err := xml.Marshal(element{Text: clean(s)})
		require.NoError(t, err)
		var back element
		require.NoError(t, xml.Unmarshal(wire, &back))
		require.Equal(t, clean(s), back.Text, "what is sent is what arrives")
		if literal, err := quote("fuzz", "x", s); err == nil {
			inner := literal[1 : len(literal)-1]
			require.Equal(t, s, strings.ReplaceAll(inner, "''", "'"))
			require.NotContains(t, strings.ReplaceAll(inner, "''", ""), "'")
		}
	})
}
