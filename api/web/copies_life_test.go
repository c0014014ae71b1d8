package web

import (
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// TestCopiesEnd: two minutes after the last look, nothing of a file remains, not even in the folder.
func TestCopiesEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		disk, key := NewDisk(DefaultRoom), copyKey{"acme", "oAlice", "F1"}
		brought := 0
		look := func() *copied {
			c, err := disk.copy(t.Context(), key, func() (*carried, error) {
				brought++
				return (&awaited{disk: disk, who: key.openID}).keep(strings.NewReader("content"))
			})
			require.NoError(t, err)
			return c
		}
		first := look()
		_, err := os.Stat(first.file.Name())
		require.ErrorIs(t, err, os.ErrNotExist, "a process that is killed leaves nothing behind")
		time.Sleep(2 * copyLife)
		require.NotZero(t, disk.Held(), "somebody is looking")
		disk.leave(key, first)
		time.Sleep(copyLife - time.Second)
		second := look()
		start := make([]byte, 7)
		_, err = second.reader().Read(start)
		require.NoError(t, err)
		require.Equal(t, "content", string(start))
		disk.leave(key, second)
		time.Sleep(copyLife - time.Second)
		require.NotZero(t, disk.Held(), "it was looked at again")
		require.Equal(t, 1, brought)
		time.Sleep(2 * time.Second)
		synctest.Wait()
		require.Zero(t, disk.Held())
		third := look()
		require.Equal(t, 2, brought)
		disk.forget(key.account, key.openID)
		require.NotZero(t, disk.Held(), "it is being read")
		disk.leave(key, third)
		require.Zero(t, disk.Held())
	})
}
