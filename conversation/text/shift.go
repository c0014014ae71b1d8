package text

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html/atom"
)

// shift is where raised or lowered text begins.
type shift struct {
	tag     atom.Atom // 0: none
	linking bool      // it is within the words of a link
	at      int       // position in those words, or in the whole text
}

// maxShift is the longest raised text that has a meaning of its own, in bytes.
const maxShift = 40

var (
	superscripts = pairs("0⁰1¹2²3³4⁴5⁵6⁶7⁷8⁸9⁹+⁺-⁻−⁻=⁼(⁽)⁾nⁿiⁱ")
	subscripts   = pairs("0₀1₁2₂3₃4₄5₅6₆7₇8₈9₉+₊-₋−₋=₌(₍)₎")
)

// upright are superscripts that mean the same on the line.
var upright = set("st nd rd th er re tm sm")

func pairs(text string) map[rune]rune {
	runes, pairs := []rune(text), map[rune]rune{}
	for i := 0; i+1 < len(runes); i += 2 {
		pairs[runes[i]] = runes[i+1]
	}
	return pairs
}

// shift begins raised or lowered text. Nested ones are ignored.
func (p *plainWriter) shift(tag atom.Atom) {
	if p.shifted.tag == 0 {
		p.shifted = shift{tag: tag, linking: p.linking, at: len(*p.words())}
	}
}

// endShift writes raised or lowered text so that it keeps its meaning: 10³ is not 103.
func (p *plainWriter) endShift(tag atom.Atom) {
	s := p.shifted
	if s.tag != tag || tag == 0 {
		return
	}
	p.shifted = shift{}
	if s.linking != p.linking {
		return
	}
	words := p.words()
	based := s.at > 0 && !isBlank((*words)[s.at-1])
	if shifted := (*words)[s.at:]; len(shifted) <= maxShift {
		*words = append((*words)[:s.at:s.at], shiftedText(string(shifted), tag, based)...)
	}
}

// shiftedText is raised or lowered text; based reports whether it follows something.
func shiftedText(text string, tag atom.Atom, based bool) string {
	signs := superscripts
	if tag == atom.Sub {
		signs = subscripts
	}
	words := strings.TrimLeft(text, " ")
	based = based && len(words) == len(text)
	strange := func(r rune) bool { return signs[r] == 0 }
	switch {
	case words == "":
		return text
	case !strings.ContainsFunc(words, strange):
		return strings.Map(func(r rune) rune {
			if sign := signs[r]; sign != 0 {
				return sign
			}
			return r
		}, text)
	case tag == atom.Sub || !based || upright[strings.ToLower(words)] || strings.ContainsFunc(words, isNoFormula):
		return text
	case utf8.RuneCountInString(words) == 1:
		return "^" + words
	}
	return "^(" + words + ")"
}

func isNoFormula(r rune) bool {
	return r > '~' && r != '−' || r <= '~' && !isNameByte(byte(r)) && !strings.ContainsRune("+-*/.,()", r)
}
