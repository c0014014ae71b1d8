package conversation

import (
	"slices"
	"time"
)

// Lane runs one sync after the other, in the order in which people wrote. Each sync, or message about to become one,
// is in exactly one place: it waits, has its turn, or is parked.
type Lane struct {
	// Waiting are the messages or replies whose sync is not started yet, in order.
	Waiting []Waiting `json:"waiting,omitempty"`
	// Turns are the started syncs that wait for their turn, in order: retried ones, and those started early to keep
	// their texts out of the state.
	Turns []WaitingSync `json:"turns,omitempty"`
	// Active is the sync whose turn it is.
	Active *Active `json:"active,omitempty"`
	// Parked are the syncs that let others pass, in the order in which they parked.
	Parked []Parked `json:"parked,omitempty"`
	// Ready is when the lane may begin something, in milliseconds since 1970.
	Ready int64 `json:"ready,omitempty"`
	// Early is how long the lane waits for parked syncs that belong before the next one; 0: it does not wait.
	Early int64 `json:"early,omitempty"`
	// Late delays the next sync while earlier messages may still arrive.
	Late Late `json:"late,omitzero"`
}

// Waiting is a message or a reply that waits for its sync to be started.
type Waiting struct {
	Order   Order    `json:"order"`
	At      int64    `json:"at"` // when it arrived, seconds since 1970
	Inbound *Inbound `json:"inbound,omitempty"`
	Reply   *Reply   `json:"reply,omitempty"`
	// Into is the reply that carried its text. Unknown is set if it is unknown whether that reply arrived.
	Into    string `json:"into,omitempty"`
	Unknown bool   `json:"unknown,omitempty"`
	// Alone is set if its text was carried by a reply that did not arrive as a whole: it is not merged again.
	Alone bool `json:"alone,omitempty"`
}

// WaitingSync is a sync that waits for its turn.
type WaitingSync struct {
	WorkflowID string `json:"id"`
	Order      Order  `json:"order"`
	At         int64  `json:"at"`              // when it began to wait, seconds since 1970
	Ask        int    `json:"ask,omitempty"`   // which of its waits this is
	Fresh      bool   `json:"fresh,omitempty"` // the sync has never been tried
	Key        string `json:"key,omitempty"`   // of a submission
	TicketID   string `json:"ticket_id,omitempty"`
	// Into and Unknown are as in Waiting: another reply carried its text after it was started early.
	Into    string `json:"into,omitempty"`
	Unknown bool   `json:"unknown,omitempty"`
	// Before is how the sync was parked before a person retried it; nil: it was not parked.
	Before *Parking `json:"before,omitempty"`
}

// Active is the sync whose turn it is.
type Active struct {
	WorkflowID string `json:"id"`
	Order      Order  `json:"order"`
	Since      int64  `json:"since"` // seconds since 1970
	// Openings is how often the reply window had been opened when the sync began.
	Openings int `json:"openings,omitempty"`
	// Reports is set if the sync reports its end: it was given a turn, or it was asked to.
	Reports bool `json:"reports,omitempty"`
	Stuck   bool `json:"stuck,omitempty"`
	Ask     int  `json:"ask,omitempty"`   // the sync's own wait that ended with its turn
	Asked   int  `json:"asked,omitempty"` // how often it was asked for its state

	Key      string `json:"key,omitempty"`      // of a submission
	Backfill string `json:"backfill,omitempty"` // the backfill run that waits for it
	TicketID string `json:"ticket_id,omitempty"`
	Author   string `json:"author,omitempty"` // of a reply
	Words    string `json:"words,omitempty"`  // how a reply begins, with its mark-up
	// With are the replies whose texts it carries.
	With []string `json:"with,omitempty"`
	// Into and Unknown are as in Waiting. They belong to its turn, which may have to be given again.
	Into    string `json:"into,omitempty"`
	Unknown bool   `json:"unknown,omitempty"`
	// Automatic is the automatic text that it delivers.
	Automatic *Automatic `json:"automatic,omitempty"`
	// Before is as in WaitingSync.
	Before *Parking `json:"before,omitempty"`
}

