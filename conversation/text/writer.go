package text

import (
	"regexp"
	"strconv"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// plainWriter writes a text without its mark-up.
type plainWriter struct {
	keepLines bool // line ends of the source are those of the text: no tag makes any
	out       strings.Builder
	lineEmpty bool // the last line holds nothing yet
	blank     bool // a blank is due before the next word
	afterMark bool // the line holds nothing but the mark of a list's item
	breaks    int  // line ends at the end of out
	hidden    atom.Atom
	depth     int // of hidden
	raw       int // depth of pre
	lists     []int
	cells     bool // the row has a cell already
	href      string
	linkText  strings.Builder
	linking   bool
}

// String is the text, without blanks at the ends of its lines and with one empty line at most between two.
func (p *plainWriter) String() string {
	lines := strings.Split(p.out.String(), "\n")
	kept := lines[:0]
	empty := 0
	for _, line := range lines {
		line = strings.TrimRight(line, " \t\u00a0")
		if empty++; line != "" {
			empty = 0
		}
		if empty < 2 {
			kept = append(kept, line)
		}
	}
	return strings.Trim(strings.Join(kept, "\n"), "\n")
}

func (p *plainWriter) take(kind html.TokenType, tokens *html.Tokenizer) {
	switch kind {
	case html.TextToken:
		p.text(string(tokens.Raw()))
	case html.StartTagToken, html.SelfClosingTagToken:
		name, more := tokens.TagName()
		tag := atom.Lookup(name)
		if p.skip(tag, kind, +1) {
			return
		}
		var attributes map[string]string
		if tag == atom.A || tag == atom.Img {
			attributes = attributesOf(tokens, more)
		}
		p.start(tag, attributes)
	case html.EndTagToken:
		name, _ := tokens.TagName()
		if tag := atom.Lookup(name); !p.skip(tag, kind, -1) {
			p.end(tag)
		}
	}
}

func attributesOf(tokens *html.Tokenizer, more bool) map[string]string {
	attributes := map[string]string{}
	for more {
		var name, value []byte
		name, value, more = tokens.TagAttr()
		if _, twice := attributes[string(name)]; !twice {
			attributes[string(name)] = string(value)
		}
	}
	return attributes
}

// skip says whether a tag belongs to what nobody reads.
func (p *plainWriter) skip(tag atom.Atom, kind html.TokenType, by int) bool {
	switch {
	case p.hidden == 0 && by > 0 && tags[tag] == tagHidden:
		if kind != html.SelfClosingTagToken {
			p.hidden, p.depth = tag, 1
		}
		return true
	case p.hidden == 0:
		return tags[tag] == tagHidden
	case tag == p.hidden && kind != html.SelfClosingTagToken:
		if p.depth += by; p.depth == 0 {
			p.hidden = 0
		}
	case p.hidden == atom.Head && tag == atom.Body: // a head that was never closed
		p.hidden = 0
	}
	return true
}

func (p *plainWriter) start(tag atom.Atom, attributes map[string]string) {
	switch tags[tag] {
	case tagBlock:
		if !p.afterMark {
			p.line()
		}
		p.cells = false
		if tag == atom.Pre {
			p.raw++
		}
	case tagList:
		p.line()
		number := 0
		if tag == atom.Ol {
			number = 1
		}
		p.lists = append(p.lists, number)
	case tagItem:
		p.item()
	case tagCell:
		if p.cells {
			p.word(" | ")
			p.blank = false
		}
		p.cells = true
	case tagBreak:
		p.newline()
	case tagRule:
		p.line()
		p.word("——————")
		p.line()
	case tagLink:
		p.endLink()
		p.href, p.linking = strings.TrimSpace(attributes["href"]), true
	case tagImage:
		p.text(html.EscapeString(attributes["alt"]))
	}
}

func (p *plainWriter) end(tag atom.Atom) {
	switch tags[tag] {
	case tagBlock, tagItem:
		p.line()
		if tag == atom.Pre {
			p.raw = max(0, p.raw-1)
		}
	case tagList:
		p.line()
		p.lists = p.lists[:max(0, len(p.lists)-1)]
	case tagLink:
		p.endLink()
	}
}

// maxIndent bounds how deep a list is shown.
const maxIndent = 5

// item begins a line of a list.
func (p *plainWriter) item() {
	p.line()
	mark := "• "
	if last := len(p.lists) - 1; last >= 0 {
		if p.lists[last] > 0 {
			mark = strconv.Itoa(p.lists[last]) + ". "
			p.lists[last]++
		}
		mark = strings.Repeat("  ", min(last, maxIndent)) + mark
	}
	p.word(mark)
	p.lineEmpty, p.afterMark, p.blank = true, true, false
}

// entity is a complete reference; one without its semicolon is text, for it may be part of an address.
var entity = regexp.MustCompile(`&(?:#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});`)

// text writes what stands between tags.
func (p *plainWriter) text(raw string) {
	if p.hidden != 0 || raw == "" {
		return
	}
	for i, line := range strings.Split(characters(raw), "\n") {
		if i > 0 {
			if (p.raw > 0 || p.keepLines) && !p.linking {
				p.newline()
			} else {
				p.blank = true
			}
		}
		p.words(line)
	}
}

// words writes part of a line. Blanks of the source count as one, and as none at the beginning of a line.
func (p *plainWriter) words(line string) {
	if p.raw > 0 {
		p.word(line)
		return
	}
	for line != "" {
		at := strings.IndexAny(line, " \t\f")
		if at != 0 {
			if at < 0 {
				at = len(line)
			}
			p.word(line[:at])
		} else {
			at, p.blank = 1, true
		}
		line = line[at:]
	}
}

func (p *plainWriter) word(text string) {
	if text == "" {
		return
	}
	blank := p.blank
	p.blank = false
	if p.linking {
		if blank && p.linkText.Len() > 0 {
			p.linkText.WriteByte(' ')
		} else if blank {
			p.put("", true)
		}
		p.linkText.WriteString(text)
		return
	}
	p.put(text, blank)
}

func (p *plainWriter) put(text string, blank bool) {
	if blank && !p.lineEmpty && p.out.Len() > 0 {
		p.out.WriteByte(' ')
		p.lineEmpty = true // no second blank
	}
	if text != "" {
		p.out.WriteString(text)
		p.lineEmpty, p.afterMark, p.breaks = false, false, 0
	}
}

// line ends a line that holds something, and a link that nobody closed.
func (p *plainWriter) line() {
	p.endLink()
	p.blank = false
	if p.breaks == 0 && p.out.Len() > 0 {
		p.newline()
	}
}

func (p *plainWriter) newline() {
	p.endLink()
	p.out.WriteByte('\n')
	p.breaks++
	p.lineEmpty, p.afterMark, p.blank = true, false, false
}

// endLink writes the link that ends. Only addresses of the web stay tappable; of others the words remain.
func (p *plainWriter) endLink() {
	if !p.linking {
		return
	}
	words, href := strings.TrimSpace(p.linkText.String()), p.href
	p.linkText.Reset()
	p.linking, p.href = false, ""
	blank := p.blank
	switch anchor := Anchor(words, href); {
	case strings.HasPrefix(anchor, "<a "):
		p.put(anchor, false)
	case anchor != "": // a bare address ends where a blank is
		p.put(anchor, !strings.HasSuffix(p.out.String(), " "))
		blank = true
	case words != "":
		p.put(words+addressOf(words, href), false)
	}
	p.blank = blank
}
