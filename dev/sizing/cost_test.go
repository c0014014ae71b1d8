package sizing

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// The sums are those of the examples on the pricing page.
func TestPricesAreReckonedAsTemporalDoes(t *testing.T) {
	t.Parallel()
	developer, business := Plans[0], Plans[1]
	usage, fee := business.Month(Need{ActionsMonth: (2.5 + 11.25) * 1e6})
	require.InDelta(t, 525, usage, 0.01, "5M at $50, 5M at $45, 1.25M at $40")
	require.InDelta(t, 500, fee, 0.01)
	usage, fee = business.Month(Need{ActiveGB: 2.5 + 720.0/744, RetainedGB: 100 + 3600.0/744})
	require.InDelta(t, 34.02, usage, 0.001, "720 GBh active, 3,600 GBh retained")
	require.InDelta(t, 500, fee, 0.01)
	_, fee = business.Month(Need{ActionsMonth: 202.5e6})
	require.InDelta(t, 250+225+400+1050+1500+2500, 10*fee, 0.01, "a tenth of the usage")
	usage, fee = business.Month(Need{ActionsMonth: 1e6, ActiveGB: 1, RetainedGB: 1})
	require.Zero(t, usage)
	require.InDelta(t, 500, fee, 0.01)

	usage, fee = developer.Month(Need{ActionsMonth: 12e6})
	require.InDelta(t, 600, usage, 0.01, "$50 a million, however many")
	require.InDelta(t, 60, fee, 0.01)
}

func TestWhatSchedulesCost(t *testing.T) {
	t.Parallel()
	upkeep := full().UpkeepTable() // 2 + 2 actions and 4 + 2 a run
	require.Contains(t, upkeep, "| `MaintainToken` | 10 minutes | 4,320 | 17,280 | 4 MB | $0.86 |")
	require.Contains(t, upkeep, "| `ReconcileReplies` | 5 minutes (default) | 8,640 | 51,840 | 9 MB | $2.59 |")
	require.Contains(t, upkeep, "| `ReconcileReplies` | 60 minutes | 720 | 4,320 | 1 MB | $0.22 |")
	require.Contains(t, full().CostTable(), "| follow | 6 | 11 kB | $0.30 |")
	require.Contains(t, full().CostTable(), "| message | 5 | 10 kB | $0.25 |", "others follow in its ticket")
}
