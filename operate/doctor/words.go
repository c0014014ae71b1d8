package doctor

import (
	"strings"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/wording"
)

// words are a sentence that is available in each language.
type words interface {
	in(l wording.Language) string
}

// phrase is a sentence with placeholders. An argument may itself be words.
type phrase struct {
	english string
	args    []any
}

func say(english string, args ...any) phrase { return phrase{english, args} }

func (p phrase) in(l wording.Language) string {
	args := make([]any, len(p.args))
	for i, arg := range p.args {
		if sentence, ok := arg.(words); ok {
			arg = sentence.in(l)
		}
		args[i] = arg
	}
	return l.Say(p.english, args...)
}

// explained is a cause of the catalogue, with the other side's details of this case.
type explained struct {
	cause   string
	failure activities.Failure
}

func (e explained) in(l wording.Language) string {
	return activities.CauseOf(e.cause).In(l).Explain(e.failure)
}

// remedy is the catalogue's remedy for a cause.
type remedy string

func (r remedy) in(l wording.Language) string { return activities.CauseOf(string(r)).In(l).Remedy }

// joined are sentences after one another.
type joined []words

func (j joined) in(l wording.Language) string {
	said := make([]string, len(j))
	for i, sentence := range j {
		said[i] = sentence.in(l)
	}
	return strings.Join(said, l.Between())
}

// sayable are the types that findings are made of.
type sayable interface {
	string | phrase | remedy | joined
}

func wordsOf[W sayable](w W) words {
	switch w := any(w).(type) {
	case string:
		return phrase{english: w}
	case remedy:
		return w
	case phrase:
		return w
	case joined:
		return w
	}
	return nil
}

// found makes a finding, in English.
func found(verdict Verdict, detail, remedy words) Finding {
	f := Finding{Verdict: verdict, detail: detail, remedy: remedy}
	return f.in(wording.English)
}

// in translates a finding.
func (f Finding) in(l wording.Language) Finding {
	if f.detail != nil {
		f.Detail = f.detail.in(l)
	}
	if f.remedy != nil {
		f.Remedy = f.remedy.in(l)
	}
	return f
}

// In translates the report. The names of the checks remain.
func (r Report) In(l wording.Language) Report {
	said := Report{Findings: make([]Finding, len(r.Findings)), Counts: r.Counts}
	for i, f := range r.Findings {
		said.Findings[i] = f.in(l)
	}
	return said
}
