package wechat

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html/charset"
)

var utf8BOM = []byte{0xEF, 0xBB, 0xBF}

// parseXML reads <xml>…</xml>. It skips attributes, comments and processing instructions, and refuses a DTD. It reads
// raw tokens and checks the nesting itself, because name-space handling would take half of the time.
//
// It also reads invalid XML if the meaning is clear: an unsplit end mark of CDATA, a bare ampersand, an HTML entity,
// a reference to a character that XML forbids, a declared encoding that is not the actual one.
func parseXML(body []byte) (*node, error) {
	tags := &tagReader{body: sealCDATA(dropForbidden(cleanXML(decodeXML(body))))}
	d := xml.NewDecoder(tags)
	d.Strict, d.Entity = false, xml.HTMLEntity
	d.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil } // it is already UTF-8
	top := &node{}
	open := make([]*node, 1, 8)
	open[0] = top
	for nodes := 0; ; {
		tags.token = int(d.InputOffset())
		token, err := d.RawToken()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("%w: not well-formed XML", ErrMalformed)
		}
		if start, starts := token.(xml.StartElement); starts {
			nodes += 1 + len(start.Attr)
		}
		if nodes > maxNodes {
			return nil, fmt.Errorf("%w: too many elements and attributes", ErrMalformed)
		}
		if open, err = addToken(open, token); err != nil {
			return nil, err
		}
	}
	if len(open) != 1 || len(top.children) != 1 || top.children[0].name != "xml" {
		return nil, fmt.Errorf("%w: body is not one <xml> element", ErrMalformed)
	}
	return top.children[0], nil
}

// maxTag limits a tag with all its attributes, in bytes. WeChat's have none.
const maxTag = 4 << 10

// tagReader passes bytes to the decoder one at a time, but no tag that is too long: the decoder builds all attributes
// of a tag before they can be counted.
type tagReader struct {
	body      []byte
	at, token int // of the next byte, and of the token being read
}

func (r *tagReader) ReadByte() (byte, error) {
	if r.at >= len(r.body) {
		return 0, io.EOF
	}
	if read := r.body[r.token:r.at]; len(read) > maxTag && read[0] == '<' && read[1] != '!' && read[1] != '?' {
		return 0, errTag
	}
	r.at++
	return r.body[r.at-1], nil
}

// Read satisfies xml.NewDecoder; the decoder reads byte by byte.
func (r *tagReader) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	b, err := r.ReadByte()
	if err != nil {
		return 0, err
	}
	p[0] = b
	return 1, nil
}

var errTag = errors.New("wechat: a tag is too long")

// addToken adds one token to the innermost open node and returns the nodes that are then open.
func addToken(open []*node, token xml.Token) ([]*node, error) {
	inner := open[len(open)-1]
	switch t := token.(type) {
	case xml.StartElement:
		if len(open) > maxDepth {
			return nil, fmt.Errorf("%w: nested too deeply", ErrMalformed)
		}
		child := &node{name: t.Name.Local}
		inner.children = append(inner.children, child)
		return append(open, child), nil
	case xml.EndElement:
		if len(open) == 1 || inner.name != t.Name.Local {
			return nil, fmt.Errorf("%w: element not closed", ErrMalformed)
		}
		return open[:len(open)-1], nil
	case xml.CharData:
		if len(open) == 1 {
			if len(bytes.TrimSpace(t)) > 0 {
				return nil, fmt.Errorf("%w: text outside of <xml>", ErrMalformed)
			}
			return open, nil
		}
		inner.value = append(inner.value, t...)
	case xml.Directive:
		return nil, fmt.Errorf("%w: document types are not accepted", ErrMalformed)
	}
	return open, nil
}

var (
	xmlEncoding   = regexp.MustCompile(`^\s*<\?xml\b[^>]*\bencoding\s*=\s*["']([A-Za-z0-9._-]+)["']`)
	charReference = regexp.MustCompile(`&#(?:x([0-9A-Fa-f]{1,6})|([0-9]{1,7}));`)
)

// decodeXML converts a body that is not UTF-8, using the encoding that it declares.
func decodeXML(body []byte) []byte {
	declared := xmlEncoding.FindSubmatch(body)
	if utf8.Valid(body) || declared == nil {
		return body
	}
	from, err := charset.NewReaderLabel(string(declared[1]), bytes.NewReader(body))
	if err != nil {
		return body
	}
	if decoded, err := io.ReadAll(from); err == nil {
		return decoded
	}
	return body
}

// dropForbidden drops references to characters that XML forbids.
func dropForbidden(body []byte) []byte {
	if !bytes.Contains(body, []byte("&#")) {
		return body
	}
	return charReference.ReplaceAllFunc(body, func(reference []byte) []byte {
		m := charReference.FindSubmatch(reference)
		digits, base := string(m[1]), 16
		if digits == "" {
			digits, base = string(m[2]), 10
		}
		if code, err := strconv.ParseInt(digits, base, 32); err != nil || !legalRune(rune(code)) {
			return nil
		}
		return reference
	})
}

// cleanXML drops what XML forbids but followers' texts sometimes contain: control characters and broken UTF-8. It
// returns body itself if there is nothing to drop.
func cleanXML(body []byte) []byte {
	if legalXML(body) {
		return body
	}
	clean := make([]byte, 0, len(body))
	for len(body) > 0 {
		r, size := utf8.DecodeRune(body)
		if !(r == utf8.RuneError && size == 1) && legalRune(r) {
			clean = append(clean, body[:size]...)
		}
		body = body[size:]
	}
	return clean
}

func legalXML(body []byte) bool {
	for i := 0; i < len(body); {
		if c := body[i]; c < utf8.RuneSelf {
			if c < ' ' && c != '\t' && c != '\n' && c != '\r' {
				return false
			}
			i++
			continue
		}
		r, size := utf8.DecodeRune(body[i:])
		if r == utf8.RuneError && size == 1 || !legalRune(r) {
			return false
		}
		i += size
	}
	return true
}

// legalRune is the Char production of XML 1.0.
func legalRune(r rune) bool {
	return r == '\t' || r == '\n' || r == '\r' || r >= ' ' && r <= 0xD7FF || r >= 0xE000 && r <= 0xFFFD || r >= 0x10000
}

// writeCDATA writes text as CDATA, without what XML forbids, and split if the text contains the end mark.
func writeCDATA(b *bytes.Buffer, text string) {
	b.WriteString("<![CDATA[")
	b.WriteString(strings.ReplaceAll(string(cleanXML([]byte(text))), "]]>", "]]]]><![CDATA[>"))
	b.WriteString("]]>")
}
