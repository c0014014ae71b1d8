package workflows

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/wechat-c4c/wechat-c4c/conversation"
	"github.com/wechat-c4c/wechat-c4c/conversation/text"
)

// noticeKind describes the values that a keyword accepts, by the kind with which its name begins. WeChat refuses a
// notice with any other value (47003), and one with an empty value.
type noticeKind struct {
	limit   int             // most characters; 0: no limit
	takes   func(rune) bool // nil: all but control characters
	instead string          // used if nothing remains of a value
	whole   bool            // a shortened value ends without …
}

var noticeKinds = map[string]noticeKind{
	"thing":            {limit: 20, instead: "-"},
	"short_thing":      {limit: 5, instead: "-"},
	"const":            {limit: 20, instead: "-"},
	"phrase":           {limit: 5, takes: isHan, instead: "已回复", whole: true},
	"character_string": {limit: 32, takes: isPrintableASCII, instead: "-", whole: true},
	"letter":           {limit: 32, takes: isLatin, instead: "answer", whole: true},
	"number":           {limit: 32, takes: isDigit, instead: "0", whole: true},
	"symbol":           {limit: 5, takes: isSymbol, instead: "-", whole: true},
	"amount":           {limit: 10, takes: isDigit, instead: "0", whole: true},
	"phone_number": {limit: 17, takes: func(r rune) bool { return isDigit(r) || strings.ContainsRune("+-() ", r) },
		instead: "0", whole: true},
	"car_number": {limit: 8, takes: func(r rune) bool { return isHan(r) || isLatin(r) || isDigit(r) }, instead: "0",
		whole: true},
	"name": {limit: 10, takes: func(r rune) bool { return !isDigit(r) }, instead: "-", whole: true},
}

// latinName is the longest name without Chinese characters.
const latinName = 20

// decimal is a value that is a number as a whole. If a number has other characters around it, only its digits count.
var decimal = regexp.MustCompile(`^-?[0-9]+(\.[0-9]+)?$`)

// fitNotice adapts a value to its keyword. Keywords of older templates accept any value.
//
// https://developers.weixin.qq.com/doc/service/api/notify/notify/api_sendnewsubscribemsg.html
func fitNotice(keyword, value string) string {
	name := strings.TrimRight(keyword, "0123456789")
	kind, known := noticeKinds[name]
	if !known {
		return value
	}
	if name == "number" && utf8.RuneCountInString(value) <= kind.limit && decimal.MatchString(value) {
		return value
	}
	fitted := strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			r = ' '
		}
		if kind.takes != nil && !kind.takes(r) {
			return -1
		}
		return r
	}, value)
	fitted = strings.Join(strings.Fields(fitted), " ")
	limit := kind.limit
	if name == "name" && !strings.ContainsFunc(fitted, isHan) {
		limit = latinName
	}
	if fitted = cutNotice(fitted, limit, kind.whole); fitted == "" {
		return kind.instead
	}
	return fitted
}

// cutNotice shortens a value to at most limit characters.
func cutNotice(value string, limit int, whole bool) string {
	switch {
	case utf8.RuneCountInString(value) <= limit:
		return value
	case whole:
		return strings.TrimSpace(text.Beginning(value, limit))
	}
	return text.Beginning(value, limit-1) + "…"
}

func isHan(r rune) bool            { return unicode.Is(unicode.Han, r) }
func isPrintableASCII(r rune) bool { return r >= ' ' && r <= '~' }
func isDigit(r rune) bool          { return r >= '0' && r <= '9' }
func isLatin(r rune) bool          { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' }
func isSymbol(r rune) bool         { return unicode.IsPunct(r) || unicode.IsSymbol(r) }

// noticeData fills in a form.
func noticeData(f conversation.NoticeForm, values map[string]string) map[string]string {
	data := map[string]string{}
	for field := range strings.SplitSeq(f.Fields, ",") {
		keyword, source, ok := strings.Cut(strings.TrimSpace(field), "=")
		if !ok {
			continue
		}
		value, known := values[source]
		if !known {
			value = strings.Trim(source, `"`)
		}
		data[keyword] = fitNotice(keyword, value)
	}
	return data
}
