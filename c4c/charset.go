package c4c

import (
	"bytes"
	"io"
	"mime"
	"regexp"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html/charset"
)

var (
	xmlDeclaration = regexp.MustCompile(`^\s*<\?xml\b[^>]*\?>`)
	xmlEncoding    = regexp.MustCompile(`\bencoding\s*=\s*["']([A-Za-z0-9._:-]+)["']`)
)

// inUTF8 converts an answer to UTF-8 and removes an XML declaration, whose encoding is then wrong. It uses the byte
// order mark, then the bytes, and the labels only if the bytes are ambiguous, because servers' labels are wrong more
// often than their bytes. ok is false if characters are lost.
func inUTF8(contentType string, body []byte) (text []byte, ok bool) {
	text, ok = decoded(contentType, body)
	return text[len(xmlDeclaration.Find(text)):], ok
}

func decoded(contentType string, body []byte) ([]byte, bool) {
	if rest, marked := bytes.CutPrefix(body, []byte("\xEF\xBB\xBF")); marked {
		return rest, utf8.Valid(rest)
	}
	label := ""
	switch {
	case bytes.HasPrefix(body, []byte("\xFE\xFF")):
		label, body = "utf-16be", body[2:]
	case bytes.HasPrefix(body, []byte("\xFF\xFE")):
		label, body = "utf-16le", body[2:]
	case len(body) > 1 && body[0] == 0 && body[1] != 0:
		label = "utf-16be"
	case len(body) > 1 && body[0] != 0 && body[1] == 0:
		label = "utf-16le"
	case utf8.Valid(body):
		return body, true
	default:
		label = declared(contentType, body)
	}
	from, err := charset.NewReaderLabel(label, bytes.NewReader(body))
	if err != nil {
		return body, false
	}
	text, err := io.ReadAll(from)
	if err != nil {
		return body, false
	}
	return text, utf8.Valid(text) && !bytes.ContainsRune(text, utf8.RuneError)
}

// declared is the charset of the content type, otherwise that of the XML declaration.
func declared(contentType string, body []byte) string {
	_, parameters, err := mime.ParseMediaType(contentType)
	if label := parameters["charset"]; err == nil && label != "" && !strings.EqualFold(label, "utf-8") {
		return label
	}
	if m := xmlEncoding.FindSubmatch(xmlDeclaration.Find(body)); m != nil {
		return string(m[1])
	}
	return "utf-8"
}
