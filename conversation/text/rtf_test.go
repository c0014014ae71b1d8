package text

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

// RTF written by office programs reads as text.
func TestPlainReadsRTF(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, text, want string }{
		{"least", `{\rtf1 Hello}`, "Hello"},
		{"WordPad", `{\rtf1\ansi\ansicpg1252\deff0\nouicompat\deflang1031{\fonttbl{\f0\fnil\fcharset0 Calibri;}}` + "\r\n" +
			`{\*\generator Riched20 10.0.19041}\viewkind4\uc1 ` + "\r\n" +
			`\pard\sa200\sl276\slmult1\f0\fs22\lang7 Sch\'f6ne Gr\'fc\'dfe, \b Ihr\b0  Auto ist fertig.\par` + "\r\n" +
			`Bis \u8364?80.\par` + "\r\n" + `}` + "\r\n\x00",
			"Schöne Grüße, Ihr Auto ist fertig.\nBis €80."},
		{"Chinese, in its code page", `{\rtf1\ansi\ansicpg936\deff0{\fonttbl{\f0\fnil\fcharset134 \'cb\'ce\'cc\'e5;}}` +
			`\f0\fs24 \'c4\'fa\'b5\'c4\'b3\'b5\'d2\'d1\'d0\'de\'ba\'c3\'a1\'a3\par}`, "您的车已修好。"},
		{"Chinese, in the code page of its font", `{\rtf1\ansi\ansicpg1252{\fonttbl{\f0\fcharset0 Arial;}{\f1\fcharset134 SimSun;}}` +
			`\f0 caf\'e9 \f1\'c4\'fa\'ba\'c3\f0  f\'fcr}`, "café 您好 für"},
		{"Chinese, in Unicode", `{\rtf1\ansi\ansicpg936\uc2 \u24744\'c4\'fa\u22909\'ba\'c3{\uc1\u-10179?\u-8704?}\u9733 xx!}`,
			"您好😀★!"},
		{"Chinese, as it is", `{\rtf1\ansi 您好，李雷\par 刹车}`, "您好，李雷\n刹车"},
		{"second byte as it is", `{\rtf1\ansi\ansicpg936 \'81@\'81\\a}`, "丂乗a"},
		{"bytes of no code page", `{\rtf1\ansi\ansicpg936 a\'ffb\'e9}`, "aÿbé"},
		{"signs", `{\rtf1\ansi a\~b\_c\-d \{e\} \\f \lquote g\rquote  \ldblquote h\rdblquote\endash i\emdash\bullet\tab j\line k\` + "\n" + `l\$}`,
			"a\u00a0b‑cd {e} \\f ‘g’ “h”–i—•\tj\nk\nl$"},
		{"tables", `{\rtf1\ansi\trowd\cellx1\cellx2 part\cell price\cell\row pad\cell 80\cell\row}`, "part | price\npad | 80"},
		{"lists", `{\rtf1\ansi{\fonttbl{\f0 Arial;}{\f3\fcharset2 Symbol;}}{\*\listtable{\list}}{\listtext\pard\plain\f3 \'b7\tab}key\par` +
			`{\pntext\f0 2.\tab}book\par {\f3\u-3913?} wheel}`, "•\tkey\n2.\tbook\n• wheel"},
		{"pictures and styles", `{\rtf1\ansi{\colortbl;\red1;}{\stylesheet{\s1 heading 1;}}{\info{\author Chen}{\title T}}` +
			`{\*\shppict{\pict\pngblip 89504e47}}{\nonshppict{\pict 0102}}see{\header top}{\footer bottom} {\*\unknown x}it{\pict\bin3 }}{}}`,
			"see it"},
		{"hidden and deleted words", `{\rtf1\ansi a{\v secret}b\v secret\v0 c{\deleted old}d}`, "abcd"},
		{"link", `{\rtf1\ansi see {\field{\*\fldinst{HYPERLINK "https://x.example/a?b=1"}}{\fldrslt{\ul our page}}}!}`,
			`see <a href="https://x.example/a?b=1">our page</a>!`},
		{"link that names itself", `{\rtf1\ansi {\field{\*\fldinst HYPERLINK https://x.example}{\fldrslt https://x.example}}}`,
			"https://x.example"},
		{"link to something else", `{\rtf1\ansi {\field{\*\fldinst{HYPERLINK "mailto:a@x.example"}}{\fldrslt write}} ` +
			`{\field{\*\fldinst{HYPERLINK "weixin://x"}}{\fldrslt tap}} {\field{\*\fldinst PAGE}{\fldrslt 3}}}`,
			"write (a@x.example) tap 3"},
		{"mark-up in it", `{\rtf1\ansi press <Del>, &amp; <a href="weixin://x">tap</a>}`,
			"press <Del>, &amp; <\u200ba href=\"weixin://x\">tap<\u200b/a>"},
		{"out of a mail in HTML", `{\rtf1\ansi\fromhtml1{\fonttbl{\f0 Arial;}}{\*\htmltag64 <p>}\htmlrtf {\htmlrtf0 ` +
			`{\*\htmltag84 <b>}\htmlrtf {\b\htmlrtf0 Hello{\*\htmltag92 </b>}\htmlrtf }\htmlrtf0 \htmlrtf\par}\htmlrtf0}`, "Hello"},
		{"cut off", `{\rtf1\ansi\ansicpg1252{\fonttbl{\f0 Arial;}}\f0 your car is {\b rea`, "your car is rea"},
		{"cut off in a character", `{\rtf1\ansi\ansicpg936 a\'c`, "ac"},
		{"cut off in a word", `{\rtf1\ansi\deff0 a\`, "a"},
		{"empty lines", `{\rtf1\ansi a\par\par\par\par b\par}`, "a\n\nb"},
		{"only a picture", `{\rtf1\ansi{\pict\pngblip 89504e47}}`, ""},
		{"one half of a character", `{\rtf1\ansi\u-10179?a}`, "a"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, test.want, Plain(test.text))
		})
	}
}

// Text that is only partly RTF, or mentions it, arrives as written.
func TestPlainKeepsWhatOnlyLooksLikeRTF(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		`{\rtf1 is how RTF begins`,
		`{\rtf1 Hello} is the shortest document`,
		`Send it as {\rtf1\ansi Hello}`,
		`{\rtfoo}`, `{rtf1\ansi Hello}`, `{\rt`, `{\b bold}`, `\rtf1`,
		`{\rtf1\ansi Hello}}`,
	} {
		require.Equal(t, text, Plain(text))
	}
}

// A reader with quadratic time would not finish here.
func TestPlainOfMuchRTF(t *testing.T) {
	t.Parallel()
	for _, piece := range []string{"{", "}", `\`, `\'`, `\'c4`, `\u1?`, `\u-10179?`, `{\field{\*\fldinst a}`, `{\fonttbl`,
		`{\*`, `\bin9 `, `\uc8\u1 `, `\f1`, `{\v `, `\par `, `\cell `, "{{}", `\'81\\`, "\n"} {
		got := Plain(`{\rtf1\ansi\ansicpg936 ` + strings.Repeat(piece, maxSource/4/len(piece)))
		require.True(t, utf8.ValidString(got), piece)
		require.LessOrEqual(t, len(got), maxPlainTame, piece)
	}
}

// FuzzRTF checks that any document is read, and that its words remain.
func FuzzRTF(f *testing.F) {
	f.Add(`\b bold\b0 \'c4\'fa \u8364? {\field{\*\fldinst{HYPERLINK "https://x.example"}}{\fldrslt a}}`)
	f.Add(`{\fonttbl{\f0\fcharset134 a;}}\f0\'81@ \uc2\u1\'c4\'e3 \bin2 }}`)
	f.Add(`{\v x}{\pict 00}\trowd a\cell\row {\*\x}`)
	f.Fuzz(func(t *testing.T, text string) {
		got := Plain(`{\rtf1\ansi\ansicpg936 刹车片 ` + text)
		require.True(t, utf8.ValidString(got))
		require.LessOrEqual(t, len(got), maxPlainTame)
		requireTame(t, got)
		require.Contains(t, got, "刹车片")
	})
}
