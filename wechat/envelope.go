package wechat

import (
	"bytes"
	"strings"
)

// envelope is the part of a push outside the encryption.
type envelope struct{ toUserName, encrypt string }

// readEnvelope reads the outer body. encrypt is empty for a plain push.
func readEnvelope(body []byte) (envelope, error) {
	if e, ok := scanEnvelope(body); ok {
		return e, nil
	}
	root, _, err := parseTree(body)
	if err != nil {
		return envelope{}, err
	}
	return envelope{toUserName: root.str("ToUserName"), encrypt: root.str("Encrypt")}, nil
}

// scanEnvelope reads, without the XML decoder, the one form that secure mode sends: <xml> with ToUserName and Encrypt
// of printable ASCII. Decoding the ciphertext byte by byte would be half of the work on a push. Anything that differs
// in the least is not ok and is left to the decoder.
func scanEnvelope(body []byte) (e envelope, ok bool) {
	const blanks = " \t\r\n"
	if len(body) > MaxBody {
		return envelope{}, false
	}
	rest, opened := bytes.CutPrefix(bytes.Trim(body, blanks), []byte("<xml>"))
	rest, closed := bytes.CutSuffix(rest, []byte("</xml>"))
	if !opened || !closed {
		return envelope{}, false
	}
	for {
		rest = bytes.TrimLeft(rest, blanks)
		if len(rest) == 0 {
			return e, e.encrypt != ""
		}
		name, into := "ToUserName>", &e.toUserName
		if bytes.HasPrefix(rest, []byte("<Encrypt>")) {
			name, into = "Encrypt>", &e.encrypt
		}
		value, after, found := bytes.Cut(rest, []byte("</"+name))
		value, starts := bytes.CutPrefix(value, []byte("<"+name))
		value = bytes.Trim(value, blanks)
		if inner, isCDATA := bytes.CutPrefix(value, []byte("<![CDATA[")); isCDATA {
			value, isCDATA = bytes.CutSuffix(inner, []byte("]]>"))
			starts = starts && isCDATA
		}
		if !found || !starts || *into != "" || !plainASCII(value) {
			return envelope{}, false
		}
		*into, rest = string(value), after
	}
}

// plainASCII reports whether a value means the same in XML with and without CDATA.
func plainASCII(value []byte) bool {
	for _, c := range value {
		if c <= ' ' || c >= 0x7F || strings.IndexByte("<>&]", c) >= 0 {
			return false
		}
	}
	return len(value) > 0
}
