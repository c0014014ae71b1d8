package text

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/net/html/charset"
)

// rtfSymbols are the control words that represent text.
var rtfSymbols = map[string]string{
	"par": "\n", "line": "\n", "sect": "\n", "page": "\n", "column": "\n", "row": "\n", "nestrow": "\n",
	"cell": " | ", "nestcell": " | ", "tab": "\t",
	"emdash": "—", "endash": "–", "bullet": "•", "lquote": "‘", "rquote": "’", "ldblquote": "“", "rdblquote": "”",
	"emspace": " ", "enspace": " ", "qmspace": " ", "~": "\u00a0", "_": "‑", "-": "", "\\": "\\", "{": "{", "}": "}",
	"\n": "\n", "\r": "\n", ":": "",
}

// rtfHidden are the groups that are not part of the text. Optional ones begin with \*.
var rtfHidden = set("fonttbl colortbl stylesheet info pict object header headerl headerr headerf footer footerl footerr " +
	"footerf filetbl listtable listoverridetable revtbl rsidtbl themedata colorschememapping datastore latentstyles " +
	"xmlnstbl generator template private nonshppict bkmkstart bkmkend fldtype ftnsep ftnsepc aftnsep aftnsepc tc xe " +
	"txe rxe annotation atnid atnauthor atndate atnref")

// rtfPages are the code pages of font charsets. For 0, 1 and others the document's own code page applies.
var rtfPages = map[int]int{
	2: symbolPage, 77: 10000, 128: 932, 129: 949, 130: 1361, 134: 936, 136: 950, 161: 1253, 162: 1254, 163: 1258,
	177: 1255, 178: 1256, 186: 1257, 204: 1251, 222: 874, 238: 1250, 254: 437,
}

// maxPages is the most code pages in a document.
const maxPages = 50

// maxBytes is the most bytes read before they form a character.
const maxBytes = 8

// symbolPage represents symbol fonts: only their list marks are read.
const symbolPage = -1

// rtfLabels are the names of code pages not named windows-…
var rtfLabels = map[int]string{
	932: "shift_jis", 936: "gbk", 949: "euc-kr", 950: "big5", 54936: "gb18030", 10000: "macintosh", 866: "ibm866",
	874: "windows-874", 65001: "utf-8", 20866: "koi8-r",
}

// control reads what follows a backslash.
func (r *rtfReader) control() {
	if r.at == len(r.text) {
		return
	}
	if !isLetter(r.text[r.at]) {
		_, size := utf8.DecodeRuneInString(r.text[r.at:])
		sign := r.text[r.at : r.at+size]
		r.at += size
		switch sign {
		case "'":
			r.hex()
		case "*":
			r.now.hidden = true
		default:
			r.symbol(sign)
		}
		return
	}
	from := r.at
	for r.at < len(r.text) && isLetter(r.text[r.at]) {
		r.at++
	}
	word, digits := r.text[from:r.at], r.at
	if r.at < len(r.text) && r.text[r.at] == '-' {
		r.at++
	}
	for r.at < len(r.text) && r.text[r.at] >= '0' && r.text[r.at] <= '9' {
		r.at++
	}
	number, err := strconv.Atoi(r.text[digits:r.at])
	if r.at < len(r.text) && r.text[r.at] == ' ' {
		r.at++
	}
	r.word(word, number, err == nil)
}

// word applies a control word. given reports whether it has a number.
func (r *rtfReader) word(word string, number int, given bool) {
	on := !given || number != 0
	switch word {
	case "u":
		r.unicode(number)
		return
	case "bin":
		r.at = min(len(r.text), r.at+max(0, number))
		return
	}
	if _, known := rtfSymbols[word]; known {
		r.symbol(word)
		return
	}
	r.flush()
	switch {
	case rtfHidden[word]:
		r.now.hidden, r.now.fonts = true, word == "fonttbl"
	case word == "v", word == "deleted", word == "htmlrtf":
		r.now.erased = on
	case word == "plain":
		r.now.erased = false
	case word == "uc":
		r.now.units = min(max(number, 0), 8)
	case word == "ansicpg":
		r.ansi = number
	case word == "f" && r.now.fonts:
		r.now.font = number
	case word == "f":
		r.now.page = r.fonts[number]
	case word == "fcharset" && r.now.fonts:
		r.fonts[r.now.font] = rtfPages[number]
	case word == "field" && r.now.field == nil && !r.now.hidden:
		r.now.field = &rtfField{}
	case word == "fldinst":
		r.now.address = true
	}
}

