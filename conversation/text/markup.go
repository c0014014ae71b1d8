package text

import (
	"regexp"
	"strings"
	"unicode"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// maxAnchor is the longest link that stays one, in bytes: a longer one might not fit into a message. Its words remain.
const maxAnchor = 1000

// maxMarkup is the longest text that is looked at, in bytes: a workflow's step has a second. What agents write has a tenth.
const maxMarkup = 200_000

// Plain makes what a follower can read of an agent's text. C4C's editor writes HTML: of that WeChat shows links alone, so
// paragraphs, lists and tables become lines, entities characters, and scripts and styles nothing. Of a text without any tag
// of HTML only complete entities and the ends of lines are changed, whatever else it holds between < and >. What holds nothing
// to see is empty.
// Source: https://developers.weixin.qq.com/doc/service/api/customer/message/api_sendcustommessage.html
func Plain(text string) string {
	if len(text) > maxMarkup {
		return Tame(text)
	}
	source, structured, marked := prepare(text)
	if !marked {
		return visible(Tame(characters(text)))
	}
	p := &plainWriter{keepLines: !structured}
	tokens := html.NewTokenizer(strings.NewReader(source))
	for kind := tokens.Next(); kind != html.ErrorToken; kind = tokens.Next() {
		p.take(kind, tokens)
	}
	p.endLink()
	return visible(Tame(p.String()))
}

// characters puts characters in the place of complete entities, and ends lines as WeChat does.
func characters(text string) string {
	return strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(entity.ReplaceAllStringFunc(text, html.UnescapeString))
}

// visible is the text, or nothing where a reader would see nothing.
func visible(text string) string {
	hidden := func(r rune) bool { return unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) || unicode.IsControl(r) }
	if !strings.ContainsFunc(text, func(r rune) bool { return !hidden(r) }) {
		return ""
	}
	return text
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
