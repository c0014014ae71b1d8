package spool_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	bolt "go.etcd.io/bbolt"

	"github.com/wechat-c4c/wechat-c4c/api/spool"
	"github.com/wechat-c4c/wechat-c4c/codec"
)

// Environment of the child process that TestMain runs.
const (
	childFolder = "SPOOL_TEST_FOLDER"
	childLimit  = "SPOOL_TEST_LIMIT" // most bytes of a file
)

// TestMain can also run as a process that keeps events in a folder and prints which ones are safe.
func TestMain(m *testing.M) {
	folder := os.Getenv(childFolder)
	if folder == "" {
		os.Exit(m.Run())
	}
	if err := keepForEver(folder); err != nil {
		fmt.Println("failed:", err)
		os.Exit(1)
	}
}

func keepForEver(folder string) error {
	f := &temporal{err: errAway}
	ring, err := codec.NewKeyRing([]codec.Key{{ID: "k1", Secret: []byte(strings.Repeat("\x01", codec.KeySize))}})
	if err != nil {
		return err
	}
	s, err := spool.Open(spool.Options{Folder: folder, Owner: testOwner, Keys: ring, Deliver: f.deliver})
	if err != nil {
		return err
	}
	if limit, _ := strconv.ParseUint(os.Getenv(childLimit), 10, 64); limit > 0 {
		signal.Ignore(syscall.SIGXFSZ)
		limited := &syscall.Rlimit{Cur: limit, Max: math.MaxUint64}
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, limited); err != nil {
			return err
		}
	}
	for i := 0; ; i++ {
		err := s.Keep(event("lane"+strconv.Itoa(i%7), strconv.Itoa(i)+strings.Repeat("x", 500)))
		switch {
		case err == nil:
			fmt.Println(i)
		case errors.Is(err, spool.ErrDisk):
			fmt.Println("disk")
			if s.Room() == nil {
				return errors.New("there seems to be room")
			}
			// Some megabytes more: then there is room again.
			if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 64 << 20, Max: math.MaxUint64}); err != nil {
				return err
			}
			for s.Room() != nil {
				time.Sleep(10 * time.Millisecond)
			}
		default:
			return err
		}
	}
}

// child runs the process until it has printed that many lines, and kills it. It returns all lines.
func child(t *testing.T, lines int, environ ...string) []string {
	t.Helper()
	c := exec.Command(os.Args[0])
	c.Env = append(os.Environ(), environ...)
	out, err := c.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, c.Start())
	said := []string{}
	in := bufio.NewScanner(out)
	for in.Scan() {
		said = append(said, in.Text())
		if len(said) == lines {
			require.NoError(t, c.Process.Kill())
		}
	}
	require.NoError(t, in.Err())
	_ = c.Wait()
	require.GreaterOrEqual(t, len(said), lines, "it ended by itself: %v", said)
	return said
}

func TestKilledProcessLosesNothing(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	said := child(t, 500, childFolder+"="+folder)
	f := open(t, folder, &temporal{})
	require.GreaterOrEqual(t, f.Status().Waiting, len(said))
	f.run(t)
	f.drained(t)
	taken := f.temporal.texts(t, "")
	have := map[string]bool{}
	for _, text := range taken {
		have[strings.TrimRight(text, "x")] = true
	}
	for _, number := range said {
		require.True(t, have[number], "%s was acknowledged", number)
	}
	for lane := range 7 {
		last := -1
		for _, text := range f.temporal.texts(t, "lane"+strconv.Itoa(lane)) {
			number, err := strconv.Atoi(strings.TrimRight(text, "x"))
			require.NoError(t, err)
			require.Greater(t, number, last, "in order")
			last = number
		}
	}
}

// A disk that accepts nothing more causes an error each time, and loses nothing that was acknowledged.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	said := child(t, 600, childFolder+"="+folder, childLimit+"="+strconv.Itoa(128<<10))
	require.Contains(t, said, "disk")
	require.NotEqual(t, "disk", said[len(said)-1], "it goes on when there is room")
	f := open(t, folder, &temporal{})
	f.run(t)
	f.drained(t)
	have := map[string]bool{}
	for _, text := range f.temporal.texts(t, "") {
		have[strings.TrimRight(text, "x")] = true
	}
	for _, number := range said {
		require.True(t, have[number] || number == "disk", "%s was acknowledged", number)
	}
}

func TestTwoProcessesOnOneFolder(t *testing.T) {
	t.Parallel()
	f := setup(t)
	_, err := spool.Open(options(t, f.folder, &temporal{}))
	require.ErrorIs(t, err, spool.ErrInUse)
	kept, err := f.hand(event("a", "x"), time.Second)
	require.NoError(t, err)
	require.False(t, kept)
}

func TestAnotherKey(t *testing.T) {
	t.Parallel()
	f := setup(t)
	f.keep(t, 2, "a")
	f.stop()
	for name, keys := range map[string]*codec.KeyRing{"unknown": ring(t, "k2", 2), "of the same name": ring(t, "k1", 2)} {
		_, err := spool.Open(options(t, f.folder, &temporal{}, func(o *spool.Options) { o.Keys = keys }))
		require.ErrorIs(t, err, spool.ErrKey, name)
	}
	both, err := codec.NewKeyRing([]codec.Key{
		{ID: "k2", Secret: []byte(strings.Repeat("2", codec.KeySize))},
		{ID: "k1", Secret: []byte(strings.Repeat("\x01", codec.KeySize))},
	})
	require.NoError(t, err)
	f = open(t, f.folder, &temporal{}, func(o *spool.Options) { o.Keys = both })
	f.run(t)
	f.drained(t)
	require.Equal(t, numbers(2), f.temporal.texts(t, "a"))
}