// idle reports whether the lane has nothing to do.
func (l *Lane) idle() bool { return l.Active == nil && len(l.Waiting)+len(l.Turns) == 0 }

// settle delays an idle lane, so that messages posted in parallel can all arrive.
func (l *Lane) settle(now time.Time, wait time.Duration) {
	if l.idle() && wait > 0 {
		l.Ready = max(l.Ready, now.Add(wait).UnixMilli())
	}
}

// unsurePause is how long a lane waits after a call with an unknown outcome. The call may still be under way, and the
// next one must not arrive before it.
const unsurePause = 15 * time.Second

// pauseUnsure makes the lane wait because the outcome of the last call is unknown.
func (l *Lane) pauseUnsure(now time.Time) { l.Ready = max(l.Ready, now.Add(unsurePause).UnixMilli()) }

// pauses reports whether the lane waits only for time.
func (l *Lane) pauses(now time.Time) bool { return now.UnixMilli() < l.Ready || l.Late.waits(now) }

// insert puts a message or reply in its place among the waiting ones.
func (l *Lane) insert(w Waiting) {
	at := place(l.Waiting, w.Order, func(w Waiting) Order { return w.Order })
	l.Waiting = slices.Insert(l.Waiting, at, w)
}

// take removes and returns the first waiting message or reply.
func (l *Lane) take() Waiting {
	first := l.Waiting[0]
	l.Waiting = slices.Delete(l.Waiting, 0, 1)
	return first
}

// addTurn puts a sync in its place among those that wait for their turn.
func (l *Lane) addTurn(w WaitingSync) {
	if at := l.turnIndex(w.WorkflowID); at >= 0 {
		l.Turns[at].Ask = w.Ask
		return
	}
	at := place(l.Turns, w.Order, func(t WaitingSync) Order { return t.Order })
	l.Turns = slices.Insert(l.Turns, at, w)
}

// takeTurn removes and returns a sync that waits for its turn.
func (l *Lane) takeTurn(at int) WaitingSync {
	turn := l.Turns[at]
	l.Turns = slices.Delete(l.Turns, at, at+1)
	return turn
}

// isActive reports whether it is this sync's turn.
func (l *Lane) isActive(id string) bool { return l.Active != nil && l.Active.WorkflowID == id }

// turnIndex is the position of a sync among those that wait for their turn; -1: it is not among them.
func (l *Lane) turnIndex(id string) int {
	return slices.IndexFunc(l.Turns, func(t WaitingSync) bool { return t.WorkflowID == id })
}

// dropTurn removes a sync from those that wait for their turn, and reports whether it was there.
func (l *Lane) dropTurn(id string) bool {
	at := l.turnIndex(id)
	if at >= 0 {
		l.Turns = slices.Delete(l.Turns, at, at+1)
	}
	return at >= 0
}

// keyOf is the key of a sync's submission; empty: the sync is not about a submission.
func (l *Lane) keyOf(id string) string {
	if l.isActive(id) {
		return l.Active.Key
	}
	if at := l.parkedIndex(id); at >= 0 {
		return l.Parked[at].Key
	}
	if at := l.turnIndex(id); at >= 0 {
		return l.Turns[at].Key
	}
	return ""
}

// has reports whether a sync is anywhere in the lane.
func (l *Lane) has(id string) bool {
	return l.isActive(id) || l.parkedIndex(id) >= 0 || l.turnIndex(id) >= 0
}

// forget removes a sync that is closed or goes another way, and reports whether it was in the lane.
func (l *Lane) forget(id string) bool {
	found := l.unpark(id)
	found = l.dropTurn(id) || found
	if l.isActive(id) {
		l.Active, found = nil, true
	}
	return found
}
