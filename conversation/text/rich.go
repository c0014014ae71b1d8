package text

import (
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

// What is asked and shown at a glance.
const (
	// MaxAnswers is how many answers to tap one message has.
	MaxAnswers = 10
	// maxAnswer is the longest of them, and maxTitle the longest title of a card, in characters: WeChat shows them in a
	// line or two.
	maxAnswer = 30
	maxTitle  = 64
)

// Card is a link that stands for itself.
type Card struct{ Title, URL string }

// Rich is an agent's text taken apart: what WeChat has a message of its own for stands beside the words.
type Rich struct {
	// Words is the whole text, in words and links.
	Words string
	// Text is what comes before the card or the answers; Words where there are none. It may be empty before a card.
	Text string
	// Card is the link on the last line; nil: none is there alone.
	Card *Card
	// Answers are those that the text ends with, to be tapped; none where there is a card.
	Answers []string
}

// Take takes apart what Plain gives. A line that holds a link with words and nothing else, also written as
// [words](address), is a card where it is the last one. Lines such as "[1] Yes" and "[2] No" at the end, counted from
// 1, are answers; numbered addresses, as sources below a text are, and numbers that the text refers to are not.
func Take(plain string) Rich {
	lines := strings.Split(strings.TrimSpace(plain), "\n")
	for i, line := range lines {
		if m := markdownLink.FindStringSubmatch(line); m != nil {
			if anchor := Anchor(m[1], m[2]); strings.HasPrefix(anchor, "<a ") {
				lines[i] = anchor
			}
		}
	}
	words := strings.Join(lines, "\n")
	rich := Rich{Words: words, Text: words}
	if m := lineLink.FindStringSubmatch(lines[len(lines)-1]); m != nil && utf8.RuneCountInString(m[2]) <= maxTitle {
		rich.Card, rich.Text = &Card{Title: m[2], URL: m[1]}, before(lines, len(lines)-1)
		return rich
	}
	if answers, from := answersOf(lines); len(answers) > 1 {
		rich.Answers, rich.Text = answers, before(lines, from)
	}
	return rich
}

var (
	lineLink     = regexp.MustCompile(`^\s*<a href="(https?://[^"<>]+)">\s*([^<>]*[^<>\s])\s*</a>\s*$`)
	markdownLink = regexp.MustCompile(`^\s*\[([^\[\]<>]*[^\[\]<>\s])\]\((https?://[^\s()<>"]+)\)\s*$`)
	answerLine   = regexp.MustCompile(`^\s*(?:\[([1-9]\d?)\]|［([1-9]\d?)］|【([1-9]\d?)】)\s*(\S.*?)\s*$`)
	answerMark   = regexp.MustCompile(`[\[［【]\d{1,2}[\]］】]`)
)

func before(lines []string, end int) string {
	return strings.TrimSpace(strings.Join(lines[:end], "\n"))
}

// answersOf are the answers that lines end with, and where they begin. A question stands before them.
func answersOf(lines []string) (answers []string, from int) {
	for from = len(lines); from > 0; from-- {
		line := lines[from-1]
		m := answerLine.FindStringSubmatch(line)
		if m == nil && strings.TrimSpace(line) != "" {
			break
		}
		if m != nil {
			answers = append(answers, m[1]+m[2]+m[3]+" "+m[4])
		}
	}
	if len(answers) > MaxAnswers || from == 0 || answerMark.MatchString(before(lines, from)) {
		return nil, 0
	}
	ordered := make([]string, len(answers))
	for i, numbered := range answers {
		number, words, _ := strings.Cut(numbered, " ")
		at := len(answers) - 1 - i
		if number != strconv.Itoa(at+1) || utf8.RuneCountInString(words) > maxAnswer || hasAddress(words) {
			return nil, 0
		}
		ordered[at] = words
	}
	return ordered, from
}

func hasAddress(words string) bool {
	return strings.Contains(words, "://") || strings.Contains(words, "<a ") || strings.HasPrefix(words, "www.")
}

// Listed are answers as they are read where none can be tapped.
func Listed(answers []string) string {
	lines := make([]string, len(answers))
	for i, answer := range answers {
		lines[i] = "[" + strconv.Itoa(i+1) + "] " + answer
	}
	return strings.Join(lines, "\n")
}

// WrittenOut writes links as words and address, for messages of which nobody knows whether they show links.
func WrittenOut(text string) string { return anchorParts.ReplaceAllString(text, "$2 $1") }

var anchorParts = regexp.MustCompile(`<a href="(https?://[^"<>]*)">([^<>]*)</a>`)
