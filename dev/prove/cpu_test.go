package prove

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// tick is the unit of CPU time in Linux, in ms.
const tick = 10

// cpu returns the CPU time, in ms, that a service has used so far, including all processes that it has started.
func (s *service) cpu() float64 {
	s.t.Helper()
	all := processes(s.t)
	return tick * float64(all.of(s.pid()))
}

// stat is a line of /proc/<pid>/stat.
type stat struct {
	parent      int
	own, waited int // of the process, and of its children that have ended
}

type stats map[int]stat

// processes reads all processes of the machine, except those that end meanwhile.
func processes(t *testing.T) stats {
	t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/stat")
	require.NoError(t, err)
	all := stats{}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(file)))
		require.NoError(t, err)
		all[pid] = parseStat(t, string(content))
	}
	return all
}

// parseStat reads a line of the form "pid (name) state ppid …"; the name may hold blanks and brackets. See proc(5).
func parseStat(t *testing.T, line string) stat {
	t.Helper()
	fields := strings.Fields(line[strings.LastIndexByte(line, ')')+1:])
	number := func(i int) int {
		n, err := strconv.Atoi(fields[i])
		require.NoError(t, err, line)
		return n
	}
	return stat{parent: number(1), own: number(11) + number(12), waited: number(13) + number(14)}
}

// of returns the time of a process and all its descendants.
func (all stats) of(pid int) int {
	total := all[pid].own + all[pid].waited
	for child, s := range all {
		if s.parent == pid {
			total += all.of(child)
		}
	}
	return total
}

func TestTimeOfAProcessAndItsChildren(t *testing.T) {
	t.Parallel()
	require.Equal(t, stat{parent: 4, own: 30, waited: 7},
		parseStat(t, "12 (post gres) (x) S 4 12 12 0 -1 4194560 1 2 3 4 10 20 3 4 20 0 1 0 5 6 7"))
	all := stats{1: {own: 1, waited: 2}, 2: {parent: 1, own: 10}, 3: {parent: 2, own: 100, waited: 1000}, 4: {own: 9999}}
	require.Equal(t, 1113, all.of(1))
}
