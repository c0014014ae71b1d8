package e2e

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/catalogue"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

var badDaySeed = flag.Uint64("bad-day-seed", 0, "the one bad day that TestBadDays plays; 0: those that it always plays")

// pictureLine is the thread's text in place of a picture.
var pictureLine = catalogue.Text(catalogue.Chinese, catalogue.LinePicture)

// badDays are the seeds of the days that are always played.
var badDays = []uint64{1, 2}

// TestBadDays: on a day when some of all calls fail, from the first follow to the last answer, nothing is lost and
// nothing doubled.
func TestBadDays(t *testing.T) {
	long(t)
	t.Parallel()
	days := badDays
	if *badDaySeed != 0 {
		days = []uint64{*badDaySeed}
	}
	for _, seed := range days {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			t.Logf("-bad-day-seed %d", seed)
			s := newStack(t)
			k := &killing{scene: s, rand: rand.New(rand.NewPCG(seed, 1)), decided: map[string]bool{}}
			s.c4c.misbehave(seed,
				rule{Kind: "http", Status: 503, Probability: .04}, rule{Kind: "http", Status: 502, Probability: .02},
				rule{Kind: "drop_before", Probability: .04}, rule{Kind: "drop_after_commit", Probability: .05},
				rule{Kind: "lock", Probability: .05}, rule{Kind: "latency", MS: 200, Probability: .1})
			s.wechat.misbehave(seed,
				rule{Match: "PUSH", Kind: "drop_before", Probability: .05}, rule{Match: "PUSH", Kind: "drop_after_commit",
					Probability: .1},
				rule{Match: sendPath, Kind: "errcode", Errcode: 45011, Times: 1, Probability: .05},
				rule{Match: sendPath, Kind: "http", Status: 403, Probability: .05}, rule{Match: sendPath, Kind: "drop_after_commit",
					Probability: .05},
				rule{Match: "GET /cgi-bin", Kind: "drop_before", Probability: .05},
				rule{Match: "GET /cgi-bin", Kind: "http", Status: 502, Probability: .05},
				rule{Kind: "latency", MS: 100, Probability: .1})
			k.meet(3)
			deaths := []string{"required", "text", "german", "page", "not_found", "logon", "terminated"}
			for range 3 {
				s.c4c.post("/csrf/expire", map[string]any{"as": deaths[k.rand.IntN(len(deaths))]}, nil)
				k.act()
				for _, p := range k.people {
					s.send(p.openid, map[string]any{"type": "image"})
					p.lines = append(p.lines, pictureLine)
				}
			}
			k.settle()
			s.waitForState(workflows.TypeAttachMedia, workflows.StateSynced, 9)
			for _, p := range k.people {
				require.Len(t, s.attachments(p.ticketID), 3, "each picture once")
			}
			var customers []customer
			s.c4c.get("/customers", &customers)
			require.Len(t, customers, 3)
			var profiles []profile
			s.c4c.get("/profiles", &profiles)
			require.Len(t, profiles, 3)
			require.Empty(t, s.workflows(`SyncState = "needs_attention"`))
			wrong := 0
			for _, of := range []control{s.wechat, s.c4c} {
				for _, r := range of.requests() {
					if r.Fault != "" {
						wrong++
					}
				}
			}
			require.Greater(t, wrong, 10)
			t.Logf("%d calls went wrong", wrong)
		})
	}
}
