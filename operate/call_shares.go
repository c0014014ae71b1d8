package operate

import (
	"strings"
	"time"

	"github.com/wechat-c4c/wechat-c4c/slots"
	"github.com/wechat-c4c/wechat-c4c/wording"
)

// CallShares is who may make how many calls to a C4C tenant now.
type CallShares struct {
	Holders []CallShare `json:"holders"`
	All     int         `json:"all,omitempty"` // that the holders share; 0: there are none
	// QuietFor is how long nobody gets more, because the workflow was ended and started anew, in nanoseconds.
	QuietFor time.Duration `json:"quiet_for,omitempty"`
}

// CallShare is how many of the calls one process may make.
type CallShare struct {
	Process string `json:"process"`
	Calls   int    `json:"calls"`
	// LostFor is how long the calls of a process that is not heard of any more stay taken, in nanoseconds; 0: it is
	// heard of.
	LostFor time.Duration `json:"lost_for,omitempty"`
}

// SharesOf reads the ledger of a tenant's calls at a time.
func SharesOf(ledger slots.Ledger, now time.Time) CallShares {
	found := CallShares{Holders: []CallShare{}, QuietFor: max(0, ledger.QuietUntil.Sub(now))}
	shares, all := ledger.Shares(now)
	for _, share := range shares {
		found.Holders = append(found.Holders, CallShare{Process: share.Process, Calls: share.Slots, LostFor: share.Lost})
	}
	found.All = all
	return found
}

// In is the same in words.
func (s CallShares) In(l wording.Language) string {
	var holders []string
	taken := 0
	for _, h := range s.Holders {
		text := l.Say("%s holds %d", h.Process, h.Calls)
		if h.LostFor > 0 {
			text = l.Say("%s held %d and is lost: they are free in %s", h.Process, h.Calls, h.LostFor.Round(time.Second))
		}
		holders = append(holders, text)
		taken += h.Calls
	}
	text := l.Say("all are free")
	if len(holders) > 0 {
		text = l.Say("%[1]d of %[2]d taken (%[3]s)", taken, s.All, strings.Join(holders, ", "))
	}
	if s.QuietFor > 0 {
		text += l.Say("; nobody gets more for %s, because the workflow was ended and started anew",
			s.QuietFor.Round(time.Second))
	}
	return text
}
