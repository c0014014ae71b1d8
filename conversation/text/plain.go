package text

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"
)

const (
	// maxSource is how much of a text is looked at, in bytes: no push is longer, and a workflow's step has a second.
	maxSource = 1 << 20
	// maxPlain is how much of it is kept: more than its messages may hold, so that Messages sees that it is cut.
	maxPlain = (MaxMessages + 1) * MaxBytes
)

// Plain makes what a follower can read of an agent's text, as much as Messages takes. C4C's editor writes HTML: of that
// WeChat shows links alone, so paragraphs, lists and tables become lines, entities characters, and scripts, styles and
// data: URIs nothing. Of a text without mark-up only complete entities, data: URIs and the ends of lines are changed,
// whatever else it holds between < and >. RTF is read where the whole text is RTF. What holds nothing to see is empty.
// Source: https://developers.weixin.qq.com/doc/service/api/customer/message/api_sendcustommessage.html
func Plain(text string) string { return finished(read(text).all) }

// Reply is Plain without the mail thread that is quoted below an agent's words, where it is clear that there is one and
// that something stands above it; quoted reports so.
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
	kind         quoteKind // of the quotation that it ends with by its mark-up; quoteNone: there is none
	above, below string    // what stands above that, and the quotation itself
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

// finished is a text as a follower gets it.
func finished(text string) string { return visible(Tame(cut(text, maxPlain))) }

// cut is as much of a text as limit bytes hold.
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

// entity is a complete reference; one without its semicolon is text, for it may be part of an address.
var entity = regexp.MustCompile(`&(?:#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});`)

// characters replaces complete entities by their characters, and ends lines as WeChat does.
func characters(text string) string {
	return strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(unescaped(text))
}

func unescaped(text string) string { return entity.ReplaceAllStringFunc(text, html.UnescapeString) }

// visible is the text, or nothing where a reader would see nothing.
func visible(text string) string {
	hidden := func(r rune) bool { return unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) || unicode.IsControl(r) }
	if !strings.ContainsFunc(text, func(r rune) bool { return !hidden(r) }) {
		return ""
	}
	return text
}
