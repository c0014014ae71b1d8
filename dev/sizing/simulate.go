package sizing

import (
	"container/heap"
	"math/rand/v2"
	"slices"
	"time"
)

// Curve is the share of a day's acts in each hour: quiet at night, busy before noon and in the evening.
var Curve = [24]float64{
	.010, .006, .004, .003, .003, .006, .014, .028, .052, .078, .088, .072,
	.054, .056, .066, .070, .064, .054, .050, .058, .062, .052, .034, .016,
}

// Peak returns the share of the busiest hour.
func Peak() float64 { return slices.Max(Curve[:]) }

// Campaign are follows that come within an hour, in addition to those of the day.
type Campaign struct {
	Follows int
	Hour    int // of the day, 0 to 23
	// Write is the share of those who write a message within ten minutes after they followed, from 0 to 1.
	Write float64
}

// Policy decides which call to C4C goes first.
type Policy int

const (
	// OldestFirst takes the calls in the order in which they became due, regardless of their purpose.
	OldestFirst Policy = iota
	// MessagesFirst takes calls for replies before those for messages, and calls for messages before those for follows. A
	// follower's first message waits for the customer, so it goes with the follow.
	MessagesFirst
)

// Groups of acts whose waits are reported.
const (
	OfKnown     = "messages of known followers"
	OfNew       = "messages of those whom the campaign brought"
	OfFollowers = "follows"
)

// Waits are how long the acts of a group took, from the webhook to C4C's last answer.
type Waits struct {
	Acts          int
	Half, Most    time.Duration // the median, and the slowest
	NinetyNine    time.Duration // 99 of 100 were quicker
	AtLast        time.Duration // into the day, when the last was done
	WaitedAMinute int           // acts that took longer than a minute
}

// Day is the course of a day.
type Day struct {
	Groups map[string]Waits
	// Busy is the share of the cap that was used in the busiest hour, from 0 to 1.
	Busy float64
	// Queue is the most calls that waited at once.
	Queue int
}

// sync is an act in progress.
type sync struct {
	group string
	came  time.Duration
	calls int
	rank  int // lower goes first
	next  *sync
}

// happening is something that comes due.
type happening struct {
	at   time.Duration
	sync *sync
	// done means that C4C has answered; otherwise the sync asks for its next call.
	done bool
}

type agenda []happening

func (a agenda) Len() int           { return len(a) }
func (a agenda) Less(i, j int) bool { return a[i].at < a[j].at }
func (a agenda) Swap(i, j int)      { a[i], a[j] = a[j], a[i] }
func (a *agenda) Push(x any)        { *a = append(*a, x.(happening)) }
func (a *agenda) Pop() any {
	last := (*a)[len(*a)-1]
	*a = (*a)[:len(*a)-1]
	return last
}

// world is the state of a simulated day.
type world struct {
	random  *rand.Rand
	load    Load
	agenda  agenda
	waiting [ranks][]*sync
	free    int
	took    map[string][]time.Duration
	last    map[string]time.Duration
	used    [48]time.Duration // of C4C's time, by the hour in which a call began
	day     Day
}

const ranks = 3

// Simulate plays a day with a campaign against the limit of parallel calls. Calls take between half and one and a
// half times the load's Call.
func (f Figures) Simulate(l Load, c Campaign, policy Policy, seed uint64) Day {
	w := &world{
		random: rand.New(rand.NewPCG(seed, seed)), load: l, free: l.Cap, took: map[string][]time.Duration{},
		last: map[string]time.Duration{}, day: Day{Groups: map[string]Waits{}},
	}
	w.fill(f, c, policy)
	for len(w.agenda) > 0 {
		h := heap.Pop(&w.agenda).(happening)
		if h.done {
			w.answered(h)
		} else {
			w.waiting[h.sync.rank] = append(w.waiting[h.sync.rank], h.sync)
		}
		w.call(h.at)
	}
	for group, took := range w.took {
		w.day.Groups[group] = summarize(took, w.last[group])
	}
	for _, used := range w.used {
		w.day.Busy = max(w.day.Busy, used.Seconds()/time.Hour.Seconds()/float64(l.Cap))
	}
	return w.day
}

