package text

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// maxGroups limits the depth of groups: real documents have about ten levels.
const maxGroups = 200

// rtfForm is the beginning of every document.
var rtfForm = regexp.MustCompile(`^\{\\rtf\d*(?:[\s\\{}]|$)`)

// rtfStart is how programs begin a document. It is used for nothing else, so the document may be cut off.
var rtfStart = regexp.MustCompile(`^\{\\rtf\d*\s*(?:\{\\fonttbl|\\(?:ansi|ansicpg|adef\w*|deff|deflang|fbidis|mac|pca?|uc)[\d\\{\s])`)

// fromRTF reads a text that is entirely RTF, as office programs write it; false: it is not RTF. No words are lost:
// unknown RTF is treated as text. Of links the address is kept. Source: Rich Text Format (RTF) Specification, version
// 1.9.1, "Formal Syntax" and "Unicode RTF".
func fromRTF(text string) (string, bool) {
	text = strings.Trim(text, " \t\r\n\x00")
	if !rtfForm.MatchString(text) {
		return "", false
	}
	r := rtfReader{text: text, ansi: 1252, fonts: map[int]int{}, decoders: map[int]decoder{0: nil}}
	if ended := r.read(); r.at < len(r.text) || !ended && !rtfStart.MatchString(text) {
		return "", false
	}
	return tidied(strings.ReplaceAll(r.out.String(), rtfSymbols["cell"]+"\n", "\n")), true
}

// rtfReader reads RTF, in time that grows linearly with the text.
type rtfReader struct {
	text     string
	at       int
	now      rtfGroup
	groups   []rtfGroup // enclosing groups
	deeper   int        // number of groups beyond maxGroups
	out      strings.Builder
	bytes    []byte          // of incomplete characters
	ansi     int             // the document's code page
	fonts    map[int]int     // its fonts' code pages
	decoders map[int]decoder // by code page; nil: there is none
	skip     int             // characters to skip: they replace the previous one in programs without Unicode
	high     rune            // first half of a two-unit character
}

// rtfGroup holds the settings that last until the group ends.
type rtfGroup struct {
	hidden  bool // not part of the text
	erased  bool // hidden or deleted by the writer
	fonts   bool // the font table
	address bool // the instruction of a field
	field   *rtfField
	font    int
	page    int // the font's code page
	units   int // how many characters replace one of Unicode
}

// rtfField is a field; only links matter.
type rtfField struct {
	code  strings.Builder
	words strings.Builder
}

// read reads to the end of the outermost group, or of the text. It reports whether the group has ended.
func (r *rtfReader) read() bool {
	r.now = rtfGroup{units: 1}
	for r.at < len(r.text) {
		c := r.text[r.at]
		r.at++
		switch c {
		case '{':
			r.open()
		case '}':
			if r.close(); len(r.groups) == 0 {
				return true
			}
		case '\\':
			r.control()
		case '\r', '\n', 0:
		default:
			end := r.at
			for end < len(r.text) && !strings.ContainsRune("{}\\\r\n\x00", rune(r.text[end])) {
				end++
			}
			r.characters(r.text[r.at-1 : end])
			r.at = end
		}
	}
	for len(r.groups) > 0 {
		r.close()
	}
	return false
}

func (r *rtfReader) open() {
	r.flush()
	r.skip = 0
	if len(r.groups) == maxGroups {
		r.deeper++
		return
	}
	r.groups = append(r.groups, r.now)
}

func (r *rtfReader) close() {
	r.flush()
	r.skip, r.high = 0, 0
	if r.deeper > 0 {
		r.deeper--
		return
	}
	if last := len(r.groups) - 1; last >= 0 {
		ended, around := r.now, r.groups[last]
		r.now, r.groups = around, r.groups[:last]
		if ended.field != nil && around.field == nil {
			r.write(ended.field.String())
		}
	}
}

// characters reads plain text.
func (r *rtfReader) characters(text string) {
	for r.skip > 0 && text != "" {
		_, size := utf8.DecodeRuneInString(text)
		text = text[size:]
		r.skip--
	}
	if text != "" && r.completes(text[0]) {
		text = text[1:]
	}
	if text != "" {
		r.flush()
		r.write(text)
	}
}

// write adds to the text, or to a field's instruction or content.
func (r *rtfReader) write(text string) {
	switch g := r.now; {
	case g.address && g.field != nil:
		g.field.code.WriteString(text)
	case g.hidden || g.erased:
	case g.field != nil:
		g.field.words.WriteString(text)
	default:
		r.out.WriteString(text)
	}
}

// linkCode is the instruction of a link field.
var linkCode = regexp.MustCompile(`(?i)^\s*HYPERLINK\s+"?([^"\s]+)`)

// String is what a follower can read of a field: the link if it is one.
func (f *rtfField) String() string {
	words := f.words.String()
	code := linkCode.FindStringSubmatch(f.code.String())
	if code == nil {
		return words
	}
	shown := strings.TrimSpace(words)
	if anchor := Anchor(shown, code[1]); anchor != "" {
		return anchor
	}
	return words + addressOf(shown, code[1])
}
