package web

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// compoundSurnames are the Chinese family names of two characters that are still common.
var compoundSurnames = []string{
	"欧阳", "太史", "端木", "上官", "司马", "东方", "独孤", "南宫", "万俟", "闻人", "夏侯", "诸葛", "尉迟", "公羊", "赫连", "澹台", "皇甫",
	"宗政", "濮阳", "公冶", "太叔", "申屠", "公孙", "慕容", "仲孙", "钟离", "长孙", "宇文", "司徒", "鲜于", "司空", "闾丘", "子车", "亓官",
	"司寇", "巫马", "公西", "颛孙", "壤驷", "公良", "漆雕", "乐正", "宰父", "谷梁", "拓跋", "夹谷", "轩辕", "令狐", "段干", "百里", "呼延",
	"东郭", "南门", "羊舌", "微生", "梁丘", "左丘", "东门", "西门", "南荣", "第五", "完颜", "叶赫", "那拉", "歐陽", "諸葛", "東方", "司馬", "尉遲",
}

// particles belong to a Western family name that follows them.
var particles = []string{"van", "von", "der", "den", "de", "del", "della", "di", "da", "dos", "la", "le", "bin", "al", "ter", "zu"}

// splitName takes a full name apart: in Chinese the family name stands first and has one character, or two where it is a
// compound one; elsewhere it stands last. One name alone is the family name, which C4C demands.
func splitName(full string) (first, last string) {
	words := strings.Fields(full)
	if len(words) == 0 {
		return "", ""
	}
	if strings.ContainsFunc(full, func(r rune) bool { return unicode.Is(unicode.Han, r) }) {
		if len(words) > 1 {
			return strings.Join(words[1:], ""), words[0]
		}
		return splitHan(words[0])
	}
	if before, after, ok := strings.Cut(full, ","); ok && strings.TrimSpace(before) != "" {
		return strings.Join(strings.Fields(after), " "), strings.Join(strings.Fields(before), " ")
	}
	at := len(words) - 1
	for at > 1 && slices.Contains(particles, strings.ToLower(words[at-1])) {
		at--
	}
	return strings.Join(words[:at], " "), strings.Join(words[at:], " ")
}

func splitHan(name string) (first, last string) {
	if strings.ContainsAny(name, "·•・") { // a name of another people, which has no family name in front
		return "", name
	}
	runes := []rune(name)
	size := 1
	if len(runes) > 2 && slices.Contains(compoundSurnames, string(runes[:2])) || len(runes) == 2 && slices.Contains(compoundSurnames, name) {
		size = 2
	}
	return string(runes[size:]), string(runes[:size])
}

// joinName is the inverse of splitName.
func joinName(first, last string) string {
	if first == "" || strings.ContainsFunc(last, func(r rune) bool { return unicode.Is(unicode.Han, r) }) {
		return last + first
	}
	return first + " " + last
}

// normalPhone keeps digits and a leading plus; a Chinese mobile number gets its country code. ok is false for what is no
// phone number.
func normalPhone(s string) (phone string, ok bool) {
	var b strings.Builder
	for i, r := range s {
		switch {
		case r >= '0' && r <= '9' || r == '+' && i == 0:
			b.WriteRune(r)
		case strings.ContainsRune(" -().\u00a0", r):
		default:
			return "", false
		}
	}
	phone = b.String()
	digits := strings.TrimPrefix(phone, "+")
	if len(digits) < 6 || len(digits) > 15 {
		return "", false
	}
	if len(phone) == 11 && phone[0] == '1' && phone[1] >= '3' {
		phone = "+86" + phone
	}
	return phone, true
}

func runes(s string) int { return utf8.RuneCountInString(s) }
