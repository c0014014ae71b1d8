package workflows

import (
	"regexp"
	"strconv"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// maxAnchor is the longest link that stays one, in bytes: a longer one might not fit into a message. Its words remain.
const maxAnchor = 1000

// plain makes what a follower can read of an agent's text. C4C's editor writes HTML: of that WeChat shows links alone, so
// paragraphs, lists and tables become lines, entities characters, and scripts and styles nothing. A text without any tag
// of HTML is left as it is, whatever else it holds between < and >.
// Source: https://developers.weixin.qq.com/doc/service/api/customer/message/api_sendcustommessage.html
func plain(text string) string {
	source, structured, marked := prepare(text)
	if !marked {
		return tame(text)
	}
	p := &plainWriter{keepLines: !structured}
	tokens := html.NewTokenizer(strings.NewReader(source))
	for kind := tokens.Next(); kind != html.ErrorToken; kind = tokens.Next() {
		p.take(kind, tokens)
	}
	p.endLink()
	return tame(p.String())
}

// tags are those of HTML, and what each does to a text.
var tags = map[atom.Atom]tagKind{
	atom.P: tagBlock, atom.Div: tagBlock, atom.Section: tagBlock, atom.Article: tagBlock, atom.Header: tagBlock, atom.Footer: tagBlock,
	atom.H1: tagBlock, atom.H2: tagBlock, atom.H3: tagBlock, atom.H4: tagBlock, atom.H5: tagBlock, atom.H6: tagBlock,
	atom.Blockquote: tagBlock, atom.Pre: tagBlock, atom.Table: tagBlock, atom.Tr: tagBlock, atom.Dl: tagBlock, atom.Dt: tagBlock,
	atom.Dd: tagBlock, atom.Address: tagBlock, atom.Form: tagBlock, atom.Fieldset: tagBlock, atom.Figure: tagBlock, atom.Center: tagBlock,
	atom.Ul: tagList, atom.Ol: tagList, atom.Li: tagItem, atom.Td: tagCell, atom.Th: tagCell, atom.Br: tagBreak, atom.Hr: tagRule,
	atom.A: tagLink, atom.Img: tagImage,
	atom.Script: tagHidden, atom.Style: tagHidden, atom.Head: tagHidden, atom.Title: tagHidden, atom.Template: tagHidden,
	atom.Noscript: tagHidden, atom.Iframe: tagHidden, atom.Object: tagHidden, atom.Svg: tagHidden, atom.Select: tagHidden,
	atom.Html: tagInline, atom.Body: tagInline, atom.Meta: tagInline, atom.Link: tagInline, atom.Tbody: tagInline, atom.Thead: tagInline,
	atom.Tfoot: tagInline, atom.Col: tagInline, atom.Colgroup: tagInline, atom.Caption: tagBlock,
	atom.Span: tagInline, atom.B: tagInline, atom.I: tagInline, atom.U: tagInline, atom.S: tagInline, atom.Strong: tagInline,
	atom.Em: tagInline, atom.Font: tagInline, atom.Small: tagInline, atom.Big: tagInline, atom.Sub: tagInline, atom.Sup: tagInline,
	atom.Code: tagInline, atom.Tt: tagInline, atom.Strike: tagInline, atom.Del: tagInline, atom.Ins: tagInline, atom.Mark: tagInline,
	atom.Label: tagInline, atom.Q: tagInline, atom.Cite: tagInline, atom.Abbr: tagInline,
}

// tagKind is what a tag does to a text. Zero is a tag that HTML does not know: it is text.
type tagKind int

const (
	tagInline tagKind = iota + 1 // nothing
	tagBlock                     // stands on lines of its own
	tagList
	tagItem
	tagCell
	tagBreak
	tagRule
	tagLink
	tagImage
	tagHidden // is nothing to read
)

// tagLike is a whole comment, declaration or tag. Names with a colon are Word's.
var tagLike = regexp.MustCompile(`<!--[\s\S]*?-->|<[!?][A-Za-z][^<>]*>|` +
	`<(/?)([A-Za-z][A-Za-z0-9]*(?::[A-Za-z]+)?)((?:[\s/]+(?:[^\s"'<>/=]+(?:\s*=\s*(?:"[^"]*"|'[^']*'|[^\s"'<>]+))?)?)*)>`)

// prepare makes text of everything that only looks like a tag, so that nothing of it is lost. It says whether tags of HTML
// are left, and whether some of them make lines.
func prepare(text string) (source string, structured, marked bool) {
	found := tagLike.FindAllStringSubmatchIndex(text, -1)
	lastEnd := map[tagID]int{} // of what is nothing to read, the last closing tag
	for i, at := range found {
		if id := tagAt(text, at); at[2] >= 0 && at[2] < at[3] && tags[id] == tagHidden {
			lastEnd[id] = i
		}
	}
	var b strings.Builder
	done := 0
	for i, at := range found {
		kind, keep := tagInline, true
		if at[4] >= 0 {
			id := tagAt(text, at)
			kind = tags[id]
			_, closed := lastEnd[id]
			keep = kind != 0 && (kind != tagHidden || closed && i <= lastEnd[id])
		}
		if !keep {
			continue
		}
		marked = marked || at[4] >= 0
		structured = structured || kind == tagBlock || kind == tagList || kind == tagItem || kind == tagBreak || kind == tagRule
		b.WriteString(strings.ReplaceAll(text[done:at[0]], "<", "&lt;"))
		b.WriteString(text[at[0]:at[1]])
		done = at[1]
	}
	b.WriteString(strings.ReplaceAll(text[done:], "<", "&lt;"))
	return b.String(), structured, marked
}

// tagID names a tag.
type tagID = atom.Atom

// tagAt is the tag that a match of tagLike names; Word's own are taken for span.
func tagAt(text string, at []int) tagID {
	if at[4] < 0 {
		return 0
	}
	name := strings.ToLower(text[at[4]:at[5]])
	if strings.Contains(name, ":") {
		return atom.Span
	}
	return atom.Lookup([]byte(name))
}

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
	text := entity.ReplaceAllStringFunc(raw, html.UnescapeString)
	text = strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n")
	for i, line := range strings.Split(text, "\n") {
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
	switch anchor := anchorOf(words, href); {
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
