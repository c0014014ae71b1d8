package prove

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Kills each process in turn, as a crash would, while followers write and the agent answers. The platform restarts it.
// In the end every acknowledged message is once in C4C and every acknowledged answer once on a phone, in order. An
// answer whose send was cut off may be there or not, and is parked as such.
func TestKillEachProcess(t *testing.T) {
	l := newLandscape(t, "")
	l.c4c.slow("/sap", 60)
	l.wechat.slow("POST /cgi-bin/message/custom/send", 60)
	victims := []*service{
		l.start("api", l.binary, nil, "api"),
		l.start("worker workflows", l.binary, nil, "worker", "--role", "workflows"),
		l.start("worker wechat", l.binary, nil, "worker", "--role", "wechat"),
		l.start("worker c4c", l.binary, nil, "worker", "--role", "c4c"),
		l.temporal, l.postgres,
	}
	for _, v := range victims {
		v.ready()
	}
	traffic := l.follow(10)
	traffic.during(50)

	var rows [][]string
	for _, v := range victims {
		for range 2 {
			taken, repeated, refused := traffic.read(&traffic.taken), traffic.read(&traffic.repeated),
				traffic.read(&traffic.refused)
			began, before := time.Now(), v.pid()
			v.kill()
			down := v.ready()
			require.NotEqual(t, before, v.pid(), "another process")
			for _, other := range victims {
				other.ready()
			}
			traffic.during(60)
			rows = append(rows, []string{
				v.name, down.Round(10 * time.Millisecond).String(), time.Since(began).Round(10 * time.Millisecond).String(),
				fmt.Sprint(traffic.read(&traffic.taken) - taken), fmt.Sprint(traffic.read(&traffic.repeated) - repeated),
				fmt.Sprint(traffic.read(&traffic.refused) - refused), fmt.Sprint(l.parkedCount()),
			})
		}
	}
	publish(
		"Each process killed (SIGKILL) twice under load, started again by the platform: 10 followers, one worker of each role, PostgreSQL-backed Temporal",
		[]string{"killed", "ready again after", "60 messages more after", "messages taken",
			"of them delivered again by WeChat", "answers not acknowledged", "rows that wait for a person, in all"}, rows)

	began := time.Now()
	traffic.stop()
	got := traffic.settle(t)
	for why := range l.parked() {
		require.Equal(t, unknownOutcome, why, "nothing else needs a person")
	}
	publish("What C4C and the phones show in the end", balanceHead, [][]string{got.row()})
	t.Logf("settled after %s; at most %d calls to C4C at once", time.Since(began).Round(time.Second), l.c4c.parallel())
	require.True(t, got.sound(), strings.Join(got.faults, "\n"))
	traffic.requireOnePerFollower(t)
}

// parkedCount returns how many syncs wait for a person.
func (l *landscape) parkedCount() int {
	n := 0
	for _, ids := range l.parked() {
		n += len(ids)
	}
	return n
}

var balanceHead = []string{"messages acknowledged", "answers acknowledged", "lost", "doubled", "out of order",
	"from nowhere", "answers of unknown outcome, each a row that says so"}

func (b balance) row() []string {
	var cells []string
	for _, n := range []int{b.messages, b.answers, b.lost, b.doubled, b.misplaced, b.strange, b.unknown} {
		cells = append(cells, fmt.Sprint(n))
	}
	return cells
}
