package text

import (
	"strings"
	"unicode/utf8"

	"github.com/rivo/uniseg"
)

// MaxBytes is what the text of one message may hold. WeChat refuses more than 2,048 bytes of UTF-8 (errcode 45002).
const MaxBytes = 2000

// Split cuts a text into parts of at most limit bytes, preferably at a line, else after a sentence, else at a
// blank, and never within what a reader sees as one character. An empty text has no part. limit is at least 4, so that
// any rune fits.
func Split(text string, limit int) []string {
	return splitWhole(text, limit, func(string) int { return 0 })
}

// SplitLinked is Split that cuts neither links nor addresses of the web, as far as they fit into a part.
func SplitLinked(text string, limit int) []string { return splitWhole(text, limit, wholeLink) }

// splitWhole splits a text in which some parts belong together: whole gives the length of such a part at the
// beginning of a text, 0 where there is none.
func splitWhole(text string, limit int, whole func(string) int) []string {
	var parts []string
	for text = strings.TrimSpace(text); len(text) > limit; {
		cut := cutAt(text, limit, whole)
		if part := strings.TrimSpace(text[:cut]); part != "" {
			parts = append(parts, part)
		}
		text = strings.TrimSpace(text[cut:])
	}
	if text != "" {
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

// cutAt finds the best place to cut within limit bytes. A better kind of place wins unless it would leave the part
// less than half full.
func cutAt(text string, limit int, whole func(string) int) int {
	var last [atLine + 1]int
	// One rune beyond the limit shows whether a character goes on there.
	within := text[:min(len(text), limit+utf8.UTFMax)]
	for at, rest, state := 0, within, -1; rest != ""; {
		var cluster string
		if n := whole(text[at:]); n > 0 && n <= limit {
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

// endOf says what ends with this cluster; rest is what follows. A point within a number or an address ends nothing.
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
