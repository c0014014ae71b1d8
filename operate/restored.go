package operate

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// Restored counts the replies that were open in the backup that Temporal was restored from.
type Restored struct {
	Account string       `json:"account"`
	Backup  time.Time    `json:"backup"`
	Matched int          `json:"matched"`
	Groups  []GroupCount `json:"groups"`
	DryRun  bool         `json:"dry_run"`
	Told    int          `json:"told"`   // took the signal
	Closed  int          `json:"closed"` // closed before the signal arrived
	Failed  int          `json:"failed"` // could not be signalled
}

// Doubt tells the replies of an account that were open when the backup was made that they may have arrived since
// then. They park under the cause RepliesInDoubt. Signals wait for workers, so Doubt may be called before the first
// worker runs. With dry it only counts the replies. The error reports that not all could be signalled; the answer is
// valid even then.
func (o *Operator) Doubt(
	ctx context.Context, account string, backup time.Time, dry bool, word workflows.Command,
) (Restored, error) {
	r := Restored{Account: account, Backup: backup.UTC(), DryRun: dry}
	replies := []string{workflows.TypeDeliverReply, workflows.TypeRouteReply}
	open, err := o.find(ctx, Filter{Account: account, Types: replies})
	if err != nil {
		return r, err
	}
	var doubted []Sync
	for _, sync := range open {
		if !sync.StartedAt.After(backup) {
			doubted = append(doubted, sync)
		}
	}
	r.Matched, r.Groups = len(doubted), countGroups(doubted)
	if dry {
		return r, nil
	}
	var first error
	for _, sync := range doubted {
		switch err := o.Temporal.SignalWorkflow(ctx, sync.ID, sync.RunID, workflows.SignalDoubt, word); {
		case err == nil:
			r.Told++
		case isNotFound(err):
			r.Closed++
		default:
			r.Failed++
			first = cmp.Or(first, err)
		}
	}
	o.audit(ctx, entry{
		Action: "reconcile restored", Actor: word.Actor, Reason: word.Reason,
		Query:  "account " + account + ", open replies started up to " + r.Backup.Format(time.RFC3339),
		Counts: map[string]int{"matched": r.Matched, "told": r.Told, "closed": r.Closed, "failed": r.Failed},
	})
	if first != nil {
		return r, fmt.Errorf("%d of %d replies could not be told, run it again: %w", r.Failed, r.Matched, first)
	}
	return r, nil
}
