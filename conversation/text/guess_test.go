package text

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// What an agent wrote between < and > arrives, even if HTML has a tag of that name.
func TestPlainKeepsWhatOnlyLooksLikeMarkUp(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"select <Ctrl>+<Alt>+<Del>",
		"if a<b and c>d then stop",
		"if (a<i && b>c)",
		"use <b> for bold",
		"close it with </b>",
		"a<b>c",
		"<Address>, <Title>, <Code>: see <Section> or <Table>",
		"number <s/n> of part <p/n>, <i/o>",
		"open <file:name>, <Host:Port>, <https://x.example>",
		"a <p x=5> b",
		"valve <b open>, <p note: x>",
		"</sup> 5 <sup>",
		"<?xml version=1?>",
		"<!important>, <!-- never closed",
		"<select> a car",
		"<b",
		"<a href='x",
		"<a href=",
	} {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, Tame(text), Plain(text))
		})
	}
	for _, text := range []string{"press <Del>", "ship to <Address>", "a<b and c>d", "a <b x=5>", "<!important>"} {
		require.Equal(t, "one\n"+text, Plain("<p>one</p>"+text), "among mark-up")
	}
}

func TestPlainReadsMarkUp(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, text, want string }{
		{"pair", "a <B>bold</b> word", "a bold word"},
		{"pair and one too many", "<b>one<b> two</b>", "one two"},
		{"attribute of HTML", `<span style="color: red">one`, "one"},
		{"attribute without quotation marks", "<font color=red>one", "one"},
		{"attributes of programs", `<p _ngcontent-c1="" data-x=1 x:str>one</p>`, "one"},
		{"attribute without a value", "<table><tr><td nowrap>1</td></tr></table>", "1"},
		{"attributes without a blank between", `<a href="https://x.example"class="y">one</a>`,
			`<a href="https://x.example">one</a>`},
		{"attribute twice", `<a href="https://x.example" href="https://y.example">one</a>`,
			`<a href="https://x.example">one</a>`},
		{"tags in an attribute", `<p title="<b>x</b> > y">one</p>`, "one"},
		{"tag that closes itself", "<span/>one<b/>", "one"},
		{"break alone", "one<br>two", "one\ntwo"},
		{"break as a closing tag", "one</br>two", "one\ntwo"},
		{"comment alone", "<!-- hidden -->shown", "shown"},
		{"comments without words", "<!---->a<!-->b<!--->c", "abc"},
		{"stray closing tags", "<p>one</b></script></p>", "one"},
		{"Word's conditions", "<p><![if !supportLists]>·<![endif]> one</p>", "· one"},
		{"Word's name spaces",
			`<?xml:namespace prefix = o ns = "urn:x" /><st1:City w:st="on">Bonn</st1:City><o:p></o:p>`, "Bonn"},
		{"script in a script", `<script>document.write("<script>")</script>one`, "one"},
		{"styles of Word", "<style><!-- p {margin: 0} --></style><p>one</p>", "one"},
		{"drawing in a drawing", "<svg><svg></svg>no</svg>one", "one"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, test.want, Plain(test.text))
		})
	}
}

func TestPlainKeepsWhatStandsAboveTheLine(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ text, want string }{
		{"10<sup>3</sup>", "10³"},
		{"m<sup>2</sup> and m<sup>-1</sup>", "m² and m⁻¹"},
		{"10<sup>&minus;<b>12</b></sup>", "10⁻¹²"},
		{"Na<sup>+</sup>, 2<sup>n</sup>", "Na⁺, 2ⁿ"},
		{"x<sup>y</sup>, e<sup>2x</sup>", "x^y, e^(2x)"},
		{"the 1<sup>st</sup> and 2<SUP>nd</SUP>", "the 1st and 2nd"},
		{"brake<sup>®</sup>, pad<sup>TM</sup>", "brake®, padTM"},
		{"see<sup>注</sup>", "see注"},
		{"<p><sup>a</sup> a note", "a a note"},
		{"H<sub>2</sub>O, x<sub>max</sub>", "H₂O, xmax"},
		{"10<sup> 3</sup>", "10 ³"},
		{"10<sup></sup>3", "103"},
		{"10<sup>3<br>4</sup>", "10³\n4"},
		{`see<sup><a href="#1">1</a></sup>`, "see¹"},
		{`see<sup><a href="https://x.example">1</a></sup>`, `see<a href="https://x.example">1</a>`},
		{`<a href="https://x.example">10 m<sup>2</sup></a>`, `<a href="https://x.example">10 m²</a>`},
		{`x<a href="https://x.example">a<sup>2</a>b</sup>`, `x<a href="https://x.example">a²</a>b`},
		{"a<sup>2<sup>3</sup></sup>", "a²³"},
		{"a<sup> whole sentence that somebody set in small letters</sup>",
			"a whole sentence that somebody set in small letters"},
	} {
		t.Run(test.text, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, test.want, Plain(test.text))
		})
	}
}
