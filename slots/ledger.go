package slots

import (
	"slices"
	"time"
)

const (
	// LongestLease is how long a lease may be that a process asks for.
	LongestLease = 15 * time.Second
	// ClocksDiffer is how far the clocks of Temporal's own hosts may be apart. Those of the processes do not matter: a
	// process measures how much time has passed since it asked.
	ClocksDiffer = 500 * time.Millisecond
	// ShortestRoom is the least time that the calls of a lost process are given to end.
	ShortestRoom = 500 * time.Millisecond
	// manyCalls is how many calls tell how long a call takes.
	manyCalls = 20
	// turn is how long a process keeps its slots where there are more processes than slots.
	turn = 10 * time.Second
)

// Ask is what a process says of itself. It is the latest word: what an earlier one said no longer holds, whether it was
// answered or not.
type Ask struct {
	// Process names the process, and no other that ever was.
	Process string `json:"process"`
	// Number rises from one ask of the process to the next. One that comes late changes nothing.
	Number int64 `json:"number"`
	// Cap is how many calls may be under way at once by the process's settings. Where processes differ, the least counts.
	Cap int `json:"cap"`
	// Keeps is how many calls the process may have under way from now on without an answer: those that are, and those
	// that the lease it has lets it begin.
	Keeps int `json:"keeps,omitempty"`
	// KeepsPages is how many of them are reads of the page, or may be.
	KeepsPages int `json:"keeps_pages,omitempty"`
	// Held is the number of the ask whose answer gave it the lease that it has; 0: it has none.
	Held int64 `json:"held,omitempty"`
	// Over reports that its lease has ended: what it keeps are calls that the lease let it begin.
	Over bool `json:"over,omitempty"`
	// Wants is how many it could use. A process that neither wants nor keeps any gives its slots back.
	Wants int `json:"wants,omitempty"`
	// Lease is for how long it asks, at most [LongestLease].
	Lease time.Duration `json:"lease"`
	// CallTime is the longest time that a call may take by the process's settings.
	CallTime time.Duration `json:"call_time"`
	// Longest is how long the longest of its calls took lately, or has taken so far, and Ended how many have ended.
	Longest time.Duration `json:"longest,omitempty"`
	Ended   int           `json:"ended,omitempty"`
}

// Answer is what a process may do for as long as it asked for, counted from when it asked.
type Answer struct {
	// Slots is how many calls it may begin, those under way included. Where more are under way it begins none.
	Slots int `json:"slots"`
	// Pages is how many of them may be reads of the page.
	Pages int `json:"pages,omitempty"`
	// Room is how long its calls may go on when the lease has ended.
	Room time.Duration `json:"room,omitempty"`
	// More reports that it gets more as soon as others have given them up.
	More bool `json:"more,omitempty"`
	// Late reports that the ask came after a later one, and changed nothing.
	Late bool `json:"late,omitempty"`
}

// Holder is what the ledger knows of a process.
type Holder struct {
	Process string `json:"process"`
	Number  int64  `json:"number"`
	Cap     int    `json:"cap"`
	Wants   int    `json:"wants,omitempty"`
	// Slots is how many calls the process may have under way, as far as anybody can know.
	Slots int `json:"slots,omitempty"`
	// Pages is how many of them may be reads of the page.
	Pages int `json:"pages,omitempty"`
	// Until is when its lease has ended for certain.
	Until time.Time `json:"until"`
	// Room is how much later its last call has ended.
	Room     time.Duration `json:"room"`
	CallTime time.Duration `json:"call_time"`
	Longest  time.Duration `json:"longest,omitempty"`
	Ended    int           `json:"ended,omitempty"`
}

// Former is a process that has given its slots back, or whose lease, and all that it let the process begin, has ended.
type Former struct {
	Process string `json:"process"`
	Number  int64  `json:"number"` // of the last ask that was heard
}

// maxFormer bounds the former holders that a ledger remembers.
const maxFormer = 50

// Ledger knows which process has how many slots. The zero value has given none away.
type Ledger struct {
	Holders []Holder `json:"holders,omitempty"` // in the order in which they came
	// Former are processes that have no slots any more, the latest last.
	Former []Former `json:"former,omitempty"`
	// QuietUntil is until when nobody gets more than they have: the ledger may not know of all leases.
	QuietUntil time.Time `json:"quiet_until,omitzero"`
}

// Quiet has nobody get more than they have until whatever an earlier ledger gave away has ended.
func (l *Ledger) Quiet(now time.Time, callTime time.Duration) {
	if until := now.Add(LongestLease + ClocksDiffer + callTime); until.After(l.QuietUntil) {
		l.QuietUntil = until
	}
}

