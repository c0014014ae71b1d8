package operate

import (
	"strings"
	"time"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/wording"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// How long something may take before a person should know of it.
const (
	tokenWithin = 30 * time.Minute // since the last check of a token; one is due every ten minutes
	checkWithin = 5 * time.Minute  // for one check of a token
	spoolWithin = time.Minute      // in a spool
)

// Judge finds what needs a person. Call it after Spools is filled in.
func (s *Status) Judge() {
	if s.Away != "" {
		s.trouble(s.Language.Say("Temporal cannot be asked, so only spools are known"), s.Away, "wechat-c4c doctor")
	}
	for _, a := range s.Accounts {
		s.judgeCauses(a)
	}
	s.judgeQueues()
	for _, spool := range s.Spools {
		s.judgeSpool(spool)
	}
	for _, a := range s.Accounts {
		s.judgeToken(a)
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
}

// roles are the workers' roles by the queues that they poll.
var roles = map[string]string{
	workflows.TaskQueue: "workflows", workflows.QueueWeChat: "wechat", workflows.QueueC4C: "c4c",
	workflows.QueuePage: "c4c", workflows.QueueFiles: "c4c",
}

// judgeQueues reports once for each role that nobody works on its queues.
func (s *Status) judgeQueues() {
	var missing []string
	without := map[string][]string{}
	for _, q := range s.Queues {
		if q.Workers > 0 {
			continue
		}
		role := roles[q.Queue]
		if without[role] == nil {
			missing = append(missing, role)
		}
		without[role] = append(without[role], q.Queue)
	}
	for _, role := range missing {
		s.trouble(s.Language.Say("nobody works on queue %s", strings.Join(without[role], ", ")),
			s.Language.Say("Start workers of the role %s (wechat-c4c worker --role %[1]s). Nothing is lost meanwhile.", role),
			"wechat-c4c doctor")
	}
}

func (s *Status) judgeToken(a AccountStatus) {
	start := s.Language.Say("Start the workers of the roles workflows and wechat: they check it every ten minutes.")
	t := a.Token
	show := "wechat-c4c sync show " + quoteArgument(t.ID)
	switch {
	case t.State == workflows.StateNeedsAttention:
		s.trouble(s.Language.Say("the access token of account %s is not renewed: %s", a.Account, t.Cause),
			activities.CauseOf(t.Cause).In(s.Language).Remedy, show)
	case t.State == "":
		s.trouble(s.Language.Say("the access token of account %s was never checked", a.Account), start, "wechat-c4c doctor")
	case t.State == workflows.StateSyncing && t.age(s.At) > checkWithin:
		s.trouble(s.Language.Say("the check of the access token of account %s has not ended for %s", a.Account,
			Age(t.age(s.At))), start, show)
	case t.ended() && t.age(s.At) > tokenWithin:
		s.trouble(s.Language.Say("the access token of account %s was last checked %s ago", a.Account,
			Age(t.age(s.At))), start, "wechat-c4c doctor")
	}
}

func (s *Status) judgeSpool(spool SpoolStatus) {
	switch {
	case spool.Note != "" && spool.Wanted:
		s.trouble(s.Language.Say("no api with a spool answers at %s", spool.Address),
			s.Language.Say("Start it, or correct --api."), "wechat-c4c doctor")
	case spool.Full != "":
		s.trouble(s.Language.Say("the spool at %s takes nothing more: %s", spool.Address, spool.Full),
			s.Language.Say("Make room on its disk, or bring Temporal back."), "wechat-c4c spool list")
	case spool.Refused > 0:
		s.trouble(s.Language.Say("Temporal refuses %s of the spool at %s",
			plural(s.Language, spool.Refused, "event", "events"), spool.Address),
			s.Language.Say("The list says why. Repair that, then wechat-c4c spool drain tries once more."),
			"wechat-c4c spool list")
	case spool.Oldest != nil && s.At.Sub(*spool.Oldest) > spoolWithin:
		s.trouble(s.Language.Say("%s in the spool at %s, the oldest for %s",
			plural(s.Language, spool.Waiting, "event waits", "events wait"), spool.Address, Age(s.At.Sub(*spool.Oldest))),
			s.Language.Say("Bring Temporal back, or the api's way to it: the spool is then handed over automatically. "+
				"Nothing is lost meanwhile."), "wechat-c4c spool list")
	}
}

// judgeSyncs reports syncs under causes of their own. Those that wait under an open cause were reported with it.
func (s *Status) judgeSyncs(a AccountStatus) {
	list := "wechat-c4c sync list --account " + a.Account
	for _, c := range a.Parked {
		command := list
		if c.Cause != "" {
			command += " --cause " + c.Cause
		}
		s.trouble(s.Language.Say("%s in account %s: %s: %s",
			plural(s.Language, c.Count, "sync needs attention", "syncs need attention"), a.Account, dash(c.Cause),
			c.Meaning),
			c.Remedy, command)
	}
	switch stuck := a.count(workflows.StateStuck); {
	case a.Retrying != nil:
		r := a.Retrying
		s.trouble(s.Language.Say("%s: a sync of account %s has been retrying for %s, and %d are stuck: %s", r.Cause, a.Account,
			Age(s.At.Sub(r.Since)), stuck, r.Meaning), r.Remedy, "wechat-c4c sync show "+quoteArgument(r.ID))
	case stuck > 0:
		s.trouble(s.Language.Say("%s of account %s retrying for long", plural(s.Language, stuck, "sync", "syncs"), a.Account),
			s.Language.Say("See what the oldest of them meets: wechat-c4c sync show <id>"), list+" --state "+workflows.StateStuck)
	}
}

func (s *Status) trouble(what, remedy, command string) {
	s.Trouble = append(s.Trouble, Trouble{What: what, Remedy: remedy, Command: command})
}

// ended reports whether the last check has ended.
func (t TokenStatus) ended() bool {
	return t.State == workflows.StateSynced || t.State == workflows.StateSkipped
}

// age is the time since the last check ended, or since the present one began.
func (t TokenStatus) age(now time.Time) time.Duration {
	if t.At == nil {
		return 0
	}
	return now.Sub(*t.At)
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
