package text

import (
	"slices"

	"golang.org/x/net/html/atom"
)

// guess keeps the marks that are mark-up, and reports whether some of them make lines. The text as a whole decides what
// a tag is: a name that is never closed, has no attribute, and is not among standsAlone is what an agent wrote, as
// <Del> is.
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
		if !sure[i] && !m.closing && m.tag != 0 { // nobody writes the end of a tag, or a declaration, among mark-up
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

// guesser knows where a name first opens and where it last closes.
type guesser struct{ opened, closed map[atom.Atom]int }

// isMarkUp reports whether a mark is mark-up, whatever else the text holds.
func (g guesser) isMarkUp(i int, m mark) bool {
	first, opens := g.opened[m.tag]
	last, closes := g.closed[m.tag]
	switch hidden := tags[m.tag] == tagHidden; {
	case m.closing:
		return opens && first < i || standsAlone[m.tag]
	case hidden: // one that is never closed would hide all that follows
		return m.empty || closes && i < last
	}
	return m.known || m.empty || standsAlone[m.tag] || opens && closes && first < last
}
