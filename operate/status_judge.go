package operate

import (
	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/wording"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// Judge finds what needs a person. Call it after Spools is filled in.
func (s *Status) Judge() {
	for _, a := range s.Accounts {
		s.judgeCauses(a)
	}
	for _, q := range s.Queues {
		if q.Workers == 0 {
			s.trouble(s.Language.Say("nobody works on queue %s", q.Queue),
				s.Language.Say("Start workers of that role; nothing is lost meanwhile."), "wechat-c4c doctor")
		}
	}
	for _, spool := range s.Spools {
		s.judgeSpool(spool)
	}
	for _, a := range s.Accounts {
		s.judgeSyncs(a)
	}
	for _, a := range s.Accounts {
		if year := a.HolidaysMissing; year != 0 {
			s.trouble(s.Language.Say("account %s does not know the public holidays of %d: on each of them followers will read "+
				"that somebody is there", a.Account, year), s.Language.Say("Take a release that has the holidays of %d, or name "+
				"them yourself in WECHAT_C4C_HOURS_HOLIDAYS and WECHAT_C4C_HOURS_WORKDAYS.", year), "wechat-c4c doctor")
		}
	}
}

func (s *Status) judgeCauses(a AccountStatus) {
	for _, c := range a.Causes {
		s.trouble(s.Language.Say("%s stops account %s since %s; %s under it", c.Cause, a.Account, Age(s.At.Sub(c.Since)),
			plural(s.Language, c.Waiting, "sync waits", "syncs wait")),
			c.Remedy, "wechat-c4c sync show "+quoteArgument(c.ID))
	}
	if a.Token.State == workflows.StateNeedsAttention {
		s.trouble(s.Language.Say("the access token of account %s is not renewed: %s", a.Account, a.Token.Cause),
			activities.CauseOf(a.Token.Cause).In(s.Language).Remedy, "wechat-c4c sync show "+
				workflows.MaintainTokenID(a.Account))
	}
}

func (s *Status) judgeSpool(spool SpoolStatus) {
	switch {
	case spool.Full != "":
		s.trouble(s.Language.Say("the spool at %s takes nothing more: %s", spool.Address, spool.Full),
			s.Language.Say("Make room on its disk, or bring Temporal back."), "wechat-c4c spool list")
	case spool.Refused > 0:
		s.trouble(s.Language.Say("Temporal refuses %s of the spool at %s",
			plural(s.Language, spool.Refused, "event", "events"),
			spool.Address), "", "wechat-c4c spool list")
	}
}

// judgeSyncs reports syncs under causes of their own. Those that wait under an open cause were reported with it.
func (s *Status) judgeSyncs(a AccountStatus) {
	alone := a.count(workflows.StateNeedsAttention)
	for _, c := range a.Causes {
		alone -= c.Waiting
	}
	list := "wechat-c4c sync list --account " + a.Account + " --state "
	if alone > 0 {
		s.trouble(s.Language.Say("%s in account %s, each for a reason of its own",
			plural(s.Language, alone, "sync needs attention", "syncs need attention"), a.Account), "",
			list+workflows.StateNeedsAttention)
	}
	if stuck := a.count(workflows.StateStuck); stuck > 0 {
		s.trouble(s.Language.Say("%s of account %s retrying for long", plural(s.Language, stuck, "sync", "syncs"), a.Account),
			"", list+workflows.StateStuck)
	}
}

func (s *Status) trouble(what, remedy, command string) {
	s.Trouble = append(s.Trouble, Trouble{What: what, Remedy: remedy, Command: command})
}

func (a AccountStatus) count(state string) int {
	for _, c := range a.States {
		if c.State == state {
			return c.Count
		}
	}
	return 0
}

func plural(l wording.Language, n int, one, many string) string {
	if n == 1 {
		return l.Say("%d "+one, n)
	}
	return l.Say("%d "+many, n)
}