// Step takes what a process says at a time, and answers it.
func (l *Ledger) Step(now time.Time, ask Ask) Answer {
	l.forget(now)
	i := slices.IndexFunc(l.Holders, func(h Holder) bool { return h.Process == ask.Process })
	known, heard := 0, l.heard(ask.Process)
	if heard > 0 && ask.Number <= heard {
		return Answer{Late: true}
	}
	if i >= 0 {
		known = l.Holders[i].Slots
	}
	// An ask that is heard late keeps what it had when it was made: the lease of that has ended for this ledger.
	isFormer := i < 0 && heard > 0 && ask.Held <= heard
	if ask.Keeps > known && !ask.Over && !isFormer { // somebody gave it those, and it was not this ledger
		l.Quiet(now, ask.CallTime)
	}
	if ask.Keeps <= 0 && ask.Wants <= 0 {
		if i >= 0 {
			l.former(ask.Process, ask.Number)
			l.Holders = slices.Delete(l.Holders, i, i+1)
		}
		return Answer{}
	}
	if i < 0 {
		i, l.Holders = len(l.Holders), append(l.Holders, Holder{Process: ask.Process})
		l.Former = slices.DeleteFunc(l.Former, func(f Former) bool { return f.Process == ask.Process })
	}
	h := &l.Holders[i]
	h.Number, h.Cap, h.Wants, h.Slots = ask.Number, max(ask.Cap, 1), max(ask.Wants, 0), max(ask.Keeps, 0)
	h.Pages = max(ask.KeepsPages, 0)
	h.CallTime, h.Longest, h.Ended = ask.CallTime, ask.Longest, ask.Ended
	h.Until = now.Add(min(max(ask.Lease, 0), LongestLease) + ClocksDiffer)
	return l.answer(now, h)
}

// answer gives the process its share, or as much of it as is free.
func (l *Ledger) answer(now time.Time, h *Holder) Answer {
	share, sharePages := l.share(now, h.Process)
	gets := share
	if share > h.Slots {
		gets = h.Slots
		if !now.Before(l.QuietUntil) {
			gets += min(share-h.Slots, max(l.allowed(now)-l.taken(), 0))
		}
	}
	// It may have calls under way that it was not given: that is no right to begin others instead.
	gets = min(gets, max(l.allowed(now)-(l.taken()-h.Slots), 0))
	h.Slots = max(h.Slots, gets)
	sharePages = min(sharePages, gets)
	pages := min(sharePages, l.freePages(now, *h))
	h.Pages = max(h.Pages, pages)
	h.Room = l.room()
	return Answer{Slots: gets, Pages: pages, Room: h.Room, More: gets < share || pages < sharePages}
}

// freePages is how many reads of the page a process may have under way beside those that others may have.
func (l *Ledger) freePages(now time.Time, of Holder) int {
	if now.Before(l.QuietUntil) {
		return of.Pages
	}
	free := PagesOf(l.allowed(now))
	for _, h := range l.Holders {
		if h.Process != of.Process {
			free -= h.Pages
		}
	}
	return max(free, 0)
}

// forget frees what was given to processes whose calls have all ended.
func (l *Ledger) forget(now time.Time) {
	room := l.room()
	l.Holders = slices.DeleteFunc(l.Holders, func(h Holder) bool {
		over := now.After(h.Until.Add(max(h.Room, room)))
		if over {
			l.former(h.Process, h.Number)
		}
		return over
	})
}

// former remembers a process that has no slots any more.
func (l *Ledger) former(process string, number int64) {
	l.Former = append(l.Former, Former{Process: process, Number: number})
	l.Former = slices.Delete(l.Former, 0, max(len(l.Former)-maxFormer, 0))
}

// heard is the number of the last ask of a process; 0: the ledger knows of none.
func (l *Ledger) heard(process string) int64 {
	for _, h := range l.Holders {
		if h.Process == process {
			return h.Number
		}
	}
	for _, f := range l.Former {
		if f.Process == process {
			return f.Number
		}
	}
	return 0
}

// room is how long a call may still be under way that nobody can ask about. It is twice as long as the longest of all
// calls lately, those under way included: where C4C takes its time it does so for all. While too few calls are known it
// is as long as the settings let a call take.
func (l *Ledger) room() time.Duration {
	var longest, most time.Duration
	ended := 0
	for _, h := range l.Holders {
		longest, most, ended = max(longest, h.Longest), max(most, h.CallTime), ended+h.Ended
	}
	if ended < manyCalls {
		return max(most, longest)
	}
	return max(min(2*longest, max(most, longest)), ShortestRoom)
}

// allowed is how many calls may be under way at once.
func (l *Ledger) allowed(now time.Time) int {
	least := 0
	for _, h := range l.Holders {
		if !now.After(h.Until) && (least == 0 || h.Cap < least) {
			least = h.Cap
		}
	}
	return least
}

// taken is how many are given away.
func (l *Ledger) taken() int {
	n := 0
	for _, h := range l.Holders {
		n += h.Slots
	}
	return n
}

// share is what a process has a right to: as much as every other that wants as much, and what those leave who want
// less. Where there are more processes than slots they take turns. Pages are shared likewise.
func (l *Ledger) share(now time.Time, process string) (all, pages int) {
	wants := map[string]int{}
	var order []string
	for _, h := range l.Holders {
		if h.Wants > 0 && !now.After(h.Until) {
			order, wants[h.Process] = append(order, h.Process), h.Wants
		}
	}
	whole := l.allowed(now)
	if n := len(order); n > whole {
		first := int(now.Unix()/int64(turn.Seconds())) % n
		order = append(order[first:n:n], order[:first]...)
	}
	return divide(whole, order, wants)[process], divide(PagesOf(whole), order, wants)[process]
}

// divide hands out one after the other, in turn, to those who want more.
func divide(whole int, order []string, wants map[string]int) map[string]int {
	shares := map[string]int{}
	for given := true; given && whole > 0; {
		given = false
		for _, process := range order {
			if whole > 0 && shares[process] < wants[process] {
				shares[process]++
				whole--
				given = true
			}
		}
	}
	return shares
}

// PagesOf is how many of so many slots may be reads of the page: three of eight. Syncs have the others for themselves,
// but where there is only one.
func PagesOf(whole int) int { return max(1, whole*3/8) }
