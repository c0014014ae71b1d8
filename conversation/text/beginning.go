package text

import (
	"unicode/utf8"

	"github.com/rivo/uniseg"
)

// Beginning returns the beginning of a text, at most the given number of characters as Unicode counts them. It does
// not cut what a reader sees as one character, such as a flag or a family, unless nothing else fits.
func Beginning(text string, most int) string {
	if utf8.RuneCountInString(text) <= most {
		return text
	}
	end, rest, state, room := 0, text, -1, most
	for {
		var cluster string
		cluster, rest, _, state = uniseg.FirstGraphemeClusterInString(rest, state)
		if room -= utf8.RuneCountInString(cluster); room < 0 {
			break
		}
		end += len(cluster)
	}
	if end == 0 && most > 0 {
		return string([]rune(text)[:most])
	}
	return text[:end]
}
