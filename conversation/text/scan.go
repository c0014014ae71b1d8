package text

import (
	"strings"

	"golang.org/x/net/html/atom"
)

// mark is what is between < and > and may be mark-up.
type mark struct {
	start, end int
	tag        atom.Atom // 0: a comment or a declaration
	closing    bool      // </b>
	empty      bool      // <b/>
	known      bool      // has an attribute of HTML, or is something that only programs write
	value      string    // as written: the address of a link, the words of a picture
	quote      quoteKind // it begins a mail program's quotation
}

// scanner finds marks. It never goes back, so its time grows linearly with the text, however many tags are unclosed.
type scanner struct {
	text  string
	at    int
	never map[string]bool // ends that do not occur in the rest
}

// marksOf finds everything that may be mark-up.
func marksOf(text string) []mark {
	s := scanner{text: text, never: map[string]bool{}}
	var marks []mark
	for {
		next := strings.IndexByte(s.text[s.at:], '<')
		if next < 0 {
			return marks
		}
		s.at += next
		m := mark{start: s.at}
		s.at++
		if s.mark(&m) {
			m.end = s.at
			marks = append(marks, m)
		}
	}
}

// mark reads what follows a "<" and reports whether it may be mark-up. If not, the scan continues where it stopped.
func (s *scanner) mark(m *mark) bool {
	switch rest := s.text[s.at:]; {
	case strings.HasPrefix(rest, "!--"):
		m.known = true
		s.at++ // <!--> is complete, too
		return s.pass("-->")
	case strings.HasPrefix(rest, "!["), begins(rest, "!doctype"):
		m.known = true
		return s.pass(">")
	case begins(rest, "?xml"):
		return s.pass(">")
	case strings.HasPrefix(rest, "/"):
		m.closing = true
		s.at++
	}
	return s.name(m) && s.attributes(m)
}

// pass moves past the next end and reports whether there is one.
func (s *scanner) pass(end string) bool {
	if s.never[end] {
		return false
	}
	at := strings.Index(s.text[s.at:], end)
	if at < 0 {
		s.never[end] = true
		return false
	}
	s.at += at + len(end)
	return true
}

// name reads a tag's name and reports whether it is in tags, or an office program's.
func (s *scanner) name(m *mark) bool {
	name := s.run(isNameByte)
	if name == "" || len(name) > 40 || !isLetter(name[0]) {
		return false
	}
	if space, own, ok := strings.Cut(strings.ToLower(name), ":"); ok {
		m.tag, m.known = atom.Span, true
		return office[space] && own != ""
	}
	m.tag = atom.Lookup([]byte(strings.ToLower(name)))
	return tags[m.tag] != 0
}

// attributes reads a tag to its end. It reports whether the tag ends and contains only attributes.
func (s *scanner) attributes(m *mark) bool {
	for {
		blanks := s.run(func(c byte) bool { return isBlank(c) || c == '/' })
		if s.at == len(s.text) {
			return false
		}
		if s.text[s.at] == '>' {
			m.empty = strings.HasSuffix(blanks, "/")
			s.at++
			return true
		}
		a, ok := s.attribute()
		if !ok || !a.plausible() {
			return false
		}
		m.take(a)
	}
}

// attribute is an attribute as written.
type attribute struct {
	name, value    string
	valued, quoted bool
}

func (s *scanner) attribute() (a attribute, ok bool) {
	a.name = strings.ToLower(s.run(isAttributeByte))
	if a.name == "" {
		return a, false
	}
	s.run(isBlank)
	if a.valued = strings.HasPrefix(s.text[s.at:], "="); !a.valued {
		return a, true
	}
	s.at++
	s.run(isBlank)
	if s.at == len(s.text) {
		return a, false
	}
	if quote := s.text[s.at : s.at+1]; quote == `"` || quote == "'" {
		a.quoted = true
		s.at++
		from := s.at
		if !s.pass(quote) {
			return a, false
		}
		a.value = s.text[from : s.at-1]
		return a, true
	}
	a.value = s.run(func(c byte) bool { return !isBlank(c) && !strings.ContainsRune(`"'<>`, rune(c)) })
	return a, true
}

// plausible reports whether an attribute may be HTML. A comparison such as "a <b and c> d" is not.
func (a attribute) plausible() bool {
	switch {
	case !a.valued:
		space, _, _ := strings.Cut(a.name, ":")
		return flags[a.name] || space != a.name && office[space]
	case !isLetter(a.name[0]) && a.name[0] != '_' || strings.ContainsFunc(a.name, isStrange):
		return false
	}
	return a.quoted || a.ofHTML()
}

// ofHTML reports whether HTML, or a program that writes HTML, has such an attribute.
func (a attribute) ofHTML() bool {
	return attributes[a.name] || flags[a.name] || strings.ContainsAny(a.name, "-:")
}

func isStrange(r rune) bool {
	return r > '~' || !isNameByte(byte(r)) && !strings.ContainsRune("-_.@", r)
}

// take keeps the parts of an attribute that are needed later. The first of a name counts.
func (m *mark) take(a attribute) {
	m.known = m.known || a.valued && a.ofHTML()
	m.quote = max(m.quote, a.quotes())
	wanted := m.tag == atom.A && a.name == "href" || m.tag == atom.Img && a.name == "alt"
	if wanted && m.value == "" {
		m.value = a.value
	}
}

// run reads as long as bytes match.
func (s *scanner) run(of func(byte) bool) string {
	from := s.at
	for s.at < len(s.text) && of(s.text[s.at]) {
		s.at++
	}
	return s.text[from:s.at]
}

func begins(text, with string) bool {
	return len(text) >= len(with) && strings.EqualFold(text[:len(with)], with)
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

func isNameByte(c byte) bool { return isLetter(c) || c >= '0' && c <= '9' || c == ':' }

func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' }

func isAttributeByte(c byte) bool { return !isBlank(c) && !strings.ContainsRune(`"'<>/=`, rune(c)) }
