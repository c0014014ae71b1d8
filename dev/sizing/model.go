package sizing

import (
	"math"
	"time"

	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// Load is what an installation has to carry.
type Load struct {
	Followers int // who follow, and whose conversations are open
	Messages  int // of followers, a day
	Replies   int // of agents, a day
	Tickets   int // that messages open, a day
	Follows   int // a day
	Accounts  int // Official Accounts
	// Peak is the share of a day's acts in its busiest hour, from 0 to 1.
	Peak float64
	// Retention is how long Temporal keeps closed workflows.
	Retention time.Duration
	// Compare is how often replies are compared; 0: never.
	Compare time.Duration
	// Call is how long C4C takes for a call, and Cap how many calls it takes at once, over all accounts.
	Call time.Duration
	Cap  int
}

// acts returns how often each act happens in a day.
func (l Load) acts() map[string]float64 {
	tickets := min(l.Tickets, l.Messages)
	return map[string]float64{
		Follow: float64(l.Follows), FirstMessage: float64(tickets), Message: float64(l.Messages - tickets),
		Reply: float64(l.Replies),
	}
}

// Need is what a load requires.
type Need struct {
	ActionsMonth       float64 // of Temporal Cloud, in 30 days
	ActionsPeak        float64 // a second, in the busiest hour
	UpkeepActionsMonth float64 // of these, what the schedules cost
	ActiveGB           float64 // histories of open workflows, as Temporal Cloud counts them
	RetainedGB         float64 // histories of closed workflows
	DatabaseGB         float64 // PostgreSQL of a Temporal of one's own
	Cores              map[string]float64
	CacheMB            float64 // of active conversations, in the busiest hour
	C4CDay             float64 // calls
	C4CPeak            float64 // calls a second, in the busiest hour
	C4CMost            float64 // calls a second that the cap allows
	WeChatDay          float64 // calls
}

const (
	month = 30 * 24 * time.Hour
	day   = 24 * time.Hour
	// perSchedule are the actions of a schedule for each run, beside those of the run.
	perSchedule = 2
	// cachedKB is the memory of a conversation in the cache of a worker, in kB: the table of open conversations in
	// docs/deploy/sizing.md, which "make prove" measures with thousands of them.
	cachedKB = 80
	// tokenEvery is the cron of MaintainToken.
	tokenEvery = 10 * time.Minute
)

// Need calculates what a load requires.
func (f Figures) Need(l Load) Need {
	n := Need{Cores: map[string]float64{}, C4CMost: float64(l.Cap) / l.Call.Seconds()}
	// A conversation drops its history once its follower and the agent are quiet: after a follow, after the messages
	// about one matter, and after a reply.
	letGo := float64(l.Follows + l.Tickets + l.Replies)
	actions, kilobytes, database := letGo*f.LetGo.Actions, letGo*f.LetGo.KB, 0.0 // a day
	for _, name := range Acts {
		act, times := f.Acts[name], l.acts()[name]
		actions += times * act.Actions
		kilobytes += times * act.KB
		database += times * act.DatabaseKB
		n.C4CDay += times * act.C4CCalls
		n.WeChatDay += times * act.WeChatCalls
		for process, ms := range act.CPU {
			n.Cores[process] += times * l.Peak * ms / 1000 / time.Hour.Seconds()
		}
	}
	upkeep := f.upkeep(l)
	days := month.Hours() / day.Hours()
	n.UpkeepActionsMonth = upkeep.Actions * days
	n.ActionsMonth = actions*days + n.UpkeepActionsMonth
	n.ActionsPeak = actions*l.Peak/time.Hour.Seconds() + upkeep.Actions/day.Seconds()
	n.C4CPeak = n.C4CDay * l.Peak / time.Hour.Seconds()
	n.ActiveGB = float64(l.Followers) * f.Open.KB / 1e6
	kept := l.Retention.Hours() / day.Hours()
	n.RetainedGB = kept * (kilobytes + upkeep.KB) / 1e6
	// For the acts, the database's needs beside the histories were measured with them. An open conversation needs the
	// same again for its rows.
	share := database / max(kilobytes, 1)
	n.DatabaseGB = (kept*(database+share*upkeep.KB) + share*float64(l.Followers)*f.Open.KB) / 1e6
	n.CacheMB = float64(l.Messages) * l.Peak * cachedKB / 1000
	return n
}

// upkeep returns what the schedules cost in a day.
func (f Figures) upkeep(l Load) Run {
	every := map[string]time.Duration{workflows.TypeMaintainToken: tokenEvery, workflows.TypeReconcileReplies: l.Compare}
	var all Run
	for name, pause := range every {
		if pause <= 0 {
			continue
		}
		runs := float64(l.Accounts) * day.Seconds() / pause.Seconds()
		all.Events += runs * f.Upkeep[name].Events
		all.KB += runs * f.Upkeep[name].KB
		all.Actions += runs * (f.Upkeep[name].Actions + perSchedule)
	}
	return all
}

// Replicas returns how many of a process are needed in the busiest hour if each may use half a core; at least two, so
// that one may fail.
func (n Need) Replicas(process string) int {
	const most = 0.5
	return max(2, int(math.Ceil(n.Cores[process]/most)))
}
