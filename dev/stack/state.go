package stack

import (
	"fmt"
	"os"
	"path/filepath"
)

// State is the folder with a stack's state between two runs: Temporal's database, followers and chats, customers and
// tickets. They belong together, so they are deleted together.
type State struct{ Dir string }

// TemporalDB is Temporal's SQLite file.
func (s State) TemporalDB() string { return filepath.Join(s.Dir, "temporal.db") }

// WeChat is the file of the WeChat simulator.
func (s State) WeChat() string { return filepath.Join(s.Dir, "wechat.json") }

// C4C is the file of the C4C simulator.
func (s State) C4C() string { return filepath.Join(s.Dir, "c4c.json") }

// Spool returns the folder in which the api stores what Temporal does not accept immediately; empty if no state is
// kept.
func (s State) Spool() (string, error) {
	if s.Dir == "" {
		return "", nil
	}
	dir, err := filepath.Abs(filepath.Join(s.Dir, "spool"))
	if err != nil {
		return "", fmt.Errorf("stack: state folder: %w", err)
	}
	return dir, nil
}

// Ensure makes the folder.
func (s State) Ensure() error {
	if err := os.MkdirAll(s.Dir, 0o755); err != nil {
		return fmt.Errorf("stack: state folder: %w", err)
	}
	return nil
}

// Forget deletes the state of earlier runs. The compiled Temporal server in the same folder stays.
func (s State) Forget() error {
	if err := os.RemoveAll(filepath.Join(s.Dir, "spool")); err != nil {
		return fmt.Errorf("stack: forget: %w", err)
	}
	db := s.TemporalDB()
	for _, path := range []string{db, db + "-wal", db + "-shm", db + "-journal", s.WeChat(), s.WeChat() + ".journal",
		s.C4C(), s.C4C() + ".journal"} {
		if err := os.Remove(path); err != nil && !os.IsNotExist(err) {
			return fmt.Errorf("stack: forget: %w", err)
		}
	}
	return nil
}
