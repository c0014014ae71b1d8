package text

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

func TestPlain(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, text, want string }{
		{"nothing", "", ""},
		{"text", "Please come by at 10:00. 谢谢！😀👨‍👩‍👧‍👦", "Please come by at 10:00. 谢谢！😀👨‍👩‍👧‍👦"},
		{"comparison", "if a < b && c > d, R&D", "if a < b && c > d, R&D"},
		{"names in angle brackets", "write to <name> of <your town>", "write to <name> of <your town>"},
		{"entities of a text without tags", "Tom &amp; Jerry: 5 &lt; 6&nbsp;&euro; &#x4f60; &bogus; R&D;",
			"Tom & Jerry: 5 < 6\u00a0€ 你 &bogus; R&D;"},
		{"link in entities of a text without tags", `&lt;a href="weixin://x"&gt;tap&lt;/a&gt;`,
			"<\u200ba href=\"weixin://x\">tap<\u200b/a>"},
		{"lines of Windows", "one\r\ntwo\rthree", "one\ntwo\nthree"},
		{"nothing to see", "\u200b\ufeff \u00a0\n&#8203;", ""},
		{"nothing to see between tags", "<p>\u200b</p><p>&nbsp;&#8205;</p>", ""},
		{"address with what looks like an entity", "https://x.example/?a=1&copy=2", "https://x.example/?a=1&copy=2"},
		{"lines of a text", "one\n two\n\n\nthree", "one\n two\n\n\nthree"},
		{"paragraphs", "<p>Dear Li Lei,</p><p>your car is <b>ready</b>.</p>", "Dear Li Lei,\nyour car is ready."},
		{"paragraphs in lines of source", "<p>\n  Dear\n  Li Lei,\n</p>\n<p>come</p>", "Dear Li Lei,\ncome"},
		{"empty paragraph", "<p>one</p><p>&nbsp;</p><p>two</p>", "one\n\ntwo"},
		{"many empty paragraphs", "<p>one</p><p><br></p><p><br/></p><p><br></p><p>two</p>", "one\n\ntwo"},
		{"breaks", "one<br>two<BR/>three<br />four", "one\ntwo\nthree\nfour"},
		{"divisions within each other", "<div><div>one</div><div>two</div></div>", "one\ntwo"},
		{"words keep their distance", "<b>one</b> <i>two</i>\n<u>three</u>", "one two\nthree"},
		{"blanks around a tag", "<p>one <b> two </b> three</p>", "one two three"},
		{"list", "<p>Bring:</p><ul><li>the key</li><li>the book</li></ul>soon", "Bring:\n• the key\n• the book\nsoon"},
		{"numbered list", "<ol><li><p>first</p></li><li>second</li></ol>", "1. first\n2. second"},
		{"list in a list", "<ul><li>a<ol><li>b</li></ol></li><li>c</li></ul>", "• a\n  1. b\n• c"},
		{"table", "<table><tr><th>part</th><th>price</th></tr><tr><td>pad</td><td>80</td></tr></table>",
			"part | price\npad | 80"},
		{"quotation and rule", "<blockquote>said</blockquote><hr>answer", "said\n——————\nanswer"},
		{"entities", "<p>R&amp;D &lt; 5&nbsp;&euro; &#128512; &#x4f60; &bogus; &copy 2026</p>",
			"R&D < 5\u00a0€ 😀 你 &bogus; &copy 2026"},
		{"scripts and styles", "<style>p{color:red}</style><p>hi<script>alert('<p>no</p>')</script></p>", "hi"},
		{"a document", "<!DOCTYPE html><html><head><title>T</title></head><body><p>hi</p></body></html>", "hi"},
		{"Word", "<p class=\"MsoNormal\"><o:p></o:p>hi<!--[if gte mso 9]><xml></xml><![endif]--></p>", "hi"},
		{"script nobody closed", "<p>remove <script> from the page</p>", "remove <script> from the page"},
		{"comment nobody closed", "<p>one <!-- two</p>", "one <!-- two"},
		{"tag nobody closed", "<p>a <b and c</p>", "a <b and c"},
		{"tag cut off", "<p>one</p><p", "one\n<p"},
		{"unknown tag beside known ones", "<p>write to <name></p>", "write to <name>"},
		{"preformatted", "<pre>a  b\n  c</pre>d", "a  b\n  c\nd"},
		{"picture", `<p><img src="http://x.example/p.png" alt="a car &amp; more"> here</p>`, "a car & more here"},
		{"picture without words", `<p>see<img src="data:image/png;base64,AAAA">.</p>`, "see."},
		{"only mark-up", "<p><br></p><div>&nbsp;</div>", ""},
		{"link", `see <a class="x" href="https://x.example/a?b=1&amp;c=2" target=_blank>our page</a>!`,
			`see <a href="https://x.example/a?b=1&c=2">our page</a>!`},
		{"link that names itself", `<a href="https://x.example/a">https://x.example/a</a>`, "https://x.example/a"},
		{"link without words", `here<a href="https://x.example/a"> <img src=x> </a>`, "here https://x.example/a"},
		{"link across lines", "<p><a href='http://x.example'>our\n <b>page</b></a></p>",
			`<a href="http://x.example">our page</a>`},
		{"script for a link", `<a href="javascript:alert(1)">tap</a>`, "tap"},
		{"WeChat's own commands", `<a href="weixin://bizmsgmenu?msgmenucontent=x&msgmenuid=1">tap</a>`, "tap"},
		{"relative link", `<a href="/x">tap</a>`, "tap"},
		{"mail", `<a href="mailto:a@x.example?subject=s">write</a> or <a href="mailto:a@x.example">a@x.example</a>`,
			"write (a@x.example) or a@x.example"},
		{"telephone", `<a href="tel:+8610123">call</a>`, "call (+8610123)"},
		{"anchor without address", `<a name="top"></a>top`, "top"},
		{"link nobody closed", `<p><a href="https://x.example">one</p><p>two</p>`,
			"<a href=\"https://x.example\">one</a>\ntwo"},
		{"quotation mark in an address", `<a href='https://x.example/"><a>'>x</a>`,
			`<a href="https://x.example/%22%3E%3Ca%3E">x</a>`},
		{"brackets in a link's words", `<a href="https://x.example">1 &lt; 2</a>`,
			`<a href="https://x.example">1  2</a>`},
		{"escaped link", `<p>&lt;a href="weixin://x"&gt;tap&lt;/a&gt;</p>`,
			"<\u200ba href=\"weixin://x\">tap<\u200b/a>"},
		{"link at the end", "see <A\v", "see <\u200bA\v"},
		{"link out of pieces", `<p>&lt;<b></b>a href="javascript:x">tap</p>`, "<\u200ba href=\"javascript:x\">tap"},
		{"bare address", "<p>see https://x.example/a_b?c=d#e</p>", "see https://x.example/a_b?c=d#e"},
		{"address too long for a link", `<a href="https://x.example/` + strings.Repeat("a", 1000) + `">tap</a>`, "tap"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, test.want, Plain(test.text))
		})
	}
}

