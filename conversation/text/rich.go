package text

import (
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Limits of what is shown in a compact form.
const (
	// MaxAnswers is the most answers to tap in one message.
	MaxAnswers = 10
	// maxAnswer is the longest answer and maxTitle the longest card title, in characters: WeChat shows them in a line
	// or two.
	maxAnswer = 30
	maxTitle  = 64
)

// Card is a link that is alone on its line.
type Card struct{ Title, URL string }

// Rich is an agent's text split into its words and the parts for which WeChat has its own message types.
type Rich struct {
	// Words is the whole text, in words and links.
	Words string
	// Text is what comes before the card or the answers; if there are none, it equals Words. It may be empty before a
	// card.
	Text string
	// Card is the link on the last line; nil: the last line is not only a link.
	Card *Card
	// Answers are the answers to tap at the end of the text; none if there is a card.
	Answers []string
}

// Take splits the result of Plain. A card is a link with words, alone on the last line, also written as
// [words](address). Answers are lines such as "[1] Yes" and "[2] No" at the end, numbered from 1. Numbered addresses,
// such as sources below a text, are not answers, nor are numbers that the text refers to.
func Take(plain string) Rich {
	lines := strings.Split(bare(plain), "\n")
	for i, line := range lines {
		if m := markdownLink.FindStringSubmatch(bare(line)); m != nil {
			if anchor := Anchor(m[1], m[2]); strings.HasPrefix(anchor, "<a ") {
				lines[i] = anchor
			}
		}
	}
	words := strings.Join(lines, "\n")
	rich := Rich{Words: words, Text: words}
	if m := lineLink.FindStringSubmatch(bare(lines[len(lines)-1])); m != nil && utf8.RuneCountInString(m[2]) <= maxTitle {
		rich.Card, rich.Text = &Card{Title: m[2], URL: m[1]}, before(lines, len(lines)-1)
		return rich
	}
	if answers, from := answersOf(lines); len(answers) > 1 {
		rich.Answers, rich.Text = answers, before(lines, from)
	}
	return rich
}

var (
	lineLink     = regexp.MustCompile(`^<a href="(https?://[^"<>]+)">\s*([^<>]*[^<>\s])\s*</a>$`)
	markdownLink = regexp.MustCompile(`^\[([^\[\]<>]*[^\[\]<>\s])\]\((https?://[^\s()<>"]+)\)$`)
	answerLine   = regexp.MustCompile(`^(?:\[([1-9]\d?)\]|［([1-9]\d?)］|【([1-9]\d?)】)(.+)$`)
	answerMark   = regexp.MustCompile(`[\[［【]\d{1,2}[\]］】]`)
)

// bare is a text without the blanks around it, of any kind: C4C's editor writes hard ones.
func bare(text string) string {
	return strings.TrimFunc(text, func(r rune) bool { return unicode.IsSpace(r) || r == '\u200b' || r == '\ufeff' })
}

func before(lines []string, end int) string {
	return strings.TrimSpace(strings.Join(lines[:end], "\n"))
}

// answersOf are the answers at the end of the lines, and where they begin. A question comes before them.
func answersOf(lines []string) (answers []string, from int) {
	from = len(lines)
	for from > 0 && (bare(lines[from-1]) == "" || answerLine.MatchString(bare(lines[from-1]))) {
		from--
	}
	if from == 0 || answerMark.MatchString(before(lines, from)) {
		return nil, 0
	}
	for _, line := range lines[from:] {
		m := answerLine.FindStringSubmatch(bare(line))
		if m == nil {
			continue
		}
		number, words := m[1]+m[2]+m[3], bare(m[4])
		if words == "" || len(answers) == MaxAnswers || number != strconv.Itoa(len(answers)+1) ||
			utf8.RuneCountInString(words) > maxAnswer || hasAddress(words) {
			return nil, 0
		}
		answers = append(answers, words)
	}
	return answers, from
}

func hasAddress(words string) bool {
	return strings.Contains(words, "://") || strings.Contains(words, "<a ") || strings.HasPrefix(words, "www.")
}

// Listed writes answers as text, for messages in which none can be tapped.
func Listed(answers []string) string {
	lines := make([]string, len(answers))
	for i, answer := range answers {
		lines[i] = "[" + strconv.Itoa(i+1) + "] " + answer
	}
	return strings.Join(lines, "\n")
}

// WrittenOut writes links as words and address, for messages that may not show links.
func WrittenOut(text string) string { return anchorParts.ReplaceAllString(text, "$2 $1") }

var anchorParts = regexp.MustCompile(`<a href="(https?://[^"<>]*)">([^<>]*)</a>`)
