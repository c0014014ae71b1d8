// Package trial runs the connector's whole story once against a real WeChat account and a real C4C tenant, with a
// follower who belongs to the operator. It compares every answer with the simulators' answer to the same call. It
// looks only at the form of answers: which fields there are and of what kind, never their content.
package trial

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/wechat-c4c/wechat-c4c/c4c"
	"github.com/wechat-c4c/wechat-c4c/operate/doctor"
	"github.com/wechat-c4c/wechat-c4c/wechat"
)

// Options configure a trial. All fields but Pause and Expected are required.
type Options struct {
	Account   string // short name, part of the message's id
	OpenID    string // of the tester, who follows the account and has written to it within 48 hours
	Run       string // distinguishes this trial from others: letters and digits
	Completed string // user status that completes a ticket
	// WeChat and C4C make the clients over the transport by which the trial records answers.
	WeChat func(over http.RoundTripper) (*wechat.Client, error)
	C4C    func(over func(http.RoundTripper) http.RoundTripper) (*c4c.Client, error)
	Pause  time.Duration // between two looks for the ticket; 0: two seconds
	// Expected are the answers to compare with; nil: those of the simulators.
	Expected Book
}

// Trial is one run of the story.
type Trial struct {
	o        Options
	recorder *Recorder
	weixin   *wechat.Client
	c4c      *c4c.Client

	follows  bool // the tester follows the account
	profile  c4c.Profile
	customer c4c.Customer
	activity c4c.Activity
	ticket   c4c.Ticket
	picture  wechat.Media
	begun    time.Time
	made     []string // what the trial has created and cannot undo
}

// New makes a trial. It makes no calls.
func New(o Options) (*Trial, error) {
	t := &Trial{o: o, recorder: &Recorder{book: Book{}}, begun: time.Now()}
	if t.o.Pause == 0 {
		t.o.Pause = 2 * time.Second
	}
	if t.o.Expected == nil {
		t.o.Expected = Simulators()
	}
	var err error
	if t.weixin, err = o.WeChat(t.recorder.over(http.DefaultTransport)); err != nil {
		return nil, err
	}
	t.c4c, err = o.C4C(t.recorder.over)
	return t, err
}

// Play runs the story, each step for at most timeout. tell gets each finding as it comes; it may be nil. A finding
// warns if an answer differs from the simulators' answer.
func (t *Trial) Play(ctx context.Context, timeout time.Duration, tell func(doctor.Finding)) doctor.Report {
	steps := t.steps()
	checks := make([]doctor.Check, len(steps))
	for i, step := range steps {
		step.Run = t.listening(step)
		checks[i] = step
	}
	return doctor.Examine(ctx, checks, timeout, tell)
}

// Answers are the forms of all answers recorded so far.
func (t *Trial) Answers() Book { return t.recorder.answers() }

// listening runs a step and compares the answers it got.
func (t *Trial) listening(step doctor.Check) func(context.Context) doctor.Finding {
	return func(ctx context.Context) doctor.Finding {
		if step.System == doctor.SystemC4C && !t.follows {
			return doctor.Finding{Verdict: doctor.Skip,
				Detail: "not played, because nobody says that the tester follows the account"}
		}
		t.recorder.begin(step.Name)
		found := step.Run(ctx)
		differences := differ(t.o.Expected[step.Name], t.recorder.answers()[step.Name],
			found.Verdict == doctor.Fail)
		found.Detail = t.anonymous(found.Detail)
		switch {
		case len(differences) == 0:
		case found.Verdict == doctor.OK:
			found.Verdict, found.Remedy = doctor.Warn, "Answers differ from the simulators': "+strings.Join(differences, "; ")+
				". It worked all the same; an issue with this report helps the next one."
		default:
			found.Detail += ". Answers differ from the simulators': " + strings.Join(differences, "; ")
		}
		return found
	}
}

// anonymous removes the tester's identity from a text.
func (t *Trial) anonymous(text string) string {
	for _, word := range []string{t.o.OpenID, t.customer.ID, t.customer.UUID, t.profile.ID, t.profile.UUID} {
		if len(word) > 3 {
			text = strings.ReplaceAll(text, word, "…")
		}
	}
	return text
}
