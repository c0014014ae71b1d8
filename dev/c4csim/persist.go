package c4csim

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"
)

// journalSuffix is appended to the state file's name for the journal.
const journalSuffix = ".journal"

// savedState is the state file: every object, the number ranges, and pending tickets. A line of the journal has the
// same form and contains what changed.
type savedState struct {
	Cleared bool             `json:"cleared,omitempty"` // nothing from before remains
	Objects int64            `json:"objects"`
	Numbers map[string]int64 `json:"numbers"`
	Rows    []savedRow       `json:"rows,omitempty"`
	Removed []savedRow       `json:"removed,omitempty"`
	Pending []string         `json:"pending,omitempty"`
}

type savedRow struct {
	Type    string         `json:"type"`
	ID      string         `json:"id"`
	Changed time.Time      `json:"changed,omitzero"`
	Props   map[string]any `json:"props,omitempty"`
}

func saved(r *row) savedRow {
	return savedRow{Type: r.typ.name, ID: r.id, Changed: r.changed, Props: r.props}
}

// guarded is a mutex that stores every change before anyone else can see it: like a real tenant, the simulator
// forgets nothing that it has answered, even if its process is killed.
type guarded struct {
	sync.Mutex
	keep func() // nil: nothing is kept
}

// Unlock stores what changed and releases the mutex.
func (g *guarded) Unlock() {
	if g.keep != nil {
		g.keep()
	}
	g.Mutex.Unlock()
}

// keep appends the changes to the journal. The caller holds the lock.
func (s *Simulator) keep() {
	d := s.db
	if !d.cleared && len(d.dirty) == 0 && len(d.removed) == 0 {
		return
	}
	line := s.numbersAndPending()
	line.Cleared, line.Removed = d.cleared, d.removed
	for _, r := range slices.SortedFunc(maps.Keys(d.dirty), bySequence) {
		line.Rows = append(line.Rows, saved(r))
	}
	d.unchanged()
	data, err := json.Marshal(line)
	if err == nil {
		_, err = s.journal.Write(append(data, '\n'))
	}
	if err != nil {
		s.opts.Logger.Warn("state not saved", "error", err)
	}
}

// numbersAndPending returns the number ranges and the pending tickets.
func (s *Simulator) numbersAndPending() savedState {
	state := savedState{Objects: s.db.objects, Numbers: s.db.numbers}
	for _, p := range s.pending {
		state.Pending = append(state.Pending, p.activity)
	}
	return state
}

// save replaces the state file and begins a new journal. A crash in between leaves a journal that changes nothing.
// The caller holds the lock.
func (s *Simulator) save() error {
	state := s.numbersAndPending()
	state.Cleared = true
	for name := range entityTypes {
		for _, r := range s.db.all(name) {
			state.Rows = append(state.Rows, saved(r))
		}
	}
	data, err := json.Marshal(state)
	if err != nil {
		return fmt.Errorf("c4csim: save state: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(s.opts.StateFile), 0o755); err != nil {
		return fmt.Errorf("c4csim: save state: %w", err)
	}
	part := s.opts.StateFile + ".part"
	if err := os.WriteFile(part, data, 0o600); err != nil {
		return fmt.Errorf("c4csim: save state: %w", err)
	}
	if err := os.Rename(part, s.opts.StateFile); err != nil {
		return fmt.Errorf("c4csim: save state: %w", err)
	}
	journal, err := os.OpenFile(s.opts.StateFile+journalSuffix, os.O_CREATE|os.O_WRONLY|os.O_TRUNC|os.O_APPEND, 0o600)
	if err != nil {
		return fmt.Errorf("c4csim: begin journal: %w", err)
	}
	if s.journal != nil {
		_ = s.journal.Close() // its content is in the state file
	}
	s.journal = journal
	s.db.unchanged()
	return nil
}

// open reads the stored state, and stores all changes from now on. Without a file the tenant is new. Pending tickets
// appear at once.
func (s *Simulator) open() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	failed := s.load()
	if err := s.save(); err != nil {
		return errors.Join(failed, err)
	}
	s.mu.keep = s.keep
	s.settle()
	return failed
}

func (s *Simulator) load() error {
	data, err := os.ReadFile(s.opts.StateFile)
	if err == nil {
		err = s.apply(data)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("c4csim: load state: %w", err)
	}
	journal, err := os.ReadFile(s.opts.StateFile + journalSuffix)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("c4csim: load journal: %w", err)
	}
	for line := range bytes.Lines(journal) {
		if !bytes.HasSuffix(line, []byte("\n")) {
			break // the process was killed while writing; nobody got an answer
		}
		if err := s.apply(line); err != nil {
			return fmt.Errorf("c4csim: load journal: %w", err)
		}
	}
	return nil
}

// apply adds stored state.
func (s *Simulator) apply(data []byte) error {
	var state savedState
	if err := json.Unmarshal(data, &state); err != nil {
		return err
	}
	if state.Cleared {
		s.db.clear()
	}
	for _, r := range state.Removed {
		if entityTypes[r.Type] != nil {
			if r := s.db.get(r.Type, r.ID); r != nil {
				s.db.remove(r)
			}
		}
	}
	for _, r := range state.Rows {
		if t := entityTypes[r.Type]; t != nil {
			s.db.restore(r.Type, r.ID, r.Changed, restored(t, r.Props))
		}
	}
	s.db.objects = max(s.db.objects, state.Objects)
	for name, n := range state.Numbers {
		s.db.numbers[name] = max(s.db.numbers[name], n)
	}
	s.pending = nil
	for _, id := range state.Pending {
		s.pending = append(s.pending, pendingTicket{activity: id, due: s.now()})
	}
	return nil
}

// restored gives values their types back, which JSON does not preserve.
func restored(t *entityType, props map[string]any) map[string]any {
	for name, v := range props {
		text, isText := v.(string)
		p := t.byName[name]
		if !isText || p == nil {
			continue
		}
		switch p.kind {
		case "DateTimeOffset", "DateTime":
			if at, err := time.Parse(time.RFC3339Nano, text); err == nil {
				props[name] = at
			}
		case "Binary":
			if b, err := base64.StdEncoding.DecodeString(text); err == nil {
				props[name] = b
			}
		}
	}
	return props
}
