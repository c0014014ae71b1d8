package operate

import (
	"fmt"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// Judge finds what wants a person. Call it when Spools are filled in.
func (s *Status) Judge() {
	for _, a := range s.Accounts {
		s.judgeCauses(a)
	}
	for _, q := range s.Queues {
		if q.Workers == 0 {
			s.trouble("nobody works on queue "+q.Queue, "Start workers of that role; nothing is lost meanwhile.", "wechat-c4c doctor")
		}
	}
	for _, spool := range s.Spools {
		s.judgeSpool(spool)
	}
	for _, a := range s.Accounts {
		s.judgeSyncs(a)
	}
}

func (s *Status) judgeCauses(a AccountStatus) {
	for _, c := range a.Causes {
		s.trouble(fmt.Sprintf("%s stops account %s since %s; %s under it", c.Cause, a.Account, Age(s.At.Sub(c.Since)), plural(c.Waiting, "sync waits", "syncs wait")),
			c.Remedy, "wechat-c4c sync show "+quoteArgument(c.ID))
	}
	if a.Token.State == workflows.StateNeedsAttention {
		s.trouble("the access token of account "+a.Account+" is not renewed: "+a.Token.Cause,
			activities.CauseOf(a.Token.Cause).Remedy, "wechat-c4c sync show "+workflows.MaintainTokenID(a.Account))
	}
}

func (s *Status) judgeSpool(spool SpoolStatus) {
	switch {
	case spool.Full != "":
		s.trouble("the spool at "+spool.Address+" takes nothing more: "+spool.Full, "Make room on its disk, or bring Temporal back.", "wechat-c4c spool list")
	case spool.Refused > 0:
		s.trouble(fmt.Sprintf("Temporal refuses %s of the spool at %s", plural(spool.Refused, "event", "events"), spool.Address), "", "wechat-c4c spool list")
	}
}

// judgeSyncs tells of syncs under causes of their own: what waits under an open one was told with it.
func (s *Status) judgeSyncs(a AccountStatus) {
	alone := a.count(workflows.StateNeedsAttention)
	for _, c := range a.Causes {
		alone -= c.Waiting
	}
	list := "wechat-c4c sync list --account " + a.Account + " --state "
	if alone > 0 {
		s.trouble(plural(alone, "sync needs", "syncs need")+" attention in account "+a.Account+", each for a reason of its own", "", list+workflows.StateNeedsAttention)
	}
	if stuck := a.count(workflows.StateStuck); stuck > 0 {
		s.trouble(plural(stuck, "sync", "syncs")+" of account "+a.Account+" retrying for long", "", list+workflows.StateStuck)
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

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