// fill schedules the acts of the day.
func (w *world) fill(f Figures, c Campaign, policy Policy) {
	rank := func(of int) int {
		if policy == OldestFirst {
			return 0
		}
		return of
	}
	calls := func(act string) int { return max(1, int(f.Acts[act].C4CCalls+0.5)) }
	acts := w.load.acts()
	w.spread(int(acts[FirstMessage]), sync{group: OfKnown, calls: calls(FirstMessage), rank: rank(1)})
	w.spread(int(acts[Message]), sync{group: OfKnown, calls: calls(Message), rank: rank(1)})
	w.spread(int(acts[Reply]), sync{group: Reply, calls: calls(Reply), rank: rank(0)})
	w.spread(int(acts[Follow]), sync{group: OfFollowers, calls: calls(Follow), rank: rank(2)})
	for range c.Follows {
		at := time.Duration(c.Hour)*time.Hour + time.Duration(w.random.Float64()*float64(time.Hour))
		follow := &sync{group: OfFollowers, came: at, calls: calls(Follow), rank: rank(2)}
		if w.random.Float64() < c.Write {
			later := at + time.Duration(w.random.Float64()*float64(10*time.Minute))
			follow.next = &sync{group: OfNew, came: later, calls: calls(FirstMessage), rank: rank(1)}
		}
		w.agenda = append(w.agenda, happening{at: at, sync: follow})
	}
	heap.Init(&w.agenda)
}

// spread schedules acts along the curve of the day.
func (w *world) spread(n int, of sync) {
	for range n {
		one := of
		one.came = w.moment()
		w.agenda = append(w.agenda, happening{at: one.came, sync: &one})
	}
}

// moment returns a random time of the day, more often a busy one.
func (w *world) moment() time.Duration {
	at, hour := w.random.Float64(), 0
	for at >= Curve[hour] && hour < len(Curve)-1 {
		at -= Curve[hour]
		hour++
	}
	return time.Duration(hour)*time.Hour + time.Duration(w.random.Float64()*float64(time.Hour))
}

// call has C4C begin as many calls as the cap allows.
func (w *world) call(now time.Duration) {
	waiting := 0
	for rank := range w.waiting {
		for len(w.waiting[rank]) > 0 && w.free > 0 {
			s := w.waiting[rank][0]
			w.waiting[rank] = w.waiting[rank][1:]
			w.free--
			takes := time.Duration((0.5 + w.random.Float64()) * float64(w.load.Call))
			w.used[min(int(now/time.Hour), len(w.used)-1)] += takes
			heap.Push(&w.agenda, happening{at: now + takes, sync: s, done: true})
		}
		waiting += len(w.waiting[rank])
	}
	w.day.Queue = max(w.day.Queue, waiting)
}

// answered has a sync ask for its next call, or ends it.
func (w *world) answered(h happening) {
	s := h.sync
	w.free++
	if s.calls--; s.calls > 0 {
		heap.Push(&w.agenda, happening{at: h.at, sync: s})
		return
	}
	w.took[s.group] = append(w.took[s.group], h.at-s.came)
	w.last[s.group] = max(w.last[s.group], h.at)
	if s.next != nil {
		heap.Push(&w.agenda, happening{at: max(h.at, s.next.came), sync: s.next})
	}
}

func summarize(took []time.Duration, last time.Duration) Waits {
	slices.Sort(took)
	at := func(share float64) time.Duration { return took[int(share*float64(len(took)-1))] }
	longer, _ := slices.BinarySearch(took, time.Minute+1)
	return Waits{Acts: len(took), Half: at(.5), NinetyNine: at(.99), Most: at(1), AtLast: last,
		WaitedAMinute: len(took) - longer}
}
