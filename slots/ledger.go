package slots

import (
	"slices"
	"time"
)

const (
	// LongestLease is the longest lease that a process may ask for.
	LongestLease = 15 * time.Second
	// ClocksDiffer is how far apart the clocks of Temporal's own hosts may be. The processes' clocks do not matter: a
	// process measures how much time has passed since it asked.
	ClocksDiffer = 500 * time.Millisecond
	// ShortestRoom is the least time that the calls of a lost process get to finish.
	ShortestRoom = 500 * time.Millisecond
	// manyCalls is how many calls are enough to estimate how long a call takes.
	manyCalls = 20
	// turn is how long a process keeps its slots when there are more processes than slots.
	turn = 10 * time.Second
)

// Ask is what a process reports and requests. Each ask replaces the process's earlier ones, answered or not.
type Ask struct {
	// Process identifies the process. No other process ever has the same name.
	Process string `json:"process"`
	// Number rises from one ask of the process to the next. An ask that arrives after a later one changes nothing.
	Number int64 `json:"number"`
	// Cap is how many calls may be under way at once by the process's settings. If processes differ, the lowest cap
	// counts.
	Cap int `json:"cap"`
	// Keeps is how many calls the process may have under way from now on without an answer: the running ones, and those
	// that its current lease still lets it begin.
	Keeps int `json:"keeps,omitempty"`
	// KeepsPages is how many of those calls are, or may be, reads of the page.
	KeepsPages int `json:"keeps_pages,omitempty"`
	// Held is the number of the ask that brought the current lease; 0: the process has no lease.
	Held int64 `json:"held,omitempty"`
	// Over reports that the lease has ended. Keeps then counts the calls that began under it.
	Over bool `json:"over,omitempty"`
	// Wants is how many slots the process could use. A process whose Wants and Keeps are both 0 gives its slots back.
	Wants int `json:"wants,omitempty"`
	// Lease is the requested duration, at most [LongestLease].
	Lease time.Duration `json:"lease"`
	// CallTime is the longest time that a call may take by the process's settings.
	CallTime time.Duration `json:"call_time"`
	// Longest is how long the slowest recent call took, or has taken so far. Ended is how many calls have ended.
	Longest time.Duration `json:"longest,omitempty"`
	Ended   int           `json:"ended,omitempty"`
}

// Answer is what a process may do. It is valid for the duration asked for, counted from the moment of the ask.
type Answer struct {
	// Slots is how many calls may be under way. If more are running already, the process begins none.
	Slots int `json:"slots"`
	// Pages is how many of those calls may be reads of the page.
	Pages int `json:"pages,omitempty"`
	// Room is how long calls may continue after the lease has ended.
	Room time.Duration `json:"room,omitempty"`
	// More reports that the process gets more slots as soon as others have given them up.
	More bool `json:"more,omitempty"`
	// Late reports that the ask arrived after a later one and changed nothing.
	Late bool `json:"late,omitempty"`
}

// Holder is what the ledger knows about a process.
type Holder struct {
	Process string `json:"process"`
	Number  int64  `json:"number"`
	Cap     int    `json:"cap"`
	Wants   int    `json:"wants,omitempty"`
	// Slots is the most calls that the process can have under way.
	Slots int `json:"slots,omitempty"`
	// Pages is how many of those calls may be reads of the page.
	Pages int `json:"pages,omitempty"`
	// Until is when the lease has ended for certain.
	Until time.Time `json:"until"`
	// Room is how much later the last call has ended.
	Room     time.Duration `json:"room"`
	CallTime time.Duration `json:"call_time"`
	Longest  time.Duration `json:"longest,omitempty"`
	Ended    int           `json:"ended,omitempty"`
}

// Former is a process that gave its slots back, or whose lease and all calls begun under it have ended.
type Former struct {
	Process string `json:"process"`
	Number  int64  `json:"number"` // of the last ask received
}

// maxFormer bounds the former holders that a ledger remembers.
const maxFormer = 50

// Ledger knows how many slots each process has. The zero value has given none away.
type Ledger struct {
	Holders []Holder `json:"holders,omitempty"` // in order of arrival
	// Former are the processes that no longer have slots, the latest last.
	Former []Former `json:"former,omitempty"`
	// QuietUntil is the time until which no process gets more slots than it has: the ledger may not know of all leases.
	QuietUntil time.Time `json:"quiet_until,omitzero"`
}

// Quiet freezes every process's share until all leases of an earlier ledger have ended.
func (l *Ledger) Quiet(now time.Time, callTime time.Duration) {
	if until := now.Add(LongestLease + ClocksDiffer + callTime); until.After(l.QuietUntil) {
		l.QuietUntil = until
	}
}

// Step processes an ask at the given time and answers it.
func (l *Ledger) Step(now time.Time, ask Ask) Answer {
	l.forget(now)
	i := slices.IndexFunc(l.Holders, func(h Holder) bool { return h.Process == ask.Process })
	known, heard := 0, l.formerNumber(ask.Process)
	if i >= 0 {
		known, heard = l.Holders[i].Slots, l.Holders[i].Number
	}
	if heard > 0 && ask.Number <= heard {
		return Answer{Late: true}
	}
	// A delayed ask keeps the slots it had when it was made, although for this ledger that lease has ended.
	isFormer := i < 0 && heard > 0 && ask.Held <= heard
	if ask.Keeps > known && !ask.Over && !isFormer { // another ledger gave the process those slots
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
	// The process may be running calls that this ledger did not grant. They do not entitle it to begin others.
	gets = min(gets, max(l.allowed(now)-(l.taken()-h.Slots), 0))
	h.Slots = max(h.Slots, gets)
	sharePages = min(sharePages, gets)
	pages := min(sharePages, l.freePages(now, *h))
	h.Pages = max(h.Pages, pages)
	h.Room = l.room()
	return Answer{Slots: gets, Pages: pages, Room: h.Room, More: gets < share || pages < sharePages}
}

// freePages is how many reads of the page a process may have under way next to those of the others.
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

// forget frees the slots of processes whose calls have all ended.
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

// former remembers a process that no longer has slots.
func (l *Ledger) former(process string, number int64) {
	l.Former = append(l.Former, Former{Process: process, Number: number})
	l.Former = slices.Delete(l.Former, 0, max(len(l.Former)-maxFormer, 0))
}

// formerNumber is the number of the last ask of a process that no longer has slots; 0: the ledger remembers none.
func (l *Ledger) formerNumber(process string) int64 {
	for _, f := range l.Former {
		if f.Process == process {
			return f.Number
		}
	}
	return 0
}

// room is how long a call of an unreachable process may still be under way. It is twice the duration of the slowest
// recent call of any process, running ones included: when C4C is slow, it is slow for everyone. Until enough calls
// are known, room is the longest time that the settings allow a call.
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

// taken is how many slots are given away.
func (l *Ledger) taken() int {
	n := 0
	for _, h := range l.Holders {
		n += h.Slots
	}
	return n
}

// share is what a process is entitled to: an equal part, plus what processes with smaller needs leave over. If there
// are more processes than slots, they take turns. Pages are shared the same way.
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

// divide hands out slots one at a time, round robin, to the processes that want more.
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

// PagesOf is how many of the slots may be reads of the page: three of eight. The others are reserved for syncs,
// unless there is only one slot.
func PagesOf(whole int) int { return max(1, whole*3/8) }