// maxPlainTame is the longest result of Plain: each "<a" that is not a link grows by three bytes.
const maxPlainTame = maxPlain * 5 / 2

// A reader with quadratic time would not finish here.
func TestPlainOfMuchMarkUp(t *testing.T) {
	t.Parallel()
	for _, piece := range []string{
		"<", "<p>", "<a ", `<a href="https://x.example/">`, `<a href="https://x.example/`, "<!--", "<!--<b>", "<![",
		"<ul><li>", "<ol>", "&", "&#", "&lt;a ", "<p a=", `<p a="<b>`, `<p a='" b="'`, `<b c="' d='"<b`, "<script>",
		"<script></style>", "<sup>", "<sup>1</sub>", "<pre>", "<br>", "<td>", "<hr>", "data:", "data:a/b,",
		"data:a/b;base64,\n", "http://", "\xff", "e\u0301", "<a>", "<b></b>", "<img alt='x'>",
	} {
		for _, before := range []string{"", "<p>", "<p><!--", `<p a="`, "<p>data:image/png;base64,"} {
			got := Plain(before + strings.Repeat(piece, maxSource/8/len(piece)))
			require.True(t, utf8.ValidString(got), piece)
			require.LessOrEqual(t, len(got), maxPlainTame, piece)
			messages, _ := Messages(got)
			require.LessOrEqual(t, len(messages), MaxMessages, piece)
		}
	}
}

// FuzzPlain checks what followers must be able to rely on: only whole links to the web are links, a text without tags
// is unchanged, and no words are lost.
func FuzzPlain(f *testing.F) {
	f.Add("if a < b && c > d")
	f.Add("see <A\v")
	f.Add(`<p>see <a href="https://x.example/a?b=1&amp;c=2">our page</a></p>`)
	f.Add("<ul><li>a<ol><li>b</ol></ul><script>x</script><!-- c -->&lt;a href=x&gt;")
	f.Add("10<sup>3</sup> <Del>a<b and c>d</b><sub x='>'>" + strings.Repeat("data:a/b;base64,AAAA", 20))
	f.Add("<table><tr><td>1<td>2</table><pre>\n x</pre><hr>\x00\xff<o:p>")
	f.Fuzz(func(t *testing.T, text string) {
		got := Plain(text)
		require.True(t, utf8.ValidString(got))
		require.LessOrEqual(t, len(got), maxPlainTame)
		requireTame(t, got)
		if utf8.ValidString(text) && len(text) < minData && !strings.ContainsAny(text, "<&\r") {
			require.Equal(t, visible(text), got)
		}
		const words = "刹车片"
		require.Contains(t, Plain("<p>"+words+"</p>"+text), words)
		messages, cut := Messages(got)
		require.LessOrEqual(t, len(messages), MaxMessages)
		require.False(t, cut && len(got) <= MaxMessages*MaxBytes/2)
		for _, part := range messages {
			require.NotEmpty(t, part)
			require.LessOrEqual(t, len(part), MaxBytes)
			requireTame(t, part)
		}
	})
}

// requireTame requires every link to be whole and to lead to the web.
func requireTame(t *testing.T, text string) {
	t.Helper()
	for at := anchorLike.FindStringIndex(text); at != nil; at = anchorLike.FindStringIndex(text) {
		whole := wholeAnchor(text[at[0]:])
		require.Positive(t, whole, text[at[0]:])
		text = text[at[0]+whole:]
	}
}
