package text

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// A pasted picture is not text, however much of the reply it is.
func TestPlainWithoutData(t *testing.T) {
	t.Parallel()
	picture := "data:image/png;base64," + strings.Repeat("iVBORw0KGgo+/", 30_000) + "=="
	line := strings.Repeat("iVBORw0K", 9) + "\r\n"
	lines := "data:image/png;base64,\r\n" + strings.Repeat(line, 5_000) + strings.Repeat("A", 60) + "=="
	path := strings.Repeat("%3Cpath d='M0,0'/%3E", 900)
	for _, test := range []struct{ name, text, want string }{
		{"pasted", `<p>see <img src="` + picture + `" alt="the pad"> here</p>`, "see the pad here"},
		{"pasted twice", `<p>one<img src='` + picture + `'></p><p>two<img src=` + picture + `></p>`, "one\ntwo"},
		{"in a style", `<div style="background: url(` + picture + `)">one</div>`, "one"},
		{"in lines", `<p>one<img src="` + lines + `">two</p>`, "onetwo"},
		{"in a text without mark-up", "see " + picture + "\nand call", "see \nand call"},
		{"in capital letters", "see DATA" + picture[len("data"):] + " and call", "see  and call"},
		{"alone", picture, ""},
		{"cut off", `<p>one</p><img class="x" src="` + picture, "one"},
		{"cut off without a tag", "1 < 2, see " + picture, "1 < 2, see "},
		{"cut off after what is no tag", `1 <2="` + picture, `1 <2="`},
		{"drawing", `<p>one<img src="data:image/svg+xml;utf8,` + path + `">two</p>`, "onetwo"},
		{"percent-encoded", "one data:image/svg+xml," + strings.Repeat("%3Cpath%3E", 900) + " two", "one  two"},
		{"explained", "the data:image/png;base64,iVBO form", "the data:image/png;base64,iVBO form"},
		{"words", "data: " + strings.Repeat("a", 500), "data: " + strings.Repeat("a", 500)},
		{"words with a comma", "data:one,two" + strings.Repeat("a", 500), "data:one,two" + strings.Repeat("a", 500)},
		{"another name", "meta" + picture[:300], "meta" + picture[:300]},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			require.True(t, Plain(test.text) == test.want, "%.200q", Plain(test.text))
		})
	}
}

// Word's mark-up is long; its text is read to the end.
func TestPlainOfLongMarkUp(t *testing.T) {
	t.Parallel()
	word := `<p class="MsoNormal" style="` + strings.Repeat("mso-fareast-language: ZH-CN; ", 40) + `"><b>word</b></p>`
	got := Plain(strings.Repeat(word, 500) + "<p>end</p>")
	require.Equal(t, strings.Repeat("word\n", 500)+"end", got)
}
