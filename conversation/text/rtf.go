package text

import (
	"regexp"
	"strings"
)

// maxGroups bounds how deep groups are followed: real ones have about ten levels.
const maxGroups = 200

// rtfForm is how each document begins.
var rtfForm = regexp.MustCompile(`^\{\\rtf\d*(?:[\s\\{}]|$)`)

// rtfStart is how programs begin a document. Nobody writes it for anything else, so that what it begins may be cut off.
var rtfStart = regexp.MustCompile(`^\{\\rtf\d*\s*(?:\{\\fonttbl|\\(?:ansi|ansicpg|adef\w*|deff|deflang|fbidis|mac|pca?|uc)[\d\\{\s])`)

// fromRTF reads a text that is RTF as a whole, as it comes from office programs; false: it is none. Nothing of its
// words is lost: what a reader does not know of RTF it takes for text. Of links the address stays.
// Source: Rich Text Format (RTF) Specification, version 1.9.1, "Formal Syntax" and "Unicode RTF".
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

// rtfReader reads RTF. Its time grows with the text.
type rtfReader struct {
	text     string
	at       int
	now      rtfGroup
	groups   []rtfGroup // around it
	deeper   int        // groups beyond maxGroups
	out      strings.Builder
	bytes    []byte          // of characters that are not complete yet
	ansi     int             // code page of the document
	fonts    map[int]int     // code pages of its fonts
	decoders map[int]decoder // by code page; nil: there is none
	skip     int             // characters that stand for the one before in programs that do not know Unicode
	high     rune            // first half of a character that has two
}

// rtfGroup is what holds until a group ends.
type rtfGroup struct {
	hidden  bool // it is not part of the text
	erased  bool // the writer has hidden or deleted it
	fonts   bool // it is the table of fonts
	address bool // it is what a field is made of
	field   *rtfField
	font    int
	page    int // code page of the font
	units   int // how many characters stand for one of Unicode
}

// rtfField is a field; of interest are those that link.
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

// characters takes text as it stands.
func (r *rtfReader) characters(text string) {
	for r.skip > 0 && text != "" {
		_, size := firstRune(text)
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

// write adds to the text, or to what a field is made of or shows.
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

// linkCode is what a field that links is made of.
var linkCode = regexp.MustCompile(`(?i)^\s*HYPERLINK\s+"?([^"\s]+)`)

// String is what a follower can read of a field: where it links, the link.
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
