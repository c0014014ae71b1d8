package text

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTake(t *testing.T) {
	t.Parallel()
	const manual = `<a href="https://x.example/m?a=1&b=2">Manual of your bicycle</a>`
	card := &Card{Title: "Manual of your bicycle", URL: "https://x.example/m?a=1&b=2"}
	for _, tt := range []struct {
		name, plain, text string
		card              *Card
		answers           []string
	}{
		{"words", "Please come by.", "Please come by.", nil, nil},
		{"nothing", "", "", nil, nil},
		{"a link alone", manual, "", card, nil},
		{"a link on the last line", "Here it is:\n\n " + manual + " \n", "Here it is:", card, nil},
		{"a link on another line", manual + "\nEnjoy!", manual + "\nEnjoy!", nil, nil},
		{"a link in a line", "See " + manual, "See " + manual, nil, nil},
		{"an address alone", "https://x.example/m", "https://x.example/m", nil, nil},
		{"a link as people write it", "Here:\n[Manual of your bicycle](https://x.example/m?a=1&b=2)", "Here:", card, nil},
		{"one with a title that is long", "[" + strings.Repeat("题", 65) + "](https://x.example/)",
			`<a href="https://x.example/">` + strings.Repeat("题", 65) + "</a>", nil, nil},
		{"one that leads to no page", "[call](tel:123)", "[call](tel:123)", nil, nil},
		{"one without words", "[ ](https://x.example/)", "[ ](https://x.example/)", nil, nil},

		{"answers", "Is it still there?\n[1] Yes\n[2] No", "Is it still there?", nil, []string{"Yes", "No"}},
		{"answers of Chinese keyboards", "还有异响吗？\n【1】有\n［2］ 没有 ", "还有异响吗？", nil, []string{"有", "没有"}},
		{"answers apart", "When?\n\n[1] At 9:00\n\n[2] At 14:00\n", "When?", nil, []string{"At 9:00", "At 14:00"}},
		{"no question", "[1] Yes\n[2] No", "[1] Yes\n[2] No", nil, nil},
		{"one answer", "Well?\n[1] Yes", "Well?\n[1] Yes", nil, nil},
		{"words behind", "Well?\n[1] Yes\n[2] No\nThanks", "Well?\n[1] Yes\n[2] No\nThanks", nil, nil},
		{"not from 1", "Well?\n[2] Yes\n[3] No", "Well?\n[2] Yes\n[3] No", nil, nil},
		{"a number left out", "Well?\n[1] Yes\n[3] No", "Well?\n[1] Yes\n[3] No", nil, nil},
		{"sources", "It is worn [1].\n[1] Manual, page 3\n[2] Test", "It is worn [1].\n[1] Manual, page 3\n[2] Test",
			nil, nil},
		{"addresses", "Read:\n[1] https://x.example/a\n[2] https://x.example/b",
			"Read:\n[1] https://x.example/a\n[2] https://x.example/b", nil, nil},
		{"long ones", "Well?\n[1] Yes\n[2] " + strings.Repeat("n", 31),
			"Well?\n[1] Yes\n[2] " + strings.Repeat("n", 31), nil, nil},
		{"steps", "Do this:\n1. Stop\n2. Look", "Do this:\n1. Stop\n2. Look", nil, nil},
		{"too many", "Which?\n" + Listed(strings.Split("abcdefghijk", "")),
			"Which?\n" + Listed(strings.Split("abcdefghijk", "")), nil, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := Take(tt.plain)
			require.Equal(t, tt.text, got.Text)
			require.Equal(t, tt.card, got.Card)
			require.Equal(t, tt.answers, got.Answers)
		})
	}
}

// Text from C4C's editor comes as mark-up and reads the same.
func TestTakeOfMarkUp(t *testing.T) {
	t.Parallel()
	got := Take(Plain("<p>Is it still there?</p><p>[1] Yes</p><p>[2] No</p>"))
	require.Equal(t, "Is it still there?", got.Text)
	require.Equal(t, []string{"Yes", "No"}, got.Answers)
	got = Take(Plain("<p>Is it still there?</p><p>&nbsp;[1]&nbsp;Yes&nbsp;</p><p>[2]&#8203;No&nbsp;</p><p>&#8203;</p>"))
	require.Equal(t, []string{"Yes", "No"}, got.Answers, "hard blanks, as the editor writes them")
	got = Take(Plain(`<p>Here:</p><p>&nbsp;<a href="https://x.example/">The manual</a>&#8203;</p>`))
	require.Equal(t, &Card{Title: "The manual", URL: "https://x.example/"}, got.Card)
	got = Take(Plain(`<div>Here it is:</div><div><a href="https://x.example/?a=1&amp;copy=2">The <b>manual</b></a></div>`))
	require.Equal(t, "Here it is:", got.Text)
	require.Equal(t, &Card{Title: "The manual", URL: "https://x.example/?a=1&copy=2"}, got.Card)
	require.Equal(t, "Here it is:\n"+`<a href="https://x.example/?a=1&copy=2">The manual</a>`, got.Words)
	require.Equal(t, "Here it is:\nThe manual https://x.example/?a=1&copy=2", WrittenOut(got.Words))
}

// FuzzTake: no part of a text is lost, whatever it is recognised as.
func FuzzTake(f *testing.F) {
	f.Add("Is it still there?\n[1] Yes\n[2] No")
	f.Add("a\n[b](https://x.example/)")
	f.Add("a\n<a href=\"https://x.example/\">b</a>\n【1】c\n")
	f.Fuzz(func(t *testing.T, source string) {
		plain := Plain(source)
		got := Take(plain)
		requireTame(t, got.Words)
		requireTame(t, got.Text)
		switch {
		case got.Card != nil:
			require.Empty(t, got.Answers)
			require.NotEmpty(t, strings.TrimSpace(got.Card.Title))
			require.Contains(t, got.Words, got.Card.URL)
			require.Contains(t, got.Words, got.Card.Title)
			require.True(t, strings.HasPrefix(strings.TrimSpace(got.Words), got.Text))
		case len(got.Answers) > 0:
			require.GreaterOrEqual(t, len(got.Answers), 2)
			require.LessOrEqual(t, len(got.Answers), MaxAnswers)
			require.NotEmpty(t, got.Text)
			at := len(got.Text)
			for _, answer := range got.Answers {
				next := strings.Index(got.Words[at:], answer)
				require.GreaterOrEqual(t, next, 0, answer)
				at += next + len(answer)
			}
			require.Empty(t, strings.TrimSpace(got.Words[at:]))
		default:
			require.Equal(t, got.Words, got.Text)
		}
	})
}
