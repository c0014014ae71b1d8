package text

import (
	"bytes"
	"strings"
)

// write writes part of a line. A run of blanks in the source counts as one, and as none at the beginning of a line.
func (p *plainWriter) write(line string) {
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
		if blank && len(p.linkText) > 0 {
			p.linkText = append(p.linkText, ' ')
		} else if blank {
			p.put("", true)
		}
		p.linkText = append(p.linkText, text...)
		return
	}
	p.put(text, blank)
}

func (p *plainWriter) put(text string, blank bool) {
	if blank && !p.lineEmpty && len(p.out) > 0 {
		p.out = append(p.out, ' ')
		p.lineEmpty = true // no second blank
	}
	if text != "" {
		p.quote.passed(text)
		p.out = append(p.out, text...)
		p.lineEmpty, p.afterMark, p.breaks = false, false, 0
	}
}

// words returns the buffer being written: that of a link, or of the whole text.
func (p *plainWriter) words() *[]byte {
	if p.linking {
		return &p.linkText
	}
	return &p.out
}

// line ends a line that has content, and an unclosed link.
func (p *plainWriter) line() {
	p.endLink()
	p.blank = false
	if p.breaks == 0 && len(p.out) > 0 {
		p.newline()
	}
}

func (p *plainWriter) newline() {
	p.endLink()
	p.endShift(p.shifted.tag)
	p.out = append(p.out, '\n')
	p.breaks++
	p.lineEmpty, p.afterMark, p.blank = true, false, false
}

// endLink writes the finished link. Only web addresses stay tappable; of others the words remain.
func (p *plainWriter) endLink() {
	if !p.linking {
		return
	}
	if p.shifted.linking {
		p.endShift(p.shifted.tag)
	}
	words, href := strings.TrimSpace(string(p.linkText)), p.href
	p.linkText = p.linkText[:0]
	p.linking, p.href = false, ""
	blank := p.blank
	switch anchor := Anchor(words, href); {
	case strings.HasPrefix(anchor, "<a "):
		p.put(anchor, false)
	case anchor != "": // a bare address ends at a blank
		p.put(anchor, !bytes.HasSuffix(p.out, []byte(" ")))
		blank = true
	case words != "":
		p.put(words+addressOf(words, href), false)
	}
	p.blank = blank
}
