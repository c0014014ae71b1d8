package c4c

import (
	"strings"
	"unicode/utf16"

	"github.com/rivo/uniseg"
)

// clean removes what XML 1.0 does not allow in a document: control characters except tab, line feed and carriage
// return, surrogates, U+FFFE, U+FFFF, and bytes that are not UTF-8. See www.w3.org/TR/xml/#charsets.
func clean(s string) string {
	s = strings.ToValidUTF8(s, "")
	return strings.Map(func(r rune) rune {
		if r == '\t' || r == '\n' || r == '\r' ||
			r >= 0x20 && r <= 0xD7FF || r >= 0xE000 && r <= 0xFFFD || r >= 0x10000 {
			return r
		}
		return -1
	}, s)
}

// cut returns the beginning of s that fits a field of n characters, as ABAP counts them, without splitting what a
// reader sees as one character.
func cut(s string, n int) string {
	end, rest, state := 0, s, -1
	for rest != "" {
		var cluster string
		cluster, rest, _, state = uniseg.FirstGraphemeClusterInString(rest, state)
		if n -= units(cluster); n < 0 {
			if end == 0 {
				return cutRunes(s, n+units(cluster)) // a cluster longer than the field
			}
			return s[:end]
		}
		end += len(cluster)
	}
	return s
}

func cutRunes(s string, n int) string {
	for i, r := range s {
		if n -= units(string(r)); n < 0 {
			return s[:i]
		}
	}
	return s
}

// field makes a value for a field of one line and at most n characters, see units.
func field(s string, n int) string {
	return strings.TrimSpace(cut(strings.Join(strings.Fields(clean(s)), " "), n))
}

// units is the length of s as ABAP counts it: in UTF-16, where an emoji or a rare Chinese character counts as two.
//
// Source: ABAP keyword documentation, ABENSPLIT_TEXT_GUIDL.
func units(s string) int {
	n := 0
	for _, r := range s {
		n += max(1, utf16.RuneLen(r))
	}
	return n
}

// canonicalUUID is upper case with dashes: SOAP returns UUIDs in lower case, OData in upper case and as a bare
// ObjectID.
func canonicalUUID(s string) string {
	hex := objectID(s)
	if len(hex) != 32 {
		return strings.ToUpper(strings.TrimSpace(s))
	}
	return hex[:8] + "-" + hex[8:12] + "-" + hex[12:16] + "-" + hex[16:20] + "-" + hex[20:]
}

// objectID is the OData key of the object with this UUID.
func objectID(uuid string) string {
	return strings.ToUpper(strings.ReplaceAll(strings.TrimSpace(uuid), "-", ""))
}

// number strips the leading zeros with which some answers pad the numbers of business partners.
func number(s string) string {
	s = strings.TrimSpace(s)
	if short := strings.TrimLeft(s, "0"); short != "" {
		return short
	}
	return s
}

// older orders C4C's ascending numbers without parsing them as integers.
func older(a, b string) int {
	a, b = number(a), number(b)
	if len(a) != len(b) {
		return len(a) - len(b)
	}
	return strings.Compare(a, b)
}

// identifier refuses values that cannot select one object: empty ones, too long ones, and C4C's wildcard.
func identifier(op, name, value string, limit int) error {
	var reason string
	switch {
	case value == "":
		reason = "is empty"
	case units(value) > limit:
		reason = "is too long"
	case strings.Contains(value, "*"):
		reason = "holds an asterisk, which C4C takes for a wildcard"
	case clean(value) != value:
		reason = "holds characters that XML does not allow"
	default:
		return nil
	}
	return &ArgumentError{Op: op, Field: name, Reason: reason}
}
