package web

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// compoundSurnames are the Chinese family names of two characters that are still common, simplified and traditional.
var compoundSurnames = []string{
	"欧阳", "太史", "端木", "上官", "司马", "东方", "独孤", "南宫", "万俟", "闻人", "夏侯", "诸葛", "尉迟", "公羊", "赫连",
	"澹台", "皇甫", "宗政", "濮阳", "公冶", "太叔", "申屠", "公孙", "慕容", "仲孙", "钟离", "长孙", "宇文", "司徒", "鲜于",
	"司空", "闾丘", "子车", "亓官", "司寇", "巫马", "公西", "颛孙", "壤驷", "公良", "漆雕", "乐正", "宰父", "谷梁", "拓跋",
	"夹谷", "轩辕", "令狐", "段干", "百里", "呼延", "东郭", "南门", "羊舌", "微生", "梁丘", "左丘", "东门", "西门", "南荣",
	"第五", "完颜", "叶赫", "那拉", "歐陽", "諸葛", "東方", "司馬", "尉遲", "獨孤", "聞人", "赫連", "澹臺", "濮陽", "公孫",
	"鍾離", "長孫", "鮮于", "閭丘", "軒轅", "東郭", "南宮", "西門", "東門", "單于", "单于", "萬俟", "樂正", "顓孫", "穀梁",
	"段幹",
}

// particles belong to a Western family name that follows them.
var particles = []string{"van", "von", "der", "den", "de", "del", "della", "di", "da", "dos", "la", "le", "bin", "al",
	"ter", "zu"}

// splitName splits a full name. In Chinese the family name comes first and has one character, or two if it is a
// compound one; elsewhere it comes last. A single name is the family name, which C4C requires.
func splitName(full string) (first, last string) {
	words := strings.Fields(full)
	if len(words) == 0 {
		return "", ""
	}
	if strings.ContainsFunc(full, isHan) {
		return splitChinese(words)
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

func isHan(r rune) bool { return unicode.Is(unicode.Han, r) }

// splitChinese splits the words of a name with Chinese characters. Next to a Western given name, as in "David 王", the
// Chinese word is the family name if it can be one.
func splitChinese(words []string) (first, last string) {
	at := 0
	if end := len(words) - 1; end > 0 && !strings.ContainsFunc(words[0], isHan) && familyName(words[end]) {
		at = end
	}
	switch {
	case len(words) == 1:
		return splitHan(words[0])
	case at > 0:
		return strings.Join(words[:at], " "), words[at]
	}
	return strings.Join(words[1:], ""), words[0]
}

func familyName(s string) bool { return runes(s) == 1 || slices.Contains(compoundSurnames, s) }

func splitHan(name string) (first, last string) {
	if strings.ContainsAny(name, "·•・") { // a name of another people, without a leading family name
		return "", name
	}
	runes := []rune(name)
	size := 1
	if len(runes) > 2 && slices.Contains(compoundSurnames, string(runes[:2])) || len(runes) == 2 &&
		slices.Contains(compoundSurnames, name) {
		size = 2
	}
	return string(runes[size:]), string(runes[:size])
}

// joinName is the inverse of splitName.
func joinName(first, last string) string {
	switch {
	case first == "":
		return last
	case strings.ContainsFunc(last, isHan) && strings.ContainsFunc(first, isHan):
		return last + first
	}
	return first + " " + last
}

// narrow replaces the wide digits, brackets and signs of Chinese keyboards by ordinary ones.
func narrow(r rune) rune {
	switch {
	case r >= '！' && r <= '～':
		return r - '！' + '!'
	case r == '\u3000' || r == '\u00a0':
		return ' '
	case r == '‐' || r == '‑' || r == '–' || r == '—' || r == '−':
		return '-'
	}
	return r
}

// normalPhone keeps digits and a leading plus, which may also be written as 00. A Chinese mobile number gets its
// country code. ok is false if it is not a phone number.
func normalPhone(s string) (phone string, ok bool) {
	var b strings.Builder
	for _, r := range strings.TrimSpace(strings.Map(narrow, s)) {
		switch {
		case r >= '0' && r <= '9' || r == '+' && b.Len() == 0:
			b.WriteRune(r)
		case strings.ContainsRune(" -()./", r):
		default:
			return "", false
		}
	}
	phone = b.String()
	if abroad, ok := strings.CutPrefix(phone, "00"); ok {
		phone = "+" + abroad
	}
	digits, abroad := strings.CutPrefix(phone, "+")
	switch {
	case len(digits) < 6 || len(digits) > 15, abroad && digits[0] == '0': // no country's code begins with 0
		return "", false
	case !abroad && startsLikeMobile(phone) && len(phone) != 11: // a digit is missing, or one too many
		return "", false
	case chineseMobile(phone):
		phone = "+86" + phone
	case strings.HasPrefix(phone, "86") && chineseMobile(phone[2:]):
		phone = "+" + phone
	}
	return phone, true
}

func chineseMobile(s string) bool { return len(s) == 11 && startsLikeMobile(s) }

func startsLikeMobile(s string) bool { return s[0] == '1' && s[1] >= '3' }

// localPhone writes a Chinese mobile number as people in China do, without the country code.
func localPhone(phone string) string {
	if number, ok := strings.CutPrefix(phone, "+86"); ok && chineseMobile(number) {
		return number
	}
	return phone
}

func runes(s string) int { return utf8.RuneCountInString(s) }
