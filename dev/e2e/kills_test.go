package e2e

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

var (
	killSeed  = flag.Uint64("kill-seed", 1, "which random world TestNothingIsLostByKills plays")
	killCount = flag.Int("kills", 3, "how often TestNothingIsLostByKills kills the worker")
)

// killing is a random scenario on a stack whose worker is killed again and again.
type killing struct {
	*scene
	rand    *rand.Rand
	binary  string
	worker  *exec.Cmd
	people  []*person
	decided map[string]bool // texts of replies that an operator decided on
}

// person is a follower with what they wrote and what the agent answered, in order. Each text is unique.
type person struct {
	openid   string
	ticketID string
	lines    []string
	answers  []string
	replies  map[string]string // text of an answer by its social media activity
}

// meet has people follow and open one ticket each.
func (k *killing) meet(n int) {
	k.t.Helper()
	for i := range n {
		p := &person{openid: fmt.Sprintf("oPerson%d", i), lines: []string{fmt.Sprintf("I am number %d", i)},
			replies: map[string]string{}}
		k.follow(p.openid)
		k.say(p.openid, p.lines[0])
		k.people = append(k.people, p)
	}
	k.waitForState(workflows.TypeCreateTicket, workflows.StateSynced, n)
	for _, t := range k.tickets() {
		i := slices.IndexFunc(k.people, func(p *person) bool { return p.lines[0] == t.texts("follower")[0] })
		k.people[i].ticketID = t.ID
	}
}

// write has one of them write.
func (k *killing) write(p *person) {
	k.t.Helper()
	text := fmt.Sprintf("line %d.", len(p.lines))
	require.Equal(k.t, "success", k.say(p.openid, text).Body)
	p.lines = append(p.lines, text)
}

// answer has the agent answer one of them.
func (k *killing) answer(p *person) {
	k.t.Helper()
	text := fmt.Sprintf("answer %d.", len(p.answers))
	pushed := k.agentReplies(p.ticketID, text, nil)
	require.Equal(k.t, 200, pushed.Status, pushed.Error)
	p.answers = append(p.answers, text)
	p.replies[pushed.SMAID] = text
}

// trouble injects transient faults.
func (k *killing) trouble() {
	switch k.rand.IntN(3) {
	case 0:
		k.c4c.faults(rule{Match: addActivity, Kind: "http", Status: http.StatusServiceUnavailable, Times: 1},
			rule{Match: "/sap", Kind: "latency", MS: 150})
	case 1:
		k.c4c.faults(rule{Match: addActivity, Kind: "drop_after_commit", Times: 1},
			rule{Match: "/sap", Kind: "latency", MS: 150})
	case 2:
		k.wechat.faults(rule{Match: sendPath, Kind: "latency", MS: 300})
	}
}

// act has all of them write, and then some of them or the agent.
func (k *killing) act() {
	k.t.Helper()
	for _, p := range k.people {
		k.write(p)
	}
	for range 4 + k.rand.IntN(12) {
		p := k.people[k.rand.IntN(len(k.people))]
		if k.rand.IntN(2) == 0 {
			k.write(p)
		} else {
			k.answer(p)
		}
	}
}

// calls counts the calls of the worker that have begun since the last kill.
func (k *killing) calls() int {
	n := 0
	for _, of := range []control{k.wechat, k.c4c} {
		var calls []struct{}
		of.get("/requests", &calls)
		n += len(calls)
	}
	return n
}

// kill ends the worker in the middle of its calls, and starts another one.
func (k *killing) kill() {
	k.t.Helper()
	after := 1 + k.rand.IntN(4)
	k.waitFor(fmt.Sprintf("%d calls", after), func() bool { return k.calls() >= after })
	require.NoError(k.t, k.worker.Process.Kill())
	require.Error(k.t, k.worker.Wait(), "SIGKILL")
	k.worker = k.workerOf(k.binary)
}

// decideAll decides on sends of unknown outcome as an operator does: by looking at the phone.
func (k *killing) decideAll() {
	k.t.Helper()
	query := fmt.Sprintf("WorkflowType = %q AND SyncState = %q", workflows.TypeDeliverReply, workflows.StateNeedsAttention)
	for _, e := range k.workflows(query) {
		require.Equal(k.t, activities.ErrorWeChatOutcomeUnknown, attributes(e)["SyncError"])
		id := e.GetExecution().GetWorkflowId()
		for _, p := range k.people {
			for sma, text := range p.replies {
				if key := p.openid + text; strings.HasSuffix(id, sma) && !k.decided[key] {
					k.decided[key] = true
					command := workflows.CommandRetry
					if k.arrived(p, text) > 0 {
						command = workflows.CommandSkip
					}
					k.decide(id, command)
				}
			}
		}
	}
}

// arrived counts how often a text is on the phone. One message may contain several replies.
func (k *killing) arrived(p *person, text string) int {
	return strings.Count(strings.Join(k.read(p.openid, "customer_service"), "\n"), text)
}

// done reports whether everything written has arrived.
func (k *killing) done() bool {
	k.decideAll()
	all := k.tickets()
	for _, p := range k.people {
		i := slices.IndexFunc(all, func(t ticket) bool { return t.ID == p.ticketID })
		if len(all[i].texts("follower")) < len(p.lines) {
			return false
		}
		if slices.ContainsFunc(p.answers, func(text string) bool { return k.arrived(p, text) == 0 }) {
			return false
		}
	}
	return true
}

// A random scenario on the real stack. Whatever the worker was doing when it was killed, every message is in C4C once
// and in order. Every reply is on the phone once, and in order except for those that a person had to decide on.
func TestNothingIsLostByKills(t *testing.T) {
	long(t)
	t.Parallel()
	t.Logf("-kill-seed %d -kills %d", *killSeed, *killCount)
	s := newStack(t)
	k := &killing{scene: s, rand: rand.New(rand.NewPCG(*killSeed, 0)), binary: s.build(), decided: map[string]bool{}}
	k.meet(3)
	require.NoError(t, s.StopWorker())
	k.worker = k.workerOf(k.binary)
	for range *killCount {
		k.trouble()
		k.wechat.remove("/requests")
		k.c4c.remove("/requests")
		k.act()
		k.kill()
	}
	s.wechat.heal()
	s.c4c.heal()
	k.settle()
}

// settle lets everything arrive, and checks that it is there once and in order.
func (k *killing) settle() {
	k.t.Helper()
	for _, p := range k.people { // which opens the window for held replies
		p.lines = append(p.lines, "thank you")
		k.say(p.openid, "thank you")
	}
	k.waitFor("all of it where it belongs", k.done)

	require.Len(k.t, k.tickets(), len(k.people))
	for _, ticket := range k.tickets() {
		i := slices.IndexFunc(k.people, func(p *person) bool { return p.ticketID == ticket.ID })
		require.Equal(k.t, k.people[i].lines, ticket.texts("follower"))
	}
	for _, p := range k.people {
		phone, at := strings.Join(k.read(p.openid, "customer_service"), "\n"), 0
		for _, text := range p.answers {
			require.Equal(k.t, 1, strings.Count(phone, text), "%s of %s in %s", text, p.openid, phone)
			if k.decided[p.openid+text] {
				continue
			}
			now := strings.Index(phone, text)
			require.GreaterOrEqual(k.t, now, at, "%s of %s in %s", text, p.openid, phone)
			at = now
		}
	}
}
