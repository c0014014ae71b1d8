package text

import (
	"strconv"
	"strings"

	"golang.org/x/net/html/atom"
)

// plainWriter writes a text without its mark-up.
type plainWriter struct {
	keepLines bool // keep the source's line ends, because no tag makes any
	out       []byte
	lineEmpty bool // the last line is empty so far
	blank     bool // a blank is due before the next word
	afterMark bool // the line contains only a list item's mark
	breaks    int  // number of line ends at the end of out
	hidden    atom.Atom
	depth     int // of hidden
	raw       int // depth of pre
	lists     []int
	cells     bool // the row already has a cell
	href      string
	linkText  []byte
	linking   bool
	shifted   shift
	quote     quoteMark
}

// tidied removes blanks at the ends of lines and keeps at most one empty line between two.
func tidied(text string) string {
	lines := strings.Split(text, "\n")
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

// take applies a mark.
func (p *plainWriter) take(m mark) {
	p.enter(m)
	switch {
	case m.tag == 0, p.skip(m):
	case m.closing:
		p.end(m.tag)
		p.leave(m)
	default:
		p.start(m)
		if m.empty && tags[m.tag] != tagBreak {
			p.end(m.tag)
		}
	}
}

// skip reports whether a tag belongs to hidden content.
func (p *plainWriter) skip(m mark) bool {
	switch {
	case p.hidden == 0 && tags[m.tag] == tagHidden:
		if !m.closing && !m.empty {
			p.hidden, p.depth = m.tag, 1
		}
		return true
	case p.hidden == 0:
		return false
	case m.tag == p.hidden && m.closing:
		if p.depth--; p.depth == 0 {
			p.hidden = 0
		}
	case m.tag == p.hidden && !m.empty && !raw[m.tag]:
		p.depth++
	case p.hidden == atom.Head && m.tag == atom.Body: // an unclosed head
		p.hidden = 0
	}
	return true
}

func (p *plainWriter) start(m mark) {
	switch tags[m.tag] {
	case tagBlock:
		if !p.afterMark {
			p.line()
		}
		p.cells = false
		if m.tag == atom.Pre {
			p.raw++
		}
	case tagList:
		p.line()
		number := 0
		if m.tag == atom.Ol {
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
		p.href, p.linking = strings.TrimSpace(unescaped(m.value)), true
	case tagImage:
		p.text(m.value)
	case tagRaised, tagLowered:
		p.shift(m.tag)
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
	case tagBreak: // browsers treat </br> as <br>
		p.newline()
	case tagRaised, tagLowered:
		p.endShift(tag)
	}
}

// maxIndent is the deepest list level that is shown.
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

// text writes the text between tags.
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
		p.write(line)
	}
}
