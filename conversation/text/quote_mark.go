package text

import (
	"regexp"
	"strings"

	"golang.org/x/net/html/atom"
)

// quoteKind is how a tag begins a quotation. A greater value is a clearer sign.
type quoteKind int

const (
	quoteNone  quoteKind = iota
	quoteBlock           // a blockquote; editors also use it to indent
	quoteMail            // the tag that a mail program puts around a quoted mail
	quoteRest            // the tag that a mail program puts before it: everything after it is quoted
)

var (
	quoteClasses = set("gmail_quote gmail_quote_container yahoo_quoted protonmail_quote tutanota_quote")
	quoteBegins  = set("divrplyfwdmsg appendonsend mail-editor-reference-message-container")

	// quoteLine is the line that Outlook draws above a quoted mail.
	quoteLine = regexp.MustCompile(`(?i)border-top:\s*solid\s+#(?:E1E1E1|B5C4DF)\s+1\.0pt`)
)

// quotes is the kind of quotation that begins with a tag with this attribute.
func (a attribute) quotes() quoteKind {
	switch value := strings.ToLower(a.value); a.name {
	case "type":
		if strings.TrimSpace(value) == "cite" {
			return quoteMail
		}
	case "class":
		for _, name := range strings.Fields(value) {
			if quoteClasses[strings.TrimPrefix(name, "x_")] {
				return quoteMail
			}
		}
	case "id":
		for strings.HasPrefix(value, "x_") {
			value = value[len("x_"):]
		}
		if quoteBegins[value] {
			return quoteRest
		}
	case "style":
		if quoteLine.MatchString(value) {
			return quoteRest
		}
	}
	return quoteNone
}

// quoteMark is the beginning of the quotation that the text ends with, as far as the text has been read.
type quoteMark struct {
	kind  quoteKind // quoteNone: there is none
	at    int       // position in the written text
	tag   atom.Atom
	depth int // of tag; 0: it has ended
}

// enter records where a quotation begins.
func (p *plainWriter) enter(m mark) {
	kind := m.quote
	if m.tag == atom.Blockquote {
		kind = max(kind, quoteBlock)
	}
	q := &p.quote
	switch {
	case p.hidden != 0 || m.empty || m.closing || tags[m.tag] != tagBlock || p.afterMark:
	case q.depth > 0 && m.tag == q.tag:
		q.depth++
	case q.depth == 0 && kind > q.kind:
		p.line()
		*q = quoteMark{kind: kind, at: len(p.out), tag: m.tag, depth: 1}
	}
}

// leave records where it ends.
func (p *plainWriter) leave(m mark) {
	if p.hidden == 0 && m.closing && m.tag == p.quote.tag {
		p.quote.depth = max(0, p.quote.depth-1)
	}
}

// passed records that something was written: after a quotation this means that the text does not end with it.
func (q *quoteMark) passed(text string) {
	if q.kind != quoteNone && q.kind != quoteRest && q.depth == 0 && visible(text) != "" {
		*q = quoteMark{}
	}
}

// source returns what was written.
func (p *plainWriter) source() source {
	s := source{all: tidied(string(p.out)), kind: p.quote.kind}
	if s.kind != quoteNone {
		s.above, s.below = tidied(string(p.out[:p.quote.at])), tidied(string(p.out[p.quote.at:]))
	}
	return s
}
