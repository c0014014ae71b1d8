package wechat

import (
	"encoding/json"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

func TestMarshal(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, text, want string }{
		{name: "html", text: `<a href='x'>&`, want: `"<a href='x'>&"`},
		{name: "chinese and emoji", text: "刹车👍🏽", want: `"刹车👍🏽"`},
		{name: "line separators", text: "a\u2028b\u2029", want: "\"a\u2028b\u2029\""},
		{name: "control characters", text: "a\x00\x1b\x7fb\n\t\"", want: "\"a\x7fb\\n\\t\\\"\""},
		{name: "broken utf-8", text: "a\xffb", want: "\"a\uFFFDb\""},
		{name: "escaped backslash", text: `C:\u2028 \\u0000`, want: `"C:\\u2028 \\\\u0000"`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, test.want, string(marshal(test.text)))
		})
	}
	require.Panics(t, func() { marshal(make(chan int)) })
}

func TestTolerantTypes(t *testing.T) {
	t.Parallel()
	tests := []struct {
		doc  string
		want integer
		bad  bool
	}{
		{doc: `7`, want: 7}, {doc: `"7"`, want: 7}, {doc: `" 7 "`, want: 7}, {doc: `-1`, want: -1}, {doc: `true`, want: 1},
		{doc: `false`}, {doc: `""`}, {doc: `null`}, {doc: `9007199254740993`, want: 9007199254740993},
		{doc: `"x"`, bad: true}, {doc: `1.5`, bad: true}, {doc: `{}`, bad: true}, {doc: `[1]`, bad: true},
	}
	for _, test := range tests {
		t.Run(test.doc, func(t *testing.T) {
			t.Parallel()
			var got integer
			err := json.Unmarshal([]byte(test.doc), &got)
			require.Equal(t, test.bad, err != nil)
			require.Equal(t, test.want, got)
		})
	}
	for doc, want := range map[string]scalar{`"a"`: "a", `208396938`: "208396938", `null`: ""} {
		var got scalar
		require.NoError(t, json.Unmarshal([]byte(doc), &got))
		require.Equal(t, want, got)
	}
}

func TestCleanJSON(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, in, want string }{
		{name: "untouched", in: "{\n\t\"a\": \"b\\n\"\r\n}", want: "{\n\t\"a\": \"b\\n\"\r\n}"},
		{name: "mark", in: "\xEF\xBB\xBF{}", want: "{}"},
		{name: "line ends in strings", in: "{\"a\":\"b\r\n\tc\"}", want: `{"a":"b\r\n\tc"}`},
		{name: "other control characters", in: "{\"a\x02\":\x00\"b\x1b\"}\x00", want: `{"a":"b"}`},
		{name: "quote after a backslash", in: "{\"a\":\"\\\"\x01\\\\\",\"b\":\x01\"c\"}", want: `{"a":"\"\\","b":"c"}`},
		{name: "control character after a backslash", in: "{\"a\":\"\\\nn\"}", want: `{"a":"\n"}`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := cleanJSON([]byte(test.in))
			require.Equal(t, test.want, string(got))
			require.True(t, json.Valid(got))
		})
	}
}

func FuzzMarshal(f *testing.F) {
	for _, seed := range []string{"", "刹车", "a\u2028", `\u2028`, "\x00\xff\\", "<>&\"'"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		doc := marshal(map[string]string{"k": s})
		if !json.Valid(doc) || !utf8.Valid(doc) {
			t.Fatalf("%q", doc)
		}
		var back map[string]string
		if err := json.Unmarshal(doc, &back); err != nil {
			t.Fatal(err)
		}
	})
}

func FuzzDecode(f *testing.F) {
	for _, seed := range []string{`{"errcode":0}`, `{"errcode":"45015","errmsg":"x rid: 1-2"}`, "{\"a\":\"\x01\xff\\\"}",
		`{"subscribe":1,"tagid_list":["1",2]}`, "[", "", "\xEF\xBB\xBF{}"} {
		f.Add([]byte(seed))
	}
	c, err := New(Options{AppID: testAppID, AppSecret: testSecret})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		var out struct {
			Tags []integer `json:"tagid_list"`
			ID   scalar    `json:"menuid"`
		}
		err := c.decode(call{op: "fuzz"}, testAccessToken, doc, &out)
		if err != nil {
			requireClean(t, err)
		}
	})
}
