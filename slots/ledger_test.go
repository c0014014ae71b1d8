package slots_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/slots"
)

// said is an ask at a time, and the expected answer.
type said struct {
	at    time.Duration // since the story began
	who   string
	keeps int
	wants int
	gets  string // slots, pages with a p, and + if more will come; late, or nothing
}

const (
	lease    = 4 * time.Second
	callTime = 30 * time.Second
)

// Stories of processes that share eight slots. Their slowest call took half a second.
func TestLedger(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		story []said
	}{
		{"one alone gets all", []said{{0, "a", 0, 8, "8 3p"}, {1 * time.Second, "a", 8, 8, "8 3p"}}},
		{"one that wants less gets less", []said{{0, "a", 0, 2, "2 2p"}, {0, "b", 0, 8, "6 1p"}}},
		{"what nobody wants is for whoever does", []said{{0, "a", 0, 1, "1 1p"}, {0, "b", 0, 8, "7 2p"}}},
		{"a late one gets what others give up, and not before", []said{
			{0, "a", 0, 8, "8 3p"},
			{0, "b", 0, 8, "0 +"},
			{time.Second, "a", 8, 8, "4 2p"}, // it gets the answer while 8 calls are running
			{time.Second, "b", 0, 8, "0 +"},
			{2 * time.Second, "a", 6, 8, "4 2p"}, // two have ended
			{2 * time.Second, "b", 0, 8, "2 1p +"},
			{3 * time.Second, "a", 4, 8, "4 2p"},
			{3 * time.Second, "b", 2, 8, "4 1p"},
		}},
		{"what one gives back others get", []said{
			{0, "a", 0, 8, "8 3p"}, {0, "b", 0, 8, "0 +"},
			{1 * time.Second, "a", 0, 0, "0"}, {1 * time.Second, "b", 0, 8, "8 3p"},
		}},
		{"a lost one's slots are free when its lease and its calls have ended", []said{
			{0, "a", 0, 8, "8 3p"},
			{4400 * time.Millisecond, "b", 0, 8, "0 +"}, // clocks differ by half a second
			{5400 * time.Millisecond, "b", 0, 8, "0 +"}, // twice the longest call
			{5600 * time.Millisecond, "b", 0, 8, "8 3p"},
		}},
		{"one that was stopped comes back with what is under way", []said{
			{0, "a", 0, 8, "8 3p"},
			{5 * time.Second, "b", 0, 8, "0 +"},
			{5200 * time.Millisecond, "a", 3, 8, "4 2p"}, // three of its calls are still running
			{5200 * time.Millisecond, "b", 0, 8, "4 1p"},
		}},
		{"one that comes back when its slots are gone starts anew", []said{
			{0, "a", 0, 8, "8 3p"}, {6 * time.Second, "b", 0, 8, "8 3p"}, {7 * time.Second, "a", 0, 8, "0 +"},
		}},
		{"calls of a lease that is long over are no right to others", []said{
			{0, "a", 0, 8, "8 3p"}, {6 * time.Second, "b", 0, 8, "8 3p"},
			{7 * time.Second, "a over", 2, 8, "0 +"}, // it was suspended, and has yet to read two answers
			{7 * time.Second, "b", 8, 8, "4 2p"}, {7500 * time.Millisecond, "a", 0, 8, "0 +"},
			{8 * time.Second, "b", 4, 8, "4 2p"}, {8 * time.Second, "a", 0, 8, "4 1p"},
		}},
		{"an ask that is late changes nothing", []said{
			{0, "a", 0, 8, "8 3p"}, {time.Second, "a", 2, 2, "2 2p"},
			{time.Second, "a late", 8, 8, "late"}, {time.Second, "b", 0, 8, "6 1p"},
		}},
		{"an answer that was lost binds nobody", []said{
			{0, "a", 0, 8, "8 3p"}, {time.Second, "a", 0, 8, "8 3p"},
			{time.Second, "a", 1, 1, "1 1p"}, {time.Second, "b", 0, 8, "7 2p"},
		}},
		{"a ledger that has lost its memory gives nothing until all has ended", []said{
			{0, "b", 0, 1, "1 1p"},
			{0, "a", 5, 8, "5 0p +"}, // another ledger gave it those
			{time.Second, "b", 1, 8, "1 0p +"},
			{3 * time.Second, "a", 5, 8, "4 0p +"},
			{45 * time.Second, "b", 0, 8, "0 +"},
			{46 * time.Second, "b", 0, 8, "8 3p"},
		}},
		{"more processes than slots take turns", func() []said {
			var story []said
			for i := range 9 {
				gets := "1 0p"
				if i < 3 {
					gets = "1 1p"
				}
				switch i {
				case 0:
					gets = "8 3p"
				case 8:
					gets = "0"
				}
				if i == 0 {
					story = append(story, said{0, "p0", 0, 8, gets}, said{0, "p0", 1, 1, "1 1p"})
					continue
				}
				story = append(story, said{0, fmt.Sprint("p", i), 0, 1, gets})
			}
			// The turn passes on: the first has to give up for the last.
			return append(story, said{3 * time.Second, "p8", 0, 1, "0 +"}, said{3 * time.Second, "p0", 1, 1, "0"},
				said{3 * time.Second, "p0", 0, 1, "0"}, said{3 * time.Second, "p8", 0, 1, "1 0p"})
		}()},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var l slots.Ledger
			began := time.Unix(1_700_000_017, 0) // three seconds before a turn passes on
			numbers := map[string]int64{}
			for i, s := range tt.story {
				who, over := strings.CutSuffix(s.who, " over")
				who, late := strings.CutSuffix(who, " late")
				if !late {
					numbers[who]++
				}
				number := numbers[who]
				if late {
					number--
				}
				answer := l.Step(began.Add(s.at), slots.Ask{
					Process: who, Number: number, Cap: 8, Keeps: s.keeps, Over: over, Wants: s.wants, Lease: lease,
					CallTime: callTime, Longest: 500 * time.Millisecond, Ended: 100,
				})
				require.Equal(t, s.gets, text(answer), "ask %d, of %s", i+1, s.who)
			}
		})
	}
}

