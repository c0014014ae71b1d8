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

func FuzzParseWorkflow(f *testing.F) {
	for _, seed := range []string{`[{"openId":"o1","fullText":"a #SURVEY1# b","surveyLink":"https://s"}]`, `[]`, `{}`, `[{"openId":7}]`, `null`} {
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
		}
	})
}
