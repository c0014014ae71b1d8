package sizing

import (
	"fmt"
	"time"

	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// List prices of Temporal Cloud in US dollars: https://docs.temporal.io/cloud/pricing, whose source is
// https://github.com/temporalio/documentation/blob/0217b7180e97a893b2f723981b8a0b299b24ed3a/docs/evaluate/cloud/pricing.mdx.
const (
	// PricesRead is the day on which the prices were read.
	PricesRead = "2026-11-29"

	firstMillion = 50.0 // of actions, on every plan
	activeHour   = 0.042
	retainedHour = 0.00105
	hoursMonth   = 744 // of a GB in a month, as Temporal calculates its allowances
)

// tiers are the prices of a million actions on the plan Business, up to a number of millions a month. Beyond the last
// tier, ask its sales department.
var tiers = []struct{ upTo, price float64 }{{5, firstMillion}, {10, 45}, {20, 40}, {50, 35}, {100, 30}, {200, 25}}

// Plan is a Temporal Cloud plan with a list price.
type Plan struct {
	Name string
	// Least is the monthly fee, or a tenth of the usage if that is more.
	Least float64
	// Actions in millions, ActiveGB and RetainedGB are included.
	Actions, ActiveGB, RetainedGB float64
	// Tiered reports whether large numbers of actions cost less.
	Tiered bool
}

// Plans lists all plans.
var Plans = []Plan{
	{Name: "Developer"},
	{Name: "Business", Least: 500, Actions: 2.5, ActiveGB: 2.5, RetainedGB: 100, Tiered: true},
}

// Month returns the cost of a month of 30 days: the usage beyond what the plan includes, and the fee.
func (p Plan) Month(n Need) (usage, fee float64) {
	usage = p.actions(max(0, n.ActionsMonth/1e6-p.Actions)) +
		max(0, n.ActiveGB-p.ActiveGB)*hoursMonth*activeHour + max(0, n.RetainedGB-p.RetainedGB)*hoursMonth*retainedHour
	return usage, max(p.Least, usage/10)
}

func (p Plan) actions(millions float64) (price float64) {
	if !p.Tiered {
		return millions * firstMillion
	}
	from := 0.0
	for _, tier := range tiers {
		price += max(0, min(millions, tier.upTo)-from) * tier.price
		from = tier.upTo
	}
	return price + max(0, millions-from)*tiers[len(tiers)-1].price
}

// PricesText describes the prices and their source.
func PricesText() string {
	return fmt.Sprintf("At the list prices of [its page](https://docs.temporal.io/cloud/pricing) as read on %s: $%.0f for "+
		"a million actions, less on the plan Business from %.0f million a month on; $%.3f for a GB of open workflows an hour, "+
		"$%.5f of closed ones. Look there before you decide; `dev/sizing/cost.go` has the prices.", PricesRead, firstMillion,
		tiers[0].upTo, activeHour, retainedHour)
}

// CostTable shows the cost of acts.
func (f Figures) CostTable() string {
	var rows [][]string
	row := func(name string, actions, kilobytes float64) {
		rows = append(rows, []string{
			name, decimal(actions), decimal(kilobytes) + " kB", fmt.Sprintf("$%.2f", actions*1000*firstMillion/1e6),
		})
	}
	for _, name := range Acts {
		act, closing := f.Acts[name], f.LetGo
		if name == Message {
			closing = Run{} // it is not the last one in its ticket
		}
		row(name, act.Actions+closing.Actions, act.KB+closing.KB)
	}
	return table([]string{"one", "actions", "history", "a thousand of them"}, rows)
}

// UpkeepTable shows the monthly cost of an account's schedules, which does not depend on messages.
func (f Figures) UpkeepTable() string {
	var rows [][]string
	for _, schedule := range []struct {
		name, note string
		every      time.Duration
	}{
		{workflows.TypeMaintainToken, "", tokenEvery},
		{workflows.TypeReconcileReplies, " (default)", 5 * time.Minute},
		{workflows.TypeReconcileReplies, "", 15 * time.Minute},
		{workflows.TypeReconcileReplies, "", time.Hour},
	} {
		run, runs := f.Upkeep[schedule.name], month.Minutes()/schedule.every.Minutes()
		actions := runs * (run.Actions + perSchedule)
		rows = append(rows, []string{
			"`" + schedule.name + "`", fmt.Sprintf("%.0f minutes%s", schedule.every.Minutes(), schedule.note),
			whole(int(runs + 0.5)), whole(int(actions + 0.5)), fmt.Sprintf("%.0f MB", runs*run.KB/1e3),
			fmt.Sprintf("$%.2f", actions*firstMillion/1e6),
		})
	}
	return table([]string{"schedule", "every", "runs", "actions", "history", "costs"}, rows)
}

// BillTable shows the monthly cost of a load on each plan.
func (f Figures) BillTable(l Load) string {
	var rows [][]string
	n := f.Need(l)
	for _, plan := range Plans {
		usage, fee := plan.Month(n)
		rows = append(rows, []string{plan.Name, dollars(usage), dollars(fee), dollars(usage + fee)})
	}
	return table([]string{"plan", "actions and storage beyond what it includes", "fee", "together"}, rows)
}

func dollars(amount float64) string { return "$" + whole(int(amount+0.5)) }
