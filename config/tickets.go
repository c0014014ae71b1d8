package config

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// Tickets configures how followers' tickets are handled.
type Tickets struct {
	Reuse       string `env:"REUSE" envDefault:"open" help:"when a message in the chat joins the ticket it is about: open, recent or never; open: while the ticket is open; recent: also up to TICKETS_REOPEN_DAYS after its completion, which reopens it (C4C_REOPEN_STATUS); never: each message opens a ticket of its own" example:"open"`
	ReopenDays  int    `env:"REOPEN_DAYS" envDefault:"7" help:"days after its completion in which a message reopens a ticket, 1 to 365, where TICKETS_REUSE is recent" example:"7"`
	StatusTexts string `env:"STATUS_TEXTS" envDefault:"2=accepted;5=resolved" dev:"2=accepted;YJ=technician;5=resolved" help:"texts for changed user statuses of which C4C notifies, status code=text, separated by semicolons; a text is accepted, technician, waiting or resolved, which the catalogue has in both languages, or words of your own with {ticket} for the number; none tells nothing" example:"2=accepted;5=resolved;YJ=Ticket {ticket}: we are on our way."`
	Survey      bool   `env:"SURVEY" envDefault:"false" help:"whether followers are asked how satisfied they are when C4C notifies of a completed ticket; the answer becomes a note in the ticket, and they are thanked" example:"true"`
}

// statusNames are the catalogue's texts that STATUS_TEXTS may name.
var statusNames = []string{"accepted", "technician", "waiting", "resolved"}

// StatusText is the text that followers get for a user status.
type StatusText struct {
	Code string // user status in C4C, one or two characters
	Name string // a text of the catalogue; empty: Text
	Text string // contains {ticket}
}

// ParseStatusTexts parses StatusTexts.
func (t Tickets) ParseStatusTexts() ([]StatusText, error) {
	if t.StatusTexts == "none" {
		return nil, nil
	}
	var texts []StatusText
	seen := map[string]bool{}
	for i, item := range strings.Split(t.StatusTexts, ";") {
		if strings.TrimSpace(item) == "" {
			continue
		}
		code, text, ok := strings.Cut(item, "=")
		code, text = strings.TrimSpace(code), strings.TrimSpace(text)
		switch {
		case !ok:
			return nil, fmt.Errorf("entry %d is not written as code=text", i+1)
		case code == "" || utf8.RuneCountInString(code) > 2:
			return nil, fmt.Errorf("entry %d does not begin with a status code of one or two characters", i+1)
		case seen[code]:
			return nil, fmt.Errorf("status %s is named twice", code)
		case text == "":
			return nil, fmt.Errorf("the text of status %s is empty; leave the entry out to tell nothing", code)
		case len(text) > 1500:
			return nil, fmt.Errorf("the text of status %s is longer than 1,500 bytes", code)
		}
		seen[code] = true
		switch {
		case slices.Contains(statusNames, text):
			texts = append(texts, StatusText{Code: code, Name: text})
		case strings.Contains(text, "{ticket}"):
			texts = append(texts, StatusText{Code: code, Text: text})
		default:
			return nil, fmt.Errorf("the text of status %s is neither one of %s nor holds {ticket}", code,
				strings.Join(statusNames, ", "))
		}
	}
	return texts, nil
}

func (k *checker) tickets() {
	t := k.config.Tickets
	k.oneOf(t.Reuse, "TICKETS_REUSE", "open", "recent", "never")
	k.require(t.Reuse != "recent" || k.config.C4C.ReopenStatus != "none", "TICKETS_REUSE", "must not be recent where "+
		Prefix+"C4C_REOPEN_STATUS is none: no ticket is set back to work then; say open")
	k.require(t.ReopenDays >= 1 && t.ReopenDays <= 365, "TICKETS_REOPEN_DAYS", "must lie between 1 and 365")
	k.oneOf(k.config.C4C.Events, "C4C_EVENTS", "auto", "true", "false")
	_, err := t.ParseStatusTexts()
	k.require(err == nil, "TICKETS_STATUS_TEXTS", fmt.Sprintf("is not a list of texts (%v)", err))
}
