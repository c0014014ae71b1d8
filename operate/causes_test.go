package operate

import (
	"bytes"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/converter"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/wording"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// What an operator reads of a week: sync list --type DeliverReply --state all --newer 7d --limit 1.
func TestListingSaysWhyRepliesDidNotArrive(t *testing.T) {
	t.Parallel()
	reply := func(state, cause, status string) Sync { return Sync{State: state, Cause: cause, Status: status} }
	const running, completed = "Running", "Completed"
	causes := countCauses(wording.English, []Sync{
		reply(workflows.StateHeld, activities.ErrorWeChatWindowClosed, running),
		reply(workflows.StateHeld, "", running),
		reply(workflows.StateSkipped, activities.ErrorReplyExpired, completed),
		reply(workflows.StateSkipped, activities.ErrorWeChatFollowerGone, completed),
		reply(workflows.StateSkipped, activities.ErrorWeChatFollowerGone, completed),
		reply(workflows.StateNeedsAttention, activities.ErrorWeChatRejected, running),
		reply(workflows.StateNeedsAttention, activities.ErrorWeChatRejected, "Terminated"),
		reply(workflows.StateSynced, "", completed),
		reply(workflows.StateSyncing, activities.ErrorWeChatWindowUsedUp, running),
	})
	var out bytes.Buffer
	require.NoError(t, Listing{Causes: causes, Matched: 9, Syncs: []Sync{{}}}.WriteTable(&out, time.Now()))
	meaning := func(cause string) string { return activities.CauseOf(cause).Meaning }
	require.Contains(t, out.String(), "\nWhy:\n"+
		"1  needs_attention  WeChatRejected      "+meaning(activities.ErrorWeChatRejected)+"\n"+
		"1  held             -                   \n"+
		"1  held             WeChatWindowClosed  "+meaning(activities.ErrorWeChatWindowClosed)+"\n"+
		"2  skipped          WeChatFollowerGone  "+meaning(activities.ErrorWeChatFollowerGone)+"\n"+
		"1  skipped          ReplyExpired        "+meaning(activities.ErrorReplyExpired)+"\n")
}

// A wait without an end in the history is not under way for ever: either another took its place, or the sync is
// closed.
func TestWaitsEndInTheTimeline(t *testing.T) {
	t.Parallel()
	told := func(status string) (results []string) {
		at := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
		tell := &timelineBuilder{o: &Operator{Now: func() time.Time { return at.Add(time.Minute) }},
			open: map[int64]int{1: 0, 2: 1, 3: 2, 4: 3}, steps: []Step{
				{At: at, Kind: kindTimer, title: "wait for a word", Result: underWay},
				{At: at, Kind: kindTimer, title: "wait for a word", Result: underWay},
				{At: at, Kind: kindTimer, title: "mark as stuck", Result: underWay},
				{At: at, Kind: kindActivity, title: "call", Result: underWay},
			}}
		tell.finishOpen(Sync{Status: status})
		for _, step := range tell.steps {
			results = append(results, step.Result)
		}
		return results
	}
	require.Equal(t, []string{"superseded", underWay, underWay, underWay}, told("Running"))
	require.Equal(t, []string{"over with the sync", "over with the sync", "over with the sync", "over with the sync"},
		told("Completed"))
}

// An answered probe has not found the end of its cause.
func TestTimelineSaysWhatAProbeFound(t *testing.T) {
	t.Parallel()
	converter := converter.GetDefaultDataConverter()
	for want, probe := range map[string]activities.Probe{
		"it takes calls": {OK: true}, "still C4CCredentials": {Type: activities.ErrorC4CCredentials},
	} {
		result, err := converter.ToPayloads(probe)
		require.NoError(t, err)
		done := &historypb.ActivityTaskCompletedEventAttributes{ScheduledEventId: 5, Result: result}
		b := &timelineBuilder{
			o: &Operator{DataConverter: converter}, open: map[int64]int{5: 0}, steps: []Step{{probe: true}},
		}
		require.Equal(t, want, b.activityResult(done))
		b.steps[0].probe = false
		require.Equal(t, "done", b.activityResult(done))
	}
}
