package workflows

import (
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestWindow(t *testing.T) {
	t.Parallel()
	at := func(d time.Duration) time.Time { return dawn.Add(d) }
	tests := []struct {
		name  string
		rules WindowRules
		play  func(*Window)
		now   time.Duration
		want  []Grant
		left  int
	}{
		{name: "nothing", want: []Grant{}},
		{
			name: "a message", play: func(w *Window) { w.open(TriggerMessage, at(0)) }, left: 5,
			want: []Grant{{TriggerMessage, 5, at(48 * time.Hour).Unix()}},
		},
		{
			name: "the last second", play: func(w *Window) { w.open(TriggerMessage, at(0)) }, now: 48*time.Hour - time.Second, left: 5,
			want: []Grant{{TriggerMessage, 5, at(48 * time.Hour).Unix()}},
		},
		{
			name: "over", play: func(w *Window) { w.open(TriggerMessage, at(0)) }, now: 48 * time.Hour,
			want: []Grant{{TriggerMessage, 5, at(48 * time.Hour).Unix()}},
		},
		{
			name: "the shortest-lived is spent first",
			play: func(w *Window) {
				w.open(TriggerMessage, at(0))
				w.open(TriggerScan, at(2*time.Second))
				w.open(TriggerClick, at(time.Second))
				for range 4 {
					w.spend(at(3 * time.Second))
				}
			},
			now: 3 * time.Second, left: 7,
			want: []Grant{{TriggerClick, 0, at(61 * time.Second).Unix()}, {TriggerScan, 2, at(62 * time.Second).Unix()}, {TriggerMessage, 5, at(48 * time.Hour).Unix()}},
		},
		{
			name: "what has ended is not spent",
			play: func(w *Window) {
				w.open(TriggerMessage, at(0))
				w.open(TriggerFollow, at(0))
				w.spend(at(2 * time.Minute))
			},
			now: 2 * time.Minute, left: 4,
			want: []Grant{{TriggerFollow, 3, at(time.Minute).Unix()}, {TriggerMessage, 4, at(48 * time.Hour).Unix()}},
		},
		{
			name: "another message allows all anew",
			play: func(w *Window) {
				w.open(TriggerMessage, at(0))
				w.spend(at(1))
				w.spend(at(1))
				w.open(TriggerMessage, at(time.Hour))
			},
			left: 5, want: []Grant{{TriggerMessage, 5, at(49 * time.Hour).Unix()}},
		},
		{
			name: "another message in the same second, too",
			play: func(w *Window) {
				w.open(TriggerMessage, at(0))
				w.spend(at(0))
				w.open(TriggerMessage, at(0))
			},
			left: 5, want: []Grant{{TriggerMessage, 5, at(48 * time.Hour).Unix()}},
		},
		{
			name: "a message that comes late does not",
			play: func(w *Window) {
				w.open(TriggerMessage, at(time.Hour))
				w.spend(at(time.Hour))
				w.open(TriggerMessage, at(0))
			},
			left: 4, want: []Grant{{TriggerMessage, 4, at(49 * time.Hour).Unix()}},
		},
		{
			name: "WeChat says used up",
			play: func(w *Window) { w.open(TriggerMessage, at(0)); w.usedUp() },
			want: []Grant{{TriggerMessage, 0, at(48 * time.Hour).Unix()}},
		},
		{
			name: "WeChat says closed", play: func(w *Window) { w.open(TriggerMessage, at(0)); w.closed() }, want: []Grant{},
		},
		{
			name: "the account's own counts", rules: WindowRules{Message: 20, MessageLife: time.Hour, Click: 1, ShortLife: time.Second},
			play: func(w *Window) { w.open(TriggerMessage, at(0)); w.open(TriggerClick, at(0)); w.spend(at(0)) }, left: 20,
			want: []Grant{{TriggerClick, 0, at(time.Second).Unix()}, {TriggerMessage, 20, at(time.Hour).Unix()}},
		},
		{
			name: "more was spent than is allowed now", rules: WindowRules{Message: 1, MessageLife: time.Hour},
			play: func(w *Window) { w.Openings = []Opening{{Trigger: TriggerMessage, At: dawn.Unix(), Spent: 4}} },
			want: []Grant{{TriggerMessage, 0, at(time.Hour).Unix()}},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := &Window{Rules: WindowPolicy{WindowRules: tt.rules}}
			if tt.play != nil {
				tt.play(w)
			}
			require.Equal(t, tt.want, w.grants())
			require.Equal(t, tt.left, w.left(at(tt.now)))
			require.Equal(t, tt.left > 1, w.spares(at(tt.now)))
		})
	}
}

// TestWindowAgainstAPurse compares the ledger with a purse of single messages, each with the time it ends, from which the one
// that ends first is taken.
func TestWindowAgainstAPurse(t *testing.T) {
	t.Parallel()
	triggers := []Trigger{TriggerMessage, TriggerClick, TriggerFollow, TriggerScan}
	for seed := range uint64(200) {
		t.Run(strconv.FormatUint(seed, 10), func(t *testing.T) {
			t.Parallel()
			random := rand.New(rand.NewPCG(seed, 7))
			rules := WindowRules{
				Message: random.IntN(6), Click: random.IntN(4), Follow: random.IntN(4), Scan: random.IntN(4),
				MessageLife: time.Hour, ShortLife: time.Minute,
			}
			w := &Window{Rules: WindowPolicy{WindowRules: rules}}
			purse := map[Trigger][]int64{}
			now := dawn
			for range 200 {
				now = now.Add(time.Duration(random.IntN(90)) * time.Second)
				switch random.IntN(8) {
				case 0, 1:
					trigger := triggers[random.IntN(len(triggers))]
					count, life := rules.of(trigger)
					w.open(trigger, now)
					purse[trigger] = slices.Repeat([]int64{now.Add(life).Unix()}, count)
				case 2:
					if random.IntN(8) == 0 {
						w.usedUp()
						clear(purse)
					}
				case 3:
					if random.IntN(8) == 0 {
						w.closed()
						clear(purse)
					}
				default:
					w.spend(now)
					takeFirst(purse, now)
				}
				require.Equal(t, count(purse, now), w.left(now))
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

// takeFirst takes the message that ends first. Which of two triggers that end together gives it makes no difference.
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

func TestTriggerOfInbound(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		in   Inbound
		want Trigger
	}{
		{"message", Inbound{Kind: KindMessage}, TriggerMessage},
		{"tapped item of a menu message", Inbound{Kind: KindMessage, EventKey: "101"}, TriggerClick},
		{"follow", Inbound{Kind: KindFollow, EventKey: "scene"}, TriggerFollow},
		{"scan", Inbound{Kind: KindScan}, TriggerScan},
		{"click", Inbound{Kind: KindClick}, TriggerClick},
		{"unfollow", Inbound{Kind: KindUnfollow}, ""},
		{"page", Inbound{Kind: KindMessage, Web: &WebEntry{}}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tt.want, tt.in.trigger())
		})
	}
}
