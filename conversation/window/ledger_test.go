package window

import (
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// dawn is when a test's clock starts.
var dawn = time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC)

func TestWindow(t *testing.T) {
	t.Parallel()
	at := func(d time.Duration) time.Time { return dawn.Add(d) }
	tests := []struct {
		name  string
		rules Rules
		play  func(*Ledger, Rules)
		now   time.Duration
		want  []Grant
		left  int
	}{
		{name: "nothing", want: []Grant{}},
		{
			name: "a message", play: func(w *Ledger, rules Rules) { w.Open(Message, at(0)) }, left: 5,
			want: []Grant{{Message, 5, at(48 * time.Hour).Unix()}},
		},
		{
			name: "the last second", play: func(w *Ledger, rules Rules) { w.Open(Message, at(0)) },
			now: 48*time.Hour - time.Second, left: 5,
			want: []Grant{{Message, 5, at(48 * time.Hour).Unix()}},
		},
		{
			name: "over", play: func(w *Ledger, rules Rules) { w.Open(Message, at(0)) }, now: 48 * time.Hour,
			want: []Grant{{Message, 5, at(48 * time.Hour).Unix()}},
		},
		{
			name: "the shortest-lived is spent first",
			play: func(w *Ledger, rules Rules) {
				w.Open(Message, at(0))
				w.Open(Scan, at(2*time.Second))
				w.Open(Click, at(time.Second))
				for range 4 {
					w.Spend(rules, at(3*time.Second))
				}
			},
			now: 3 * time.Second, left: 7,
			want: []Grant{{Click, 0, at(61 * time.Second).Unix()}, {Scan, 2, at(62 * time.Second).Unix()},
				{Message, 5, at(48 * time.Hour).Unix()}},
		},
		{
			name: "what has ended is not spent",
			play: func(w *Ledger, rules Rules) {
				w.Open(Message, at(0))
				w.Open(Follow, at(0))
				w.Spend(rules, at(2*time.Minute))
			},
			now: 2 * time.Minute, left: 4,
			want: []Grant{{Follow, 3, at(time.Minute).Unix()}, {Message, 4, at(48 * time.Hour).Unix()}},
		},
		{
			name: "another message allows all anew",
			play: func(w *Ledger, rules Rules) {
				w.Open(Message, at(0))
				w.Spend(rules, at(1))
				w.Spend(rules, at(1))
				w.Open(Message, at(time.Hour))
			},
			left: 5, want: []Grant{{Message, 5, at(49 * time.Hour).Unix()}},
		},
		{
			name: "another message in the same second, too",
			play: func(w *Ledger, rules Rules) {
				w.Open(Message, at(0))
				w.Spend(rules, at(0))
				w.Open(Message, at(0))
			},
			left: 5, want: []Grant{{Message, 5, at(48 * time.Hour).Unix()}},
		},
		{
			name: "a message that comes late does not",
			play: func(w *Ledger, rules Rules) {
				w.Open(Message, at(time.Hour))
				w.Spend(rules, at(time.Hour))
				w.Open(Message, at(0))
			},
			left: 4, want: []Grant{{Message, 4, at(49 * time.Hour).Unix()}},
		},
		{
			name: "WeChat says used up",
			play: func(w *Ledger, rules Rules) { w.Open(Message, at(0)); w.UseUp() },
			want: []Grant{{Message, 0, at(48 * time.Hour).Unix()}},
		},
		{
			name: "WeChat says closed", play: func(w *Ledger, rules Rules) { w.Open(Message, at(0)); w.Close() },
			want: []Grant{},
		},
		{
			name: "the account's own counts", rules: Rules{Message: 20, MessageLife: time.Hour, Click: 1,
				ShortLife: time.Second},
			play: func(w *Ledger, rules Rules) { w.Open(Message, at(0)); w.Open(Click, at(0)); w.Spend(rules, at(0)) }, left: 20,
			want: []Grant{{Click, 0, at(time.Second).Unix()}, {Message, 20, at(time.Hour).Unix()}},
		},
		{
			name: "more was spent than is allowed now", rules: Rules{Message: 1, MessageLife: time.Hour},
			play: func(w *Ledger, rules Rules) { w.Openings = []Opening{{Trigger: Message, At: dawn.Unix(), Spent: 4}} },
			want: []Grant{{Message, 0, at(time.Hour).Unix()}},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := &Ledger{}
			if tt.play != nil {
				tt.play(w, tt.rules)
			}
			require.Equal(t, tt.want, w.Grants(tt.rules))
			require.Equal(t, tt.left, w.Left(tt.rules, at(tt.now)))
			require.Equal(t, tt.left > 1, w.Spares(tt.rules, at(tt.now)))
		})
	}
}

// TestWindowAgainstAPurse compares the ledger with a purse of single messages. Each has the time it ends, and the one
// that ends first is taken.
func TestWindowAgainstAPurse(t *testing.T) {
	t.Parallel()
	triggers := []Trigger{Message, Click, Follow, Scan}
	for seed := range uint64(200) {
		t.Run(strconv.FormatUint(seed, 10), func(t *testing.T) {
			t.Parallel()
			random := rand.New(rand.NewPCG(seed, 7))
			rules := Rules{
				Message: random.IntN(6), Click: random.IntN(4), Follow: random.IntN(4), Scan: random.IntN(4),
				MessageLife: time.Hour, ShortLife: time.Minute,
			}
			w := &Ledger{}
			purse := map[Trigger][]int64{}
			now, closed := dawn, int64(0)
			for range 200 {
				now = now.Add(time.Duration(random.IntN(90)) * time.Second)
				switch random.IntN(8) {
				case 0, 1:
					trigger := triggers[random.IntN(len(triggers))]
					count, life := rules.of(trigger)
					w.Open(trigger, now)
					if now.Unix() <= closed {
						continue // done before WeChat closed the window
					}
					purse[trigger] = slices.Repeat([]int64{now.Add(life).Unix()}, count)
				case 2:
					if random.IntN(8) == 0 {
						w.UseUp()
						clear(purse)
					}
				case 3:
					if random.IntN(8) == 0 {
						for _, o := range w.Openings {
							closed = max(closed, o.At)
						}
						w.Close()
						clear(purse)
					}
				default:
					w.Spend(rules, now)
					takeFirst(purse, now)
				}
				require.Equal(t, count(purse, now), w.Left(rules, now))
			}
		})
	}
}

func count(purse map[Trigger][]int64, now time.Time) int {
	n := 0
	for _, ends := range purse {
		for _, end := range ends {
			if now.Unix() < end {
				n++
			}
		}
	}
	return n
}

// takeFirst takes the message that ends first. If two triggers end together, it does not matter which one provides
// it.
func takeFirst(purse map[Trigger][]int64, now time.Time) {
	var first Trigger
	for trigger, ends := range purse {
		if len(ends) > 0 && now.Unix() < ends[0] && (first == "" || ends[0] < purse[first][0]) {
			first = trigger
		}
	}
	if first != "" {
		purse[first] = purse[first][1:]
	}
}
