package text

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"
)

const (
	// maxSource is how much of a text is read, in bytes. No push is longer, and a workflow task has only a second.
	maxSource = 1 << 20
	// maxPlain is how much of it is kept: more than its messages may contain, so that Messages sees that it is cut.
	maxPlain = (MaxMessages + 1) * MaxBytes
)

// Plain returns what a follower can read of an agent's text, at most as much as Messages uses. C4C's editor writes
// HTML, of which WeChat shows only links. So paragraphs, lists and tables become lines, entities become characters,
// and scripts, styles and data: URIs are removed. In a text without mark-up, only complete entities, data: URIs and
// line ends are changed, whatever else it contains between < and >. RTF is read if the whole text is RTF. A text with
// nothing visible becomes empty. Source:
// https://developers.weixin.qq.com/doc/service/api/customer/message/api_sendcustommessage.html
func Plain(text string) string { return finished(read(text).all) }

// Reply is Plain without the mail thread quoted below an agent's words. It removes the thread only if it is clearly
// one and something is above it; quoted reports whether it did.
func Reply(text string) (words string, quoted bool) {
	s := read(text)
	if above, found := s.withoutQuote(); found {
		if words = finished(above); words != "" {
			return words, true
		}
	}
	return finished(s.all), false
}

// source is a text without its mark-up.
type source struct {
	all          string
	kind         quoteKind // of the quotation at its end, by mark-up; quoteNone: there is none
	above, below string    // the text above that quotation, and the quotation
}

func read(text string) source {
	text = strings.ToValidUTF8(text, "\ufffd")
	if words, ok := fromRTF(cut(text, maxSource)); ok {
		return source{all: words}
	}
	text = cut(withoutData(text), maxSource)
	marks, structured := guess(marksOf(text))
	if len(marks) == 0 {
		return source{all: characters(text)}
	}
	p := &plainWriter{keepLines: !structured}
	done := 0
	for _, m := range marks {
		p.text(text[done:m.start])
		p.take(m)
		done = m.end
	}
	p.text(text[done:])
	p.endLink()
	return p.source()
}

// finished is a text as the follower gets it.
func finished(text string) string { return visible(Tame(cut(text, maxPlain))) }

// cut returns as much of a text as fits in limit bytes.
func cut(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	end := limit
	for end > limit-utf8.UTFMax && !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end]
}

// entity is a complete reference. One without its semicolon is text, because it may be part of an address.
var entity = regexp.MustCompile(`&(?:#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});`)

// characters replaces complete entities by their characters, and line ends by WeChat's.
func characters(text string) string {
	return strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(unescaped(text))
}

func unescaped(text string) string { return entity.ReplaceAllStringFunc(text, html.UnescapeString) }

// visible returns the text, or nothing if a reader would see nothing.
func visible(text string) string {
	hidden := func(r rune) bool { return unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) || unicode.IsControl(r) }
	if !strings.ContainsFunc(text, func(r rune) bool { return !hidden(r) }) {
		return ""
	}
	return text
}