func TestForeignFolder(t *testing.T) {
	t.Parallel()
	f := setup(t)
	f.keep(t, 1, "a")
	f.stop()
	_, err := spool.Open(options(t, f.folder, &temporal{}, func(o *spool.Options) { o.Owner = "somebody else" }))
	require.ErrorIs(t, err, spool.ErrForeign)
	f = open(t, f.folder, &temporal{})
	require.Equal(t, 1, f.Status().Waiting, "it was left as it is")
	f.run(t)
	f.drained(t)
	f.stop()
	open(t, f.folder, &temporal{}, func(o *spool.Options) { o.Owner = "somebody else" }).stop()

	other := t.TempDir()
	db, err := bolt.Open(filepath.Join(other, spool.FileName), 0o600, nil)
	require.NoError(t, err)
	require.NoError(t, db.Update(func(tx *bolt.Tx) error { _, err := tx.CreateBucket([]byte("theirs")); return err }))
	require.NoError(t, db.Close())
	_, err = spool.Open(options(t, other, &temporal{}))
	require.ErrorIs(t, err, spool.ErrForeign)
}

func TestFolderThatCannotBeUsed(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, []byte("x"), 0o600))
	taken := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(taken, spool.FileName), 0o700))
	text := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(text, spool.FileName), []byte(strings.Repeat("no database ", 2000)),
		0o600))
	for _, folder := range []string{filepath.Join(file, "below"), taken, "/proc/spool", text} {
		_, err := spool.Open(options(t, folder, &temporal{}))
		require.Error(t, err, folder)
	}
	_, err := spool.Open(options(t, text, &temporal{}))
	require.ErrorIs(t, err, spool.ErrDamaged)
}

// Whatever happened to the file: opening it fails with a clear error, or everything readable is handed over.
func TestDamagedFile(t *testing.T) {
	t.Parallel()
	f := setup(t)
	f.keep(t, 60, "a", "b")
	f.stop()
	sound, err := os.ReadFile(filepath.Join(f.folder, spool.FileName))
	require.NoError(t, err)
	// header is set for damage to one of the two headers. The file is then as it was before the last write, which is
	// also how a write looks that was interrupted by a power failure.
	try := func(name string, content []byte, header bool) {
		folder := t.TempDir()
		require.NoError(t, os.WriteFile(filepath.Join(folder, spool.FileName), content, 0o600))
		s, err := spool.Open(options(t, folder, &temporal{}))
		if err == nil {
			if n := len(s.List()); !header || n != 119 {
				require.Equal(t, 120, n, name)
			}
			_ = s.Keep(event("a", "more"))
			require.NoError(t, s.Close(), name)
			return
		}
		known := errors.Is(err, spool.ErrDamaged) || errors.Is(err, spool.ErrKey) || errors.Is(err, spool.ErrForeign)
		require.True(t, known, "%s: %v", name, err)
	}
	for size := 2048; size < len(sound); size += 2048 {
		try(fmt.Sprint("cut at ", size), sound[:size], false)
	}
	for at := 7; at < len(sound); at += 509 {
		flipped := append([]byte(nil), sound...)
		for i := range 8 {
			flipped[(at+i)%len(sound)] ^= 0xff
		}
		try(fmt.Sprint("flipped at ", at), flipped, at < 8192)
	}
	for page := 0; page < len(sound); page += 4096 {
		zeroed := append([]byte(nil), sound...)
		clear(zeroed[page:min(page+4096, len(zeroed))])
		try(fmt.Sprint("zeroed at ", page), zeroed, page < 8192)
	}
}

// If a file is truncated while open, later calls fail, but the process never ends.
func TestFileThatIsCutWhileOpen(t *testing.T) {
	t.Parallel()
	f := setup(t)
	f.keep(t, 100, "a")
	require.NoError(t, os.Truncate(filepath.Join(f.folder, spool.FileName), 8192))
	f.run(t)
	f.temporal.answer(nil)
	require.Eventually(t, func() bool {
		_, err := f.hand(event("a", "x"), 50*time.Millisecond)
		return errors.Is(err, spool.ErrDisk) && f.Room() != nil
	}, 10*time.Second, 10*time.Millisecond)
	kept, err := f.hand(event("b", "x"), 5*time.Second)
	require.NoError(t, err)
	require.False(t, kept, "Temporal takes the others")
}

// Nothing is acknowledged that the next start would not find.
func TestFileThatIsMovedAway(t *testing.T) {
	t.Parallel()
	for name, replace := range map[string]bool{"gone": false, "replaced": true} {
		t.Run(name, func(t *testing.T) {
			f := setup(t)
			f.keep(t, 1, "a")
			path := filepath.Join(f.folder, spool.FileName)
			require.NoError(t, os.Rename(path, path+".away"))
			if replace {
				from, err := os.Open(path + ".away")
				require.NoError(t, err)
				to, err := os.Create(path)
				require.NoError(t, err)
				_, err = io.Copy(to, from)
				require.NoError(t, errors.Join(err, from.Close(), to.Close()))
			}
			_, err := f.hand(event("a", "x"), 100*time.Millisecond)
			require.ErrorIs(t, err, spool.ErrDisk)
			require.NoError(t, os.Rename(path+".away", path))
			require.Eventually(t, func() bool { return f.Room() == nil }, 5*time.Second, 10*time.Millisecond)
		})
	}
}
