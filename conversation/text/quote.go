package text

import (
	"regexp"
	"slices"
	"strings"
)

const (
	maxHead   = 12  // most lines of a quoted mail's head
	maxLine   = 300 // most bytes of a line that introduces it
	wrapsOver = 3   // most lines of the introduction
)

// head are the field names at the head of a quoted mail, in one language. They are at the beginning of a line.
type head struct{ from, sent, to, subject *regexp.Regexp }

var heads = []head{
	headOf("From", "Sent|Date", "To", "Subject"),
	headOf("Von", "Gesendet|Gesendet am|Datum", "An", "Betreff"),
	headOf("发件人|寄件人", "发送时间|发送日期|发件时间|日期|时间", "收件人", "主题|标题"),
	headOf("寄件者|寄件人", "寄件日期|傳送時間|傳送日期|日期", "收件者|收件人", "主旨|主題"),
}

func headOf(from, sent, to, subject string) head {
	field := func(names, value string) *regexp.Regexp {
		return regexp.MustCompile(`(?i)^\s*\*?(?:` + names + `)\s?[:：]\*?` + value)
	}
	return head{field(from, `\s*\S`), field(sent, `.*\d`), field(to, `\s*\S`), field(subject, ``)}
}

var (
	// separator is the line that mail programs put before the quoted mail.
	separator = regexp.MustCompile(`(?i)^\s*[-_—]{2,}\s*(?:original[- ](?:message|mail|nachricht)|ursprüngliche (?:nachricht|e?-?mail)|` +
		`原始邮件|原始信息|原邮件|原始郵件|原始訊息)\s*[-_—]{2,}\s*$`)

	// attribution is the line that says who wrote the following text, and when.
	attribution = regexp.MustCompile(`(?i)\d.*(?:\bwrote\s?:|\bschrieb(?:en)?\b.*:|(?:写道|寫道)\s?[:：])$|` +
		`(?:\bwrote\b|\bschrieb\b|写道|寫道).*\d.*[:：]$`)
	// introduction is an attribution in any language. It only counts where mark-up shows that a mail is quoted.
	introduction = regexp.MustCompile(`(?:\d{4}|\d{1,2}[:.h]\d{2}).*[:：]$`)
	anyField     = regexp.MustCompile(`^\s*[^\s:：][^:：]{0,30}[:：]\s*\S`)

	// forwarded recognises a mail that is passed on: the agent wants it to be read.
	forwarded = regexp.MustCompile(`(?i)\b(?:forwarded|weitergeleitete?)\b|转发|轉寄|轉發|[:：]\s*(?:fw|fwd|wg)\s*[:：]`)
	// pointing recognises words above that refer the reader to what follows.
	pointing = regexp.MustCompile(`(?i)\b(?:below|following|follows|forward(?:ed|ing)|fyi)\b|\b(?:unten|nachstehend|nachfolgend|` +
		`folgend|weiterleit|weitergeleitet|zitat|zitier)|如下|下面|下方|以下|[见見](?:下|附)|转发|轉寄|轉發|供参考|供參考|引用`)

	ruleLine = regexp.MustCompile(`^\s*[-_—=*]{3,}\s*$`)
)

// withoutQuote returns the text above the mail thread at a text's end. It finds the thread only if it is certain that
// there is one, that it is answered and not passed on, and that the words above do not refer to it.
func (s source) withoutQuote() (above string, found bool) {
	lines, hint := strings.Split(s.all, "\n"), -1
	if s.kind != quoteNone {
		lines = strings.Split(s.above, "\n")
		hint = len(lines)
		lines = append(lines, strings.Split(s.below, "\n")...)
	}
	q := quotation{lines: lines, hint: hint, kind: s.kind}
	for i, line := range lines {
		switch {
		case blank(line):
		case depth(line) == 0:
			q.own, q.marked = i, 0
		case q.marked == 0:
			q.marked = i
		}
	}
	for i, read := 1, len(lines[0]); i < len(lines) && read < maxPlain; i++ {
		read += len(lines[i])
		if blank(lines[i]) || !q.begins(i) {
			continue
		}
		own := lines[:i]
		for len(own) > 0 && (blank(own[len(own)-1]) || ruleLine.MatchString(own[len(own)-1])) {
			own = own[:len(own)-1]
		}
		words := strings.Join(own, "\n")
		if visible(words) == "" || q.passesOn(i) || points(own) {
			return "", false
		}
		return words, true
	}
	return "", false
}