// symbol writes a named character. It may replace one of Unicode.
func (r *rtfReader) symbol(name string) {
	if r.skip > 0 {
		r.skip--
		return
	}
	if len(name) == 1 && r.completes(name[0]) {
		return
	}
	r.flush()
	if sign, known := rtfSymbols[name]; known {
		r.write(sign)
	} else if len(name) > 1 || !isControl(name[0]) {
		r.write(name)
	}
}

func isControl(c byte) bool { return c < ' ' || strings.IndexByte("|;", c) >= 0 }

// hex reads a byte as two digits.
func (r *rtfReader) hex() {
	if r.at+2 > len(r.text) {
		return
	}
	b, err := strconv.ParseUint(r.text[r.at:r.at+2], 16, 8)
	if err != nil {
		return
	}
	r.at += 2
	if r.skip > 0 {
		r.skip--
		return
	}
	r.bytes = append(r.bytes, byte(b))
	if _, whole := r.ofPage(r.bytes, cmp.Or(r.now.page, r.ansi)); whole || len(r.bytes) >= maxBytes {
		r.flush()
	}
}

// unicode writes a UTF-16 unit. Replacement characters follow it.
func (r *rtfReader) unicode(unit int) {
	r.flush()
	r.skip = r.now.units
	char := rune(uint16(unit)) //nolint:gosec // RTF counts them as 16 bits with a sign
	switch {
	case utf16.IsSurrogate(char) && r.high == 0:
		r.high = char
	case r.high != 0:
		if whole := utf16.DecodeRune(r.high, char); whole != utf8.RuneError {
			r.write(string(whole))
		}
		r.high = 0
	case char >= 0xf000 && char <= 0xf0ff:
		r.write(symbolOf(byte(char)))
	default:
		r.write(string(char))
	}
}

// completes reads the second byte of a two-byte character, which may be unescaped.
func (r *rtfReader) completes(b byte) bool {
	page := cmp.Or(r.now.page, r.ansi)
	if len(r.bytes) == 0 || b >= utf8.RuneSelf || page < 900 || rtfLabels[page] == "" || page == 65001 {
		return false
	}
	if _, whole := r.ofPage(append(slices.Clone(r.bytes), b), page); !whole {
		return false
	}
	r.bytes = append(r.bytes, b)
	r.flush()
	return true
}

// flush writes the bytes read so far, in their font's code page.
func (r *rtfReader) flush() {
	if len(r.bytes) == 0 {
		return
	}
	raw := r.bytes
	r.bytes = r.bytes[:0]
	if r.now.page == symbolPage {
		for _, b := range raw {
			r.write(symbolOf(b))
		}
		return
	}
	for _, page := range []int{r.now.page, r.ansi, 1252} {
		if text, ok := r.ofPage(raw, page); ok {
			r.write(text)
			return
		}
	}
	r.write(strings.ToValidUTF8(string(raw), "\ufffd"))
}

// decoder decodes bytes of a code page.
type decoder interface {
	Bytes(raw []byte) ([]byte, error)
}

// ofPage decodes bytes of a code page; false: the page is unknown, or the bytes are invalid in it.
func (r *rtfReader) ofPage(raw []byte, page int) (string, bool) {
	from, known := r.decoders[page]
	if !known {
		label := rtfLabels[page]
		if label == "" {
			label = "windows-" + strconv.Itoa(page)
		}
		if charset, _ := charset.Lookup(label); charset != nil && len(r.decoders) < maxPages {
			from = charset.NewDecoder()
		}
		r.decoders[page] = from
	}
	if from == nil {
		return "", false
	}
	text, err := from.Bytes(raw)
	return string(text), err == nil && utf8.Valid(text) && !strings.ContainsRune(string(text), utf8.RuneError)
}

// symbolOf is the character for a symbol font's byte, as far as a chat has one: the list marks.
func symbolOf(b byte) string {
	switch {
	case strings.IndexByte("\xb7\xa7\xa8\x6f\xd8\xfc\x76\x9f", b) >= 0:
		return "•"
	case b >= ' ' && b < 0x7f:
		return string(rune(b))
	}
	return ""
}
