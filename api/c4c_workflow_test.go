package api

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSurveyLinkFindsItsPlace(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ text, link, want string }{
		{"rate us: #SURVEY2041#.", "https://s/1", "rate us: https://s/1."},
		{"rate us #SURVEY1# or #SURVEY2#", "https://s/$1", "rate us https://s/$1 or https://s/$1"},
		{"rate us #SURVEY1#", "", "rate us"},
		{"rate us", "https://s/1", "rate us\nhttps://s/1"},
		{"rate us", "", "rate us"},
		{"", "https://s/1", "https://s/1"},
		{"#SURVEY", "", "#SURVEY"},
	} {
		require.Equal(t, tt.want, withSurvey(tt.text, tt.link), tt.text)
	}
}

// TestTextsOfRulesAreTamed: a rule's text may contain a customer's name or subject, which must not act in the
// account's name.
func TestTextsOfRulesAreTamed(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ text, link, want string }{
		{`<a href="weixin://bizmsgmenu?msgmenuid=1">pay</a>`, "", "pay"},
		{`rate <a href="#SURVEY1#">us</a>`, "https://s.example.com/?a=1&b=2",
			`rate <a href="https://s.example.com/?a=1&b=2">us</a>`},
		{"rate us #SURVEY1#", "https://s.example.com/?a=1&copy;=2", "rate us https://s.example.com/?a=1&copy;=2"},
		{"<p>thank you</p><p>rate us</p>", "https://s/1", "thank you\nrate us\nhttps://s/1"},
		{"<script>alert(1)</script>", "", ""},
	} {
		require.Equal(t, tt.want, withSurvey(tt.text, tt.link), tt.text)
	}
}

func TestSurveyLinksLeadToTheWeb(t *testing.T) {
	t.Parallel()
	for link, ok := range map[string]bool{
		"https://s.example.com/1?a=b&c=d#e": true, "http://s.example.com": true, "": true, " https://s.example.com ": true,
		`https://x"><a href="weixin://q">`: false, "weixin://bizmsgmenu?msgmenuid=1": false, "javascript:alert(1)": false,
		"//s.example.com": false, "/web/": false, "https:///x": false, "https://s.example.com/a b": false,
		"HTTPS://s.example.com": true,
	} {
		data, err := json.Marshal([]map[string]string{{"openId": "o1", "fullText": "rate us", "surveyLink": link}})
		require.NoError(t, err)
		_, err = parseWorkflow(map[string]json.RawMessage{"data": data})
		if ok {
			require.NoError(t, err, link)
			continue
		}
		require.ErrorContains(t, err, "surveyLink", link)
	}
}

func FuzzParseWorkflow(f *testing.F) {
	for _, seed := range []string{`[{"openId":"o1","fullText":"a #SURVEY1# b","surveyLink":"https://s"}]`, `[]`, `{}`,
		`[{"openId":7}]`, `null`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, data string) {
		texts, err := parseWorkflow(map[string]json.RawMessage{"data": json.RawMessage(data)})
		if err != nil {
			require.Equal(t, 400, failureOf(err).status)
			return
		}
		require.NotEmpty(t, texts)
		for _, text := range texts {
			require.Regexp(t, openIDForm, text.openID)
			require.NotEmpty(t, strings.TrimSpace(text.text))
			require.NotContains(t, strings.ToLower(text.text), `<a href="weixin`)
		}
	})
}
