package devserver

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// asParent in the environment makes the test of that name a parent that waits to be killed.
const asParent = "RUN_AS_PARENT"

func TestParentThatIsKilled(t *testing.T) {
	if os.Getenv(asParent) == "" {
		t.Skip("TestTiedProcessEndsWithItsParent runs it")
	}
	child := exec.Command("sleep", "600")
	child.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(os.Geteuid()),
		Gid: uint32(os.Getegid()), NoSetGroups: true}}
	require.NoError(t, StartTied(child))
	fmt.Fprintf(os.Stdout, "child %d\n", child.Process.Pid)
	_ = child.Wait()
}

// A child with a user of its own is tied as well: processes left by a killed test run would keep ports and locks.
func TestTiedProcessEndsWithItsParent(t *testing.T) {
	t.Parallel()
	parent := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestParentThatIsKilled$")
	parent.Env = append(os.Environ(), asParent+"=1")
	out, err := parent.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, parent.Start())
	pid := 0
	for lines := bufio.NewScanner(out); pid == 0 && lines.Scan(); {
		if _, text, found := strings.Cut(lines.Text(), "child "); found {
			pid, err = strconv.Atoi(text)
			require.NoError(t, err)
		}
	}
	require.NotZero(t, pid)
	require.True(t, runs(pid))
	require.NoError(t, parent.Process.Kill())
	_ = parent.Wait()
	require.Eventually(t, func() bool { return !runs(pid) }, 10*time.Second, 5*time.Millisecond)
}

// runs reports whether a process is running. An ended one that nobody waited for remains as a zombie and does not
// count.
func runs(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return false
	}
	_, after, _ := strings.Cut(string(stat), ") ")
	return !strings.HasPrefix(after, "Z")
}