// quotation looks for the mail thread at the end of the lines.
type quotation struct {
	lines  []string
	own    int // the last line that does not begin with >
	marked int // the first marked line after it
	hint   int // where a quotation begins by mark-up; -1: nowhere
	kind   quoteKind
}

// begins reports whether the quotation begins at a line.
func (q quotation) begins(i int) bool {
	switch {
	case i == q.hint && q.introduced(q.lines[i:]):
		return true
	case i > q.own: // only lines that begin with > remain
		return i == q.marked && (opens(unquoted(q.lines[i:])) || nested(q.lines[i:]))
	case opens(q.lines[i:]):
		return true
	}
	if next := q.behind(i, attribution); next > q.own || next > i && next == q.hint {
		return true
	}
	next := q.behind(i, introduction)
	return next > i && next == q.hint && q.kind >= quoteMail
}

// behind is the first line after those that say who wrote it; 0: there are none, or nothing follows.
func (q quotation) behind(i int, form *regexp.Regexp) int {
	n := attributed(q.lines[i:], form)
	if n == 0 {
		return 0
	}
	for next := i + n; next < len(q.lines); next++ {
		if !blank(q.lines[next]) {
			return next
		}
	}
	return 0
}

// introduced reports whether a quotation found by mark-up is introduced as a mail, in any language.
func (q quotation) introduced(lines []string) bool {
	if opens(lines) || attributed(lines, attribution) > 0 {
		return true
	}
	if q.kind == quoteBlock {
		return false
	}
	if q.kind == quoteMail {
		return attributed(lines, introduction) > 0
	}
	fields := 0
	for _, line := range lines[:min(len(lines), maxHead)] {
		if len(line) <= maxLine && anyField.MatchString(line) {
			fields++
		}
	}
	return fields >= 3
}

// passesOn reports whether the mail that begins at a line was forwarded.
func (q quotation) passesOn(i int) bool {
	for _, line := range q.lines[max(0, i-1):min(len(q.lines), i+maxHead)] {
		if forwarded.MatchString(startOf(line)) {
			return true
		}
	}
	return false
}

// points reports whether words refer the reader to what is below them.
func points(own []string) bool {
	for _, line := range own {
		if pointing.MatchString(line) {
			return true
		}
	}
	return colon(own[len(own)-1])
}

// opens reports whether lines begin with the head of a mail, or with a separator before a head.
func opens(lines []string) bool {
	first := startOf(lines[0])
	after := separator.MatchString(first)
	for _, h := range heads {
		if after && h.within(lines[1:]) || h.from.MatchString(first) && h.within(lines) {
			return true
		}
	}
	return false
}

// within reports whether the next lines contain all fields.
func (h head) within(lines []string) bool {
	for _, field := range []*regexp.Regexp{h.from, h.sent, h.to, h.subject} {
		if !slices.ContainsFunc(lines[:min(len(lines), maxHead)], func(line string) bool {
			return field.MatchString(startOf(line))
		}) {
			return false
		}
	}
	return true
}

// startOf is as much of a line as is searched: a line may be as long as a whole text.
func startOf(line string) string { return line[:min(len(line), maxLine)] }

// attributed is how many lines say who wrote the following text; 0: none.
func attributed(lines []string, form *regexp.Regexp) int {
	all := ""
	for n, line := range lines[:min(len(lines), wrapsOver)] {
		if all = strings.TrimSpace(all + " " + strings.TrimSpace(line)); blank(line) || len(all) > maxLine {
			return 0
		}
		if colon(all) && form.MatchString(all) {
			return n + 1
		}
	}
	return 0
}

// unquoted removes the > at the beginning of lines.
func unquoted(lines []string) []string {
	bare := make([]string, 0, maxHead+1)
	for _, line := range lines[:min(len(lines), maxHead+1)] {
		bare = append(bare, strings.TrimLeft(line, "> \t"))
	}
	return bare
}

// nested reports whether lines that begin with > contain a quotation within another one.
func nested(lines []string) bool {
	once, twice := false, false
	for _, line := range lines {
		once, twice = once || depth(line) == 1, twice || depth(line) == 2
	}
	return once && twice
}

// depth is how many > a line begins with.
func depth(line string) int {
	n := 0
	for _, r := range line {
		switch r {
		case '>':
			n++
		case ' ', '\t':
		default:
			return n
		}
	}
	return n
}

func colon(line string) bool { return strings.HasSuffix(line, ":") || strings.HasSuffix(line, "：") }

func blank(line string) bool { return strings.TrimSpace(line) == "" }
