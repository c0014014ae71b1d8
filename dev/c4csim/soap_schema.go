package c4csim

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf16"
)

// part describes one element of a message: its position, how often it may occur, and its content.
type part struct {
	name     string
	rank     int // parts of the same rank come in any order; otherwise ranks rise
	until    int // the highest rank after which the part may still come; 0: its own
	required bool
	many     bool
	least    int            // characters
	limit    int            // characters, 0: no limit
	pattern  *regexp.Regexp // nil: any text
	attrs    map[string]*regexp.Regexp
	parts    []part // of a complex element
	complex  bool
}

var (
	patternAction   = regexp.MustCompile(`^0[1-6]$`)
	patternUUID     = regexp.MustCompile(`^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$`)
	patternBoolean  = regexp.MustCompile(`^(true|false|1|0)$`)
	patternInteger  = regexp.MustCompile(`^[+-]?[0-9]+$`)
	patternIncluded = regexp.MustCompile(`^[IE]$`)
	patternBoundary = regexp.MustCompile(`^[0-9]$`)
)

// sequence numbers parts in the order given.
func sequence(parts ...part) []part {
	for i := range parts {
		parts[i].rank = i
	}
	return parts
}

func token(name string, limit int) part { return part{name: name, limit: limit} }

// length is a text's length in ABAP: in UTF-16 units, of which an emoji has two. Source: ABAP keyword documentation,
// ABENSPLIT_TEXT_GUIDL.
func length(text string) int { return len(utf16.Encode([]rune(text))) }

func must(p part) part { p.required = true; return p }

func matching(name string, pattern *regexp.Regexp) part { return part{name: name, pattern: pattern} }

func group(name string, parts []part) part { return part{name: name, parts: parts, complex: true} }

func header() part {
	return group("BasicMessageHeader", sequence(token("ID", 35), matching("UUID", patternUUID), token("ReferenceID", 35),
		matching("ReferenceUUID", patternUUID)))
}

func actionable(p part, more ...string) part {
	p.attrs = map[string]*regexp.Regexp{"actionCode": patternAction}
	for _, name := range more {
		p.attrs[name] = patternBoolean
	}
	return p
}

func repeated(p part) part { p.many, p.required = true, true; return p }

func profileRequest() []part {
	information := repeated(actionable(group("UserInformation", sequence(
		must(part{name: "SocialMediaUserAccountID", least: 1, limit: 255}), token("GenderCode", 1),
		token("SocialMediaChannelCode", 3),
		token("FamilyName", 40), token("GivenName", 40), token("SocialMediaUserName", 40),
		token("ExternalPartyAccountID", 255),
	))))
	profile := actionable(group("SocialMediaUserProfile", sequence(
		matching("UUID", patternUUID), token("ID", 10), token("SocialMediaUserCategoryCode", 2),
		token("InteractionContentParticipantSentimentTypeCode", 2),
		matching("ExternalImportanceScoreNumberValue", patternInteger), matching("AggregratedImportanceScoreNumberValue",
			patternInteger),
		information, token("ContactPartyInternalID", 10), token("CustomerInternalID", 10),
	)), "userInformationListCompleteTransmissionIndicator")
	return sequence(header(), repeated(profile))
}

// activityRequest lets a message refer to others anywhere before its text, as the running service does: samples put the
// parent last, the documentation first.
func activityRequest() []part {
	parts := sequence(
		must(part{name: "SocialMediaMessageID", least: 1, limit: 256}), token("ParentSocialMediaMessageID", 256),
		token("RootSocialMediaMessageID", 256),
		must(token("SocialMediaUserProfileID", 10)), must(token("SocialMediaActivityProviderID", 35)),
		group("InteractionContent", sequence(must(token("Text", 0)))),
	)
	for i := range parts {
		if strings.HasSuffix(parts[i].name, "tSocialMediaMessageID") { // parent and root
			parts[i].rank, parts[i].until = 1, 4
		}
	}
	activity := actionable(group("SocialMediaActivity", parts))
	return sequence(header(), repeated(activity))
}

// selection describes the ranges of a query; each names its lower boundary, and the upper one next to it.
func selection(wrapper string, ranges ...string) []part {
	var choices []part
	for _, name := range ranges {
		limit := strings.TrimPrefix(name, "SelectionBy")
		r := group(name, sequence(
			matching("InclusionExclusionCode", patternIncluded), must(matching("IntervalBoundaryTypeCode", patternBoundary)),
			must(token("LowerBoundary"+limit, 256)), token("UpperBoundary"+limit, 256)))
		r.many = true
		choices = append(choices, r)
	}
	conditions := group("ProcessingConditions", sequence(
		matching("QueryHitsMaximumNumberValue", patternInteger),
		must(matching("QueryHitsUnlimitedIndicator", patternBoolean)), token("LastReturnedObjectID", 70)))
	return sequence(must(group(wrapper, choices)), conditions)
}

// check compares an element with its description and returns the first deviation.
func (p *part) check(n *node) error {
	if n.space != "" {
		return fmt.Errorf("%s is qualified", n.name)
	}
	return p.checkContent(n)
}

func (p *part) checkContent(n *node) error {
	for _, a := range n.attrs {
		pattern, known := p.attrs[a.Name.Local]
		if a.Name.Space != "" || !known || !pattern.MatchString(a.Value) {
			return fmt.Errorf("attribute %s of %s", a.Name.Local, n.name)
		}
	}
	if p.complex {
		return p.checkChildren(n)
	}
	if len(n.children) > 0 {
		return fmt.Errorf("%s has children", n.name)
	}
	length := length(n.text)
	switch {
	case length < p.least:
		return fmt.Errorf("%s is too short", n.name)
	case p.limit > 0 && length > p.limit:
		return fmt.Errorf("%s is longer than %d", n.name, p.limit)
	case p.pattern != nil && !p.pattern.MatchString(strings.TrimSpace(n.text)):
		return fmt.Errorf("%s has a wrong form", n.name)
	}
	return nil
}

func (p *part) checkChildren(n *node) error {
	if strings.TrimSpace(n.text) != "" {
		return fmt.Errorf("%s holds text", n.name)
	}
	seen, rank := map[string]bool{}, 0
	for _, c := range n.children {
		i := slices.IndexFunc(p.parts, func(q part) bool { return q.name == c.name })
		if i < 0 {
			return fmt.Errorf("%s is not expected in %s", c.name, n.name)
		}
		q := &p.parts[i]
		if max(q.rank, q.until) < rank {
			return fmt.Errorf("%s is out of order in %s", c.name, n.name)
		}
		if seen[c.name] && !q.many {
			return fmt.Errorf("%s comes twice in %s", c.name, n.name)
		}
		if err := q.check(c); err != nil {
			return err
		}
		seen[c.name], rank = true, max(rank, q.rank)
	}
	for i := range p.parts {
		if p.parts[i].required && !seen[p.parts[i].name] {
			return fmt.Errorf("%s lacks %s", n.name, p.parts[i].name)
		}
	}
	return nil
}
