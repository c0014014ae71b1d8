package web

import (
	"html/template"
	"net/mail"
	"regexp"
	"strings"

	"github.com/wechat-c4c/wechat-c4c/catalogue"
	reading "github.com/wechat-c4c/wechat-c4c/conversation/text"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// run is a piece of a line. URL is where a tap leads; empty: nowhere.
type run struct {
	Text string
	URL  template.URL
}

// newBubble is a thread's item, with an agent's text parsed as for the chat. Unlike the chat, the page shows a mail
// quoted below, but no card or answers of that mail.
func newBubble(item workflows.ThreadItem) bubble {
	b := bubble{ThreadItem: item}
	if !item.FromAgent {
		return b
	}
	words, quoted := reading.Reply(item.Text)
	b.rich = reading.Take(words)
	if !quoted {
		return b
	}
	all := reading.Plain(item.Text)
	if mail, ok := strings.CutPrefix(all, words); ok {
		b.rich.Words, b.rich.Text = b.rich.Words+mail, b.rich.Text+mail
	} else {
		b.rich = reading.Rich{Words: all, Text: all}
	}
	return b
}

// lines is what a follower reads of a thread's item: an agent's text as it reads in the chat, with links for whatever
// can be opened or called, except the link shown below it as a card. attached reports whether files of the item are
// shown.
func (b *bubble) lines(texts *catalogue.Texts, lang catalogue.Language, attached bool) [][]run {
	words := b.Text
	if b.FromAgent {
		words = b.rich.Words
		if b.rich.Card != nil {
			words = b.rich.Text
		}
	} else if name, file := fileLine(words); file {
		words = texts.In(lang, name)
		if attached {
			words = ""
		}
	}
	return runsOfLines(strings.TrimSpace(words), b.FromAgent)
}

// runsOfLines are the pieces of each line of a text; fromAgent reports whether it is an agent's.
func runsOfLines(words string, fromAgent bool) [][]run {
	var lines [][]run
	for line := range strings.Lines(words) {
		line = strings.TrimRight(line, "\r\n")
		if !fromAgent {
			lines = append(lines, []run{{Text: line}})
			continue
		}
		lines = append(lines, runsOf(line))
	}
	return lines
}

// reachable is a contact, with links for what can be called, written to or opened.
func reachable(contact string) []run {
	if at, err := mail.ParseAddress(contact); err == nil && at.Address == contact {
		return []run{{Text: contact, URL: template.URL("mailto:" + contact)}} //nolint:gosec // an address
	}
	return runsOf(contact)
}

// fileLine reports whether a follower's line only describes a file to agents, and returns the text by which the
// follower knows it.
func fileLine(line string) (catalogue.Key, bool) {
	for key, name := range map[catalogue.Key]catalogue.Key{
		catalogue.LinePicture: "web_picture", catalogue.LineVoice: "web_voice",
		catalogue.LineVideo: "web_video", catalogue.LineShortVideo: "web_video",
	} {
		for _, lang := range catalogue.Languages() {
			if line == catalogue.Text(lang, key) {
				return name, true
			}
		}
	}
	return "", false
}

// tappable matches links in the chat's form, web addresses, and telephone numbers as written in China.
var tappable = regexp.MustCompile(`<a href="(https?://[^"<>]+)">([^<>]*)</a>` +
	`|https?://[^\s"<>，。；：！？、（）【】《》“”]+` +
	`|(?:\+86[ -]?)?1[3-9]\d[ -]?\d{4}[ -]?\d{4}|0\d{2,3}-\d{7,8}|[48]00-\d{3}-\d{4}|[48]00-?\d{7}`)

// runsOf are the pieces of an agent's line.
func runsOf(line string) []run {
	var runs []run
	rest := 0
	for _, at := range tappable.FindAllStringSubmatchIndex(line, -1) {
		whole, piece := line[at[0]:at[1]], run{}
		switch {
		case at[2] >= 0:
			//nolint:gosec // http or https
			piece = run{Text: line[at[4]:at[5]], URL: template.URL(line[at[2]:at[3]])}
		case strings.HasPrefix(whole, "http"):
			whole = strings.TrimRight(whole, ".,;:!?)]'")
			piece = run{Text: whole, URL: template.URL(whole)} //nolint:gosec // http or https
		case inNumber(line, at[0], at[1]):
			continue
		default:
			//nolint:gosec // digits
			piece = run{Text: whole, URL: template.URL("tel:" + strings.NewReplacer(" ", "", "-", "").Replace(whole))}
		}
		if at[0] > rest {
			runs = append(runs, run{Text: line[rest:at[0]]})
		}
		runs = append(runs, piece)
		if rest = at[1]; at[2] < 0 {
			rest = at[0] + len(whole)
		}
	}
	if rest < len(line) {
		runs = append(runs, run{Text: line[rest:]})
	}
	return runs
}

// inNumber reports whether a match is part of a longer number or word, such as an order number.
func inNumber(line string, from, to int) bool {
	isPart := func(c byte) bool {
		return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z' || c == '-' || c == '_'
	}
	return from > 0 && isPart(line[from-1]) || to < len(line) && isPart(line[to])
}
