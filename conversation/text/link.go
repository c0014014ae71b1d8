package text

import (
	"net/url"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxAnchor is the longest link that is kept, in bytes: a longer one might not fit into a message. Its words remain.
const maxAnchor = 1000

// Anchor is a link in WeChat's form. It is empty if the address is not a web address or too long for a message. If
// the words of a link are its address, the bare address is used.
func Anchor(words, href string) string {
	address, err := url.Parse(strings.TrimSpace(href))
	if err != nil || address.Scheme != "http" && address.Scheme != "https" || address.Host == "" {
		return ""
	}
	clean := quoted(address.String())
	words = strings.Map(func(r rune) rune {
		if r == '<' || r == '>' {
			return -1
		}
		return r
	}, words)
	if words == "" || words == clean || words == href {
		if len(clean) <= maxAnchor {
			return clean
		}
		return ""
	}
	anchor := `<a href="` + clean + `">` + words + `</a>`
	if len(anchor) > maxAnchor {
		return ""
	}
	return anchor
}

// quoted keeps an address within its quotation marks.
func quoted(address string) string {
	var b strings.Builder
	for _, r := range address {
		switch {
		case r == '"':
			b.WriteString("%22")
		case r == '<':
			b.WriteString("%3C")
		case r == '>':
			b.WriteString("%3E")
		case r == ' ' || unicode.IsSpace(r):
			b.WriteString("%20")
		case r == utf8.RuneError || unicode.IsControl(r):
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// addressOf is the address of a mail or telephone link, if its words do not contain it.
func addressOf(words, href string) string {
	scheme, rest, ok := strings.Cut(href, ":")
	if !ok || !strings.EqualFold(scheme, "mailto") && !strings.EqualFold(scheme, "tel") {
		return ""
	}
	rest, _, _ = strings.Cut(rest, "?")
	if rest == "" || strings.Contains(words, rest) || len(rest) > 100 {
		return ""
	}
	return " (" + rest + ")"
}

// WithoutLinks replaces links by their words.
func WithoutLinks(text string) string { return anchorWords.ReplaceAllString(text, "$1") }

var (
	anchorWords = regexp.MustCompile(`<a href="https?://[^"<>]*">([^<>]*)</a>`)
	anchorLike  = regexp.MustCompile(`(?i)</?a(?:[^a-z0-9]|$)`)
	anchorWhole = regexp.MustCompile(`^<a href="https?://[^"<>]*">[^<>]*</a>`)
)

// Tame keeps WeChat from turning words into a link: only a complete link to a web address is one.
func Tame(text string) string {
	if !strings.Contains(text, "<") {
		return text
	}
	var b strings.Builder
	for text != "" {
		at := anchorLike.FindStringIndex(text)
		if at == nil {
			break
		}
		b.WriteString(text[:at[0]])
		text = text[at[0]:]
		if whole := wholeAnchor(text); whole > 0 {
			b.WriteString(text[:whole])
			text = text[whole:]
			continue
		}
		b.WriteString("<\u200b")
		text = text[1:]
	}
	b.WriteString(text)
	return b.String()
}

// wholeLink is the length of the link or bare address at the beginning of a text, so that neither is cut; 0: none.
func wholeLink(text string) int {
	if strings.HasPrefix(text, "http") {
		return wholeAddress(text)
	}
	return wholeAnchor(text)
}

// wholeAddress is the length of the web address at the beginning of a text; 0: none.
func wholeAddress(text string) int {
	for _, scheme := range []string{"http://", "https://"} {
		if rest, ok := strings.CutPrefix(text, scheme); ok {
			n := 0
			for n < len(rest) && rest[n] > ' ' && rest[n] <= '~' && !strings.ContainsRune(`"<>`, rune(rest[n])) {
				n++
			}
			if n > 0 {
				return len(scheme) + n
			}
		}
	}
	return 0
}

// wholeAnchor is the length of the link at the beginning of a text; 0: none.
func wholeAnchor(text string) int {
	if !strings.HasPrefix(text, "<a ") {
		return 0
	}
	return len(anchorWhole.FindString(text))
}