// A delayed ask contains what its process had when it asked. If that came from this ledger, it has ended, and others
// need not wait. If it came from a later time than the ledger knows, another ledger gave it.
func TestAsksThatAreHeardLate(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		number int64 // of the delayed ask
		held   int64 // of the one whose answer was its lease
		wants  int
		gets   string
		other  string // what another process then gets
	}{
		{"its lease was of this ledger", 2, 1, 4, "4 3p", "4 0p +"},
		{"the one before it was heard late, too", 5, 1, 4, "4 3p", "4 0p +"},
		{"the ledger is of an earlier time", 3, 2, 4, "4 0p +", "0 +"},
		{"it was heard before", 1, 0, 4, "late", "8 3p"},
		{"it gives its slots back", 2, 1, 0, "0", "8 3p"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var l slots.Ledger
			began := time.Unix(1_700_000_017, 0)
			ask := slots.Ask{Process: "a", Number: 1, Cap: 8, Wants: 8, Lease: lease, CallTime: callTime,
				Longest: 500 * time.Millisecond, Ended: 100}
			require.Equal(t, "8 3p", text(l.Step(began, ask)))
			other := ask
			other.Process = "b"
			require.Equal(t, "0 +", text(l.Step(began, other)))
			ask.Number, ask.Held, ask.Wants = tt.number, tt.held, tt.wants
			if ask.Wants > 0 {
				ask.Keeps = 4
			}
			later := began.Add(10 * time.Second)
			require.Equal(t, tt.gets, text(l.Step(later, ask)))
			other.Number = 2
			require.Equal(t, tt.other, text(l.Step(later, other)))
			require.LessOrEqual(t, len(l.Former), 1)
		})
	}
}

// While one process still has reads of the page running in their slots, another may not begin any there, however the
// shares have moved since.
func TestPagesPassOnWhenTheyHaveEnded(t *testing.T) {
	t.Parallel()
	var l slots.Ledger
	numbers := map[string]int64{}
	for i, s := range []struct {
		who               string
		keeps, pages      int
		wants             int
		slots, sharePages int
	}{
		{"a", 0, 0, 8, 8, 3},
		{"b", 0, 0, 8, 0, 0},
		{"a", 3, 3, 8, 4, 2}, // it has three pages under way, and begins none before one has ended
		{"b", 0, 0, 8, 4, 0},
		{"a", 4, 2, 8, 4, 2},
		{"b", 4, 0, 8, 4, 1},
		{"a", 4, 0, 8, 4, 2}, // b has one
		{"a", 0, 0, 0, 0, 0},
		{"b", 4, 1, 8, 8, 3},
	} {
		numbers[s.who]++
		answer := l.Step(time.Unix(1_700_000_000, 0).Add(time.Duration(i)*100*time.Millisecond), slots.Ask{
			Process: s.who, Number: numbers[s.who], Cap: 8, Keeps: s.keeps, KeepsPages: s.pages, Wants: s.wants, Lease: lease,
			CallTime: callTime, Longest: 500 * time.Millisecond, Ended: 100,
		})
		require.Equal(t, []int{s.slots, s.sharePages}, []int{answer.Slots, answer.Pages}, "ask %d, of %s", i+1, s.who)
	}
}

