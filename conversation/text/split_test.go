package text

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/rivo/uniseg"
	"github.com/stretchr/testify/require"
)

const (
	family = "👨‍👩‍👧‍👦" // 25 bytes, seen as one
	flag   = "🇨🇳"      // two runes of 4 bytes
	accent = "e\u0301" // 3 bytes
)

func TestSplit(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, text string
		limit      int
		want       []string
	}{
		{"nothing", "", 10, nil},
		{"blanks only", " \n ", 10, nil},
		{"fits", "exactly 10", 10, []string{"exactly 10"}},
		{"after a line", "one. two\nthree.", 12, []string{"one. two", "three."}},
		{"after a sentence", "First one. Then two", 15, []string{"First one.", "Then two"}},
		{"after a Chinese sentence", "刹车响。请来店里检查", 18, []string{"刹车响。", "请来店里检查"}},
		{"not within a number", "It costs 1234.50 today", 16, []string{"It costs", "1234.50 today"}},
		{"not within an address", "see a https://x.example/path", 24, []string{"see a https://x.example/", "path"}},
		{"at a blank", "aaaa bbbb cccc", 10, []string{"aaaa bbbb", "cccc"}},
		{"at a Chinese comma", "一二三，四五六七八", 18, []string{"一二三，", "四五六七八"}},
		{"early sentence ends do not make short parts", "No. aaaaaaaaaaaaaaaaaaaaaaa", 20,
			[]string{"No. aaaaaaaaaaaaaaaa", "aaaaaaa"}},
		{"one word", strings.Repeat("a", 25), 10, []string{strings.Repeat("a", 10), strings.Repeat("a", 10), "aaaaa"}},
		{"runes whole", "一二三四", 10, []string{"一二三", "四"}},
		{"joined emoji whole", "aaaa" + family + "b", 26, []string{"aaaa", family + "b"}},
		{"flags whole", flag + flag + flag, 20, []string{flag + flag, flag}},
		{"accents whole", strings.Repeat(accent, 4), 7, []string{accent + accent, accent + accent}},
		{"a character longer than the limit", family, 8, []string{"👨\u200d", "👩\u200d", "👧\u200d", "👦"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, test.want, Split(test.text, test.limit))
		})
	}
}

// A hostile text must not keep a workflow task busy.
func TestSplitOfOneEndlessCharacter(t *testing.T) {
	t.Parallel()
	parts := Split("e"+strings.Repeat("\u0301", 1<<20), MaxBytes)
	require.Len(t, parts, 1+(2<<20)/MaxBytes)
}

func TestMessages(t *testing.T) {
	t.Parallel()
	full := strings.Repeat("刹", 665) + "。\n" // 1,999 bytes
	link := `<a href="https://x.example/">` + strings.Repeat("a", 300) + `</a>`
	for _, test := range []struct {
		name, text string
		messages   int
		cut        bool
		last       string // ends with
	}{
		{"nothing", "", 0, false, ""},
		{"one", "hello", 1, false, "hello"},
		{"as many as may be", strings.Repeat(full, MaxMessages), MaxMessages, false, "刹。"},
		{"one more", strings.Repeat(full, MaxMessages) + "!!", MaxMessages, true, "刹…"},
		{"blanks behind", strings.Repeat(full, MaxMessages) + strings.Repeat(" \n", MaxBytes),
			MaxMessages, false, "刹。"},
		{"far too long", strings.Repeat(full, 10_000), MaxMessages, true, "刹…"},
		{"link at the end", strings.Repeat(full, MaxMessages-1) + strings.Repeat("a ", 998) + link + full,
			MaxMessages, true, "a…"},
		{"endless address", strings.Repeat("http://", 100_000), MaxMessages, true, "…"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			messages, cut := Messages(test.text)
			require.Len(t, messages, test.messages)
			require.Equal(t, test.cut, cut)
			for i, message := range messages {
				require.LessOrEqual(t, len(message), MaxBytes)
				require.Equal(t, cut && i == MaxMessages-1, strings.HasSuffix(message, cutMark))
			}
			if test.messages > 0 {
				require.True(t, strings.HasSuffix(messages[len(messages)-1], test.last))
			}
		})
	}
	plain := Plain(strings.Repeat(full, 400))
	_, cut := Messages(plain)
	require.True(t, cut, "what Plain leaves of a long text is seen to be cut")
}

func FuzzSplit(f *testing.F) {
	f.Add("First one. Then two", 15)
	f.Add("刹车响。请来店里检查", 18)
	f.Add(family+flag+accent+"\r\n"+family, 27)
	f.Add("\xff\xfe broken \xf0\x9f", 5)
	f.Add(strings.Repeat("\x80", 40), 4)
	f.Fuzz(func(t *testing.T, text string, limit int) {
		limit = 4 + (limit&0x7fffffff)%200
		parts := Split(text, limit)
		for _, part := range parts {
			require.NotEmpty(t, part)
			require.LessOrEqual(t, len(part), limit)
			require.Equal(t, strings.TrimSpace(part), part)
		}
		if !utf8.ValidString(text) { // its pieces may form a blank together
			return
		}
		require.Equal(t, dense(text), dense(strings.Join(parts, "")), "nothing but blanks is lost, nothing moves")
		for _, part := range parts {
			require.True(t, utf8.ValidString(part))
		}
		if text == dense(text) && longestCluster(text) <= limit {
			clusters := 0
			for _, part := range parts {
				clusters += uniseg.GraphemeClusterCount(part)
			}
			require.Equal(t, uniseg.GraphemeClusterCount(text), clusters, "no character is cut")
		}
	})
}

// dense is a text without its blanks.
func dense(text string) string {
	var b strings.Builder
	for rest := text; rest != ""; {
		r, size := utf8.DecodeRuneInString(rest)
		if !unicode.IsSpace(r) {
			b.WriteString(rest[:size])
		}
		rest = rest[size:]
	}
	return b.String()
}

func longestCluster(text string) int {
	longest := 0
	for clusters := uniseg.NewGraphemes(text); clusters.Next(); {
		longest = max(longest, len(clusters.Str()))
	}
	return longest
}
