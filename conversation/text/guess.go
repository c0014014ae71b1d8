package text

import (
	"slices"

	"golang.org/x/net/html/atom"
)

// guess keeps the marks that are mark-up, and reports whether some of them make lines. The text as a whole decides
// what is a tag. A name that is never closed, has no attribute and is not in standsAlone was written by an agent, as
// in <Del>.
func guess(marks []mark) (kept []mark, structured bool) {
	g := guesser{opened: map[atom.Atom]int{}, closed: map[atom.Atom]int{}}
	for i, m := range marks {
		if _, before := g.opened[m.tag]; m.closing {
			g.closed[m.tag] = i
		} else if !before {
			g.opened[m.tag] = i
		}
	}
	sure := make([]bool, len(marks))
	for i, m := range marks {
		sure[i] = g.isMarkUp(i, m)
	}
	if !slices.Contains(sure, true) {
		return nil, false
	}
	for i, m := range marks {
		if !sure[i] && !m.closing && m.tag != 0 { // only programs write closing tags or declarations
			continue
		}
		kept = append(kept, m)
		switch tags[m.tag] {
		case tagBlock, tagList, tagItem, tagBreak, tagRule:
			structured = true
		}
	}
	return kept, structured
}

// guesser knows where each name first opens and last closes.
type guesser struct{ opened, closed map[atom.Atom]int }

// isMarkUp reports whether a mark is mark-up, whatever else the text contains.
func (g guesser) isMarkUp(i int, m mark) bool {
	first, opens := g.opened[m.tag]
	last, closes := g.closed[m.tag]
	switch hidden := tags[m.tag] == tagHidden; {
	case m.closing:
		return opens && first < i || standsAlone[m.tag]
	case hidden: // an unclosed one would hide everything after it
		return m.empty || closes && i < last
	}
	return m.known || m.empty || standsAlone[m.tag] || opens && closes && first < last
}