func text(a slots.Answer) string {
	if a.Late {
		return "late"
	}
	out := fmt.Sprint(a.Slots)
	if a.Pages > 0 || a.Slots > 0 {
		out += fmt.Sprintf(" %dp", a.Pages)
	}
	if a.More {
		out += " +"
	}
	return out
}

// How long the ledger waits for the calls of a lost process.
func TestRoom(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		ended   int
		longest time.Duration
		want    time.Duration
	}{
		{"no call is known", 0, 0, callTime},
		{"few calls are known", 19, 100 * time.Millisecond, callTime},
		{"short calls", 20, 100 * time.Millisecond, slots.ShortestRoom},
		{"longer calls", 20, 3 * time.Second, 6 * time.Second},
		{"calls that take as long as they may", 20, 29 * time.Second, callTime},
		{"a file is under way", 20, time.Minute, time.Minute},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var l slots.Ledger
			now := time.Unix(1_700_000_000, 0)
			ask := slots.Ask{
				Process: "a", Number: 1, Cap: 8, Wants: 8, Lease: lease, CallTime: callTime, Longest: tt.longest, Ended: tt.ended,
			}
			require.Equal(t, tt.want, l.Step(now, ask).Room)
			void := now.Add(lease + slots.ClocksDiffer + tt.want)
			ask.Process = "b"
			require.Zero(t, l.Step(void, ask).Slots)
			ask.Number = 2
			require.Equal(t, 8, l.Step(void.Add(time.Millisecond), ask).Slots)
		})
	}
}

// When C4C becomes slow, the calls of a lost process are slow, too; other processes report it.
func TestRoomGrowsWithTheCallsOfOthers(t *testing.T) {
	t.Parallel()
	var l slots.Ledger
	now := time.Unix(1_700_000_000, 0)
	ask := slots.Ask{Process: "lost", Number: 1, Cap: 8, Wants: 4, Lease: lease, CallTime: callTime, Longest: time.Second,
		Ended: 100}
	require.Equal(t, 4, l.Step(now, ask).Slots)
	ask.Process, ask.Wants = "other", 8
	for second := range 20 {
		ask.Number, ask.Longest = int64(second+1), time.Duration(second+1)*time.Second // its calls do not end
		got := l.Step(now.Add(time.Duration(second)*time.Second), ask).Slots
		require.Equal(t, 4, got, "after %d s", second)
		ask.Keeps = 4
	}
	ask.Number, ask.Longest = 30, 20*time.Second
	require.Equal(t, 8, l.Step(now.Add(45*time.Second), ask).Slots)
}

// While settings are rolled out, the smaller cap counts.
func TestTheLeastCapCounts(t *testing.T) {
	t.Parallel()
	var l slots.Ledger
	now := time.Unix(1_700_000_000, 0)
	old := slots.Ask{Process: "old", Number: 1, Cap: 8, Wants: 8, Lease: lease, CallTime: callTime}
	require.Equal(t, 8, l.Step(now, old).Slots)
	require.Equal(t, slots.Answer{Room: callTime, More: true}, l.Step(now, slots.Ask{
		Process: "new", Number: 1, Cap: 4, Wants: 4, Lease: lease, CallTime: callTime,
	}))
	old.Number, old.Keeps = 2, 8
	require.Equal(t, 2, l.Step(now, old).Slots)
}

func TestPagesOf(t *testing.T) {
	t.Parallel()
	for whole, want := range map[int]int{1: 1, 2: 1, 3: 1, 4: 1, 5: 1, 6: 2, 8: 3, 9: 3} {
		require.Equal(t, want, slots.PagesOf(whole), whole)
	}
}
