package text

import (
	"strings"
	"unicode/utf8"

	"github.com/rivo/uniseg"
)

// MaxBytes is the size limit of one message's text. WeChat refuses more than 2,048 bytes of UTF-8 (errcode 45002).
const MaxBytes = 2000

// MaxMessages is the most messages that one text may become, whatever an account allows: nobody reads more in a chat.
const MaxMessages = 40

// cutMark ends a text that was cut.
const cutMark = "…"

// Split cuts a text into parts of at most limit bytes: preferably at a line, otherwise after a sentence, otherwise at
// a blank, and never within a character as readers see it. An empty text has no parts. limit is at least 4, so that
// any rune fits.
func Split(text string, limit int) []string {
	return splitWhole(text, limit, len(text), func(string) int { return 0 })
}

// SplitLinked is like Split, but cuts neither links nor web addresses if they fit into a part.
func SplitLinked(text string, limit int) []string {
	return splitWhole(text, limit, len(text), wholeLink)
}

// Messages splits a text into at most MaxMessages messages, in which neither links nor addresses are cut. cut reports
// that the text was longer: then the last message ends with a mark, and the rest is dropped.
func Messages(text string) (messages []string, cut bool) {
	messages = splitWhole(text, MaxBytes, MaxMessages+1, wholeLink)
	if len(messages) <= MaxMessages {
		return messages, false
	}
	messages = messages[:MaxMessages]
	last := &messages[MaxMessages-1]
	*last = SplitLinked(*last, MaxBytes-len(cutMark))[0] + cutMark
	return messages, true
}

// splitWhole splits a text into at most the given number of parts and keeps some things whole. whole returns the
// length of such a thing at the beginning of a text, or 0 if there is none.
func splitWhole(text string, limit, most int, whole func(string) int) []string {
	var parts []string
	for text = strings.TrimSpace(text); len(text) > limit && len(parts) < most; {
		cut := cutAt(text, limit, whole)
		if part := strings.TrimSpace(text[:cut]); part != "" {
			parts = append(parts, part)
		}
		text = strings.TrimSpace(text[cut:])
	}
	if text != "" && len(parts) < most {
		parts = append(parts, text)
	}
	return parts
}

// Where to cut, best first.
const (
	atCharacter = iota
	atBlank
	atSentence
	atLine
)

// cutAt finds the best place to cut within limit bytes. A better kind of place is used unless it would make the part
// less than half full.
func cutAt(text string, limit int, whole func(string) int) int {
	var last [atLine + 1]int
	// One rune beyond the limit shows whether a character continues there.
	within := text[:min(len(text), limit+utf8.UTFMax)]
	for at, rest, state := 0, within, -1; rest != ""; {
		var cluster string
		if n := whole(text[at:min(len(text), at+limit+1)]); n > 0 && n <= limit {
			cluster, rest, state = text[at:at+n], text[at+n:min(len(text), max(at+n, len(within)))], -1
		} else {
			cluster, rest, _, state = uniseg.FirstGraphemeClusterInString(rest, state)
		}
		if at+len(cluster) > limit {
			break
		}
		at += len(cluster)
		last[atCharacter] = at
		if kind := endOf(cluster, rest); kind != atCharacter {
			last[kind] = at
		}
	}
	for kind := atLine; kind > atCharacter; kind-- {
		if last[kind] >= limit/2 {
			return last[kind]
		}
	}
	if last[atCharacter] == 0 {
		return runeCut(text, limit)
	}
	return last[atCharacter]
}

// runeCut cuts a cluster longer than the limit between its runes.
func runeCut(text string, limit int) int {
	cut := limit
	for cut > 0 && !utf8.RuneStart(text[cut]) {
		cut--
	}
	if cut == 0 { // not UTF-8 at all
		return limit
	}
	return cut
}

// endOf is what ends with this cluster; rest is what follows. A point within a number or an address ends nothing.
func endOf(cluster, rest string) int {
	switch {
	case strings.HasSuffix(cluster, "\n"):
		return atLine
	case strings.ContainsAny(cluster, "。！？…"):
		return atSentence
	case strings.ContainsAny(cluster, ".!?") && (rest == "" || strings.ContainsAny(rest[:1], " \r\n\t")):
		return atSentence
	case cluster == " " || cluster == "，" || cluster == "、" || cluster == "　":
		return atBlank
	}
	return atCharacter
}
