package conversation

import (
	"slices"
	"time"
)

// Lane runs one sync after the other, in the order in which people wrote. What it holds stands in exactly one of its
// places: a sync or what becomes one waits, has its turn, or is parked.
type Lane struct {
	// Waiting is what no sync was started for yet, in order.
	Waiting []Waiting `json:"waiting,omitempty"`
	// Turns are the started syncs that wait for their turn, in order: those that are tried again, and those that were
	// started early so that their texts do not weigh on the state.
	Turns []WaitingSync `json:"turns,omitempty"`
	// Active is the sync whose turn it is.
	Active *Active `json:"active,omitempty"`
	// Parked are the syncs that let others pass, in the order in which they parked.
	Parked []Parked `json:"parked,omitempty"`
	// Ready is when the lane may begin something, in milliseconds since 1970.
	Ready int64 `json:"ready,omitempty"`
	// Early is until when the lane waits for parked syncs that belong before the next one; 0: it does not.
	Early int64 `json:"early,omitempty"`
	// Late keeps the lane from beginning what may not be the next one.
	Late Late `json:"late,omitzero"`
}

// Waiting is a message or a reply that waits for its sync to be started.
type Waiting struct {
	Order   Order    `json:"order"`
	At      int64    `json:"at"` // when it was taken, seconds since 1970
	Inbound *Inbound `json:"inbound,omitempty"`
	Reply   *Reply   `json:"reply,omitempty"`
	// Into is the reply that its text went out with; Unknown is set where nobody knows whether that one arrived.
	Into    string `json:"into,omitempty"`
	Unknown bool   `json:"unknown,omitempty"`
	// Alone is set where its text went with one that did not arrive as a whole: it is not merged again.
	Alone bool `json:"alone,omitempty"`
}

// WaitingSync is a sync that waits for its turn.
type WaitingSync struct {
	WorkflowID string `json:"id"`
	Order      Order  `json:"order"`
	At         int64  `json:"at"`              // when it began to wait, seconds since 1970
	Ask        int    `json:"ask,omitempty"`   // which of its waits it is
	Fresh      bool   `json:"fresh,omitempty"` // it has never been tried
	Key        string `json:"key,omitempty"`   // of a submission
	TicketID   string `json:"ticket_id,omitempty"`
	// Into and Unknown are as in Waiting: its text went out with another's after it was started early.
	Into    string `json:"into,omitempty"`
	Unknown bool   `json:"unknown,omitempty"`
	// Before is how it was parked before somebody had it tried again; nil: it was not.
	Before *Parking `json:"before,omitempty"`
}

// Active is the sync whose turn it is.
type Active struct {
	WorkflowID string `json:"id"`
	Order      Order  `json:"order"`
	Since      int64  `json:"since"` // seconds since 1970
	// Openings are those of the reply window when it began.
	Openings int `json:"openings,omitempty"`
	// Reports is set where its end comes by a report: it was given a turn, or it was asked to.
	Reports bool `json:"reports,omitempty"`
	Stuck   bool `json:"stuck,omitempty"`
	Ask     int  `json:"ask,omitempty"`   // the wait of its own that its turn has ended
	Asked   int  `json:"asked,omitempty"` // how often it was asked where it is

	Key      string `json:"key,omitempty"`      // of a submission
	Backfill string `json:"backfill,omitempty"` // the run of the backfill that waits for it
	TicketID string `json:"ticket_id,omitempty"`
	Author   string `json:"author,omitempty"` // of a reply
	Words    string `json:"words,omitempty"`  // how a reply begins, with its mark-up
	// With are the replies whose texts it carries.
	With []string `json:"with,omitempty"`
	// Automatic is the text of ours that it delivers.
	Automatic *Automatic `json:"automatic,omitempty"`
	// Before is as in WaitingSync.
	Before *Parking `json:"before,omitempty"`
}

// idle reports whether the lane has nothing to do.
func (l *Lane) idle() bool { return l.Active == nil && len(l.Waiting)+len(l.Turns) == 0 }

// settle lets what comes side by side arrive, where the lane has been idle.
func (l *Lane) settle(now time.Time, wait time.Duration) {
	if l.idle() && wait > 0 {
		l.Ready = max(l.Ready, now.Add(wait).UnixMilli())
	}
}

// unsurePause is how long a lane waits after a call whose outcome is unknown: it may still be under way, and the next
// one must not arrive before it.
const unsurePause = 15 * time.Second

// unsure notes that the outcome of the last call is unknown.
func (l *Lane) unsure(now time.Time) { l.Ready = max(l.Ready, now.Add(unsurePause).UnixMilli()) }

// pauses reports whether time alone keeps the lane from beginning anything.
func (l *Lane) pauses(now time.Time) bool { return now.UnixMilli() < l.Ready || l.Late.waits(now) }

// insert puts something in its place among what waits.
func (l *Lane) insert(w Waiting) {
	at := place(l.Waiting, w.Order, func(w Waiting) Order { return w.Order })
	l.Waiting = slices.Insert(l.Waiting, at, w)
}

// take removes the first of what waits.
func (l *Lane) take() Waiting {
	first := l.Waiting[0]
	l.Waiting = slices.Delete(l.Waiting, 0, 1)
	return first
}

// want notes that a sync waits for its turn.
func (l *Lane) want(w WaitingSync) {
	if at := l.turn(w.WorkflowID); at >= 0 {
		l.Turns[at].Ask = w.Ask
		return
	}
	at := place(l.Turns, w.Order, func(t WaitingSync) Order { return t.Order })
	l.Turns = slices.Insert(l.Turns, at, w)
}

// takeTurn removes one of those that wait for their turn.
func (l *Lane) takeTurn(at int) WaitingSync {
	turn := l.Turns[at]
	l.Turns = slices.Delete(l.Turns, at, at+1)
	return turn
}

// isActive reports whether it is this sync's turn.
func (l *Lane) isActive(id string) bool { return l.Active != nil && l.Active.WorkflowID == id }

// turn is the place of a sync among those that wait for their turn; -1: it has none.
func (l *Lane) turn(id string) int {
	return slices.IndexFunc(l.Turns, func(t WaitingSync) bool { return t.WorkflowID == id })
}

// dropTurn forgets that a sync waits for its turn, and reports whether it did.
func (l *Lane) dropTurn(id string) bool {
	at := l.turn(id)
	if at >= 0 {
		l.Turns = slices.Delete(l.Turns, at, at+1)
	}
	return at >= 0
}

// keyOf is the key of the submission that a sync is about; empty: it is about none.
func (l *Lane) keyOf(id string) string {
	if l.isActive(id) {
		return l.Active.Key
	}
	if at := l.parked(id); at >= 0 {
		return l.Parked[at].Key
	}
	if at := l.turn(id); at >= 0 {
		return l.Turns[at].Key
	}
	return ""
}

// has reports whether a sync stands anywhere in the lane.
func (l *Lane) has(id string) bool {
	return l.isActive(id) || l.parked(id) >= 0 || l.turn(id) >= 0
}

// forget drops a sync that is closed or goes another way, and reports whether it stood anywhere in the lane.
func (l *Lane) forget(id string) bool {
	found := l.unpark(id)
	found = l.dropTurn(id) || found
	if l.isActive(id) {
		l.Active, found = nil, true
	}
	return found
}
