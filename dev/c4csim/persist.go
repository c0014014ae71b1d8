package c4csim

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// saveDelay collects changes before the state file is written.
const saveDelay = 2 * time.Second

// savedState is the state file: every object, where the numbers stand, and tickets still to come.
type savedState struct {
	Objects int64            `json:"objects"`
	Numbers map[string]int64 `json:"numbers"`
	Rows    []savedRow       `json:"rows"`
	Pending []string         `json:"pending"`
}

type savedRow struct {
	Type    string         `json:"type"`
	ID      string         `json:"id"`
	Changed time.Time      `json:"changed"`
	Props   map[string]any `json:"props"`
}

// saveSoon writes the state file a little later; many changes make one write. Callers may hold Simulator.mu.
func (s *Simulator) saveSoon() {
	if s.opts.StateFile == "" || !s.saving.CompareAndSwap(false, true) {
		return
	}
	s.after(saveDelay, func() {
		s.saving.Store(false)
		if err := s.save(); err != nil {
			s.opts.Logger.Warn("state not saved", "error", err)
		}
	})
}

func (s *Simulator) save() error {
	s.mu.Lock()
	state := savedState{Objects: s.db.objects, Numbers: s.db.numbers}
	for name := range entityTypes {
		for _, r := range s.db.all(name) {
			state.Rows = append(state.Rows, savedRow{Type: name, ID: r.id, Changed: r.changed, Props: r.props})
		}
	}
	for _, p := range s.pending {
		state.Pending = append(state.Pending, p.activity)
	}
	data, err := json.Marshal(state)
	s.mu.Unlock()
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
	return nil
}

// load reads the state file; none is a fresh tenant. Tickets that were still to come appear at once.
func (s *Simulator) load() error {
	data, err := os.ReadFile(s.opts.StateFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("c4csim: load state: %w", err)
	}
	var state savedState
	if err := json.Unmarshal(data, &state); err != nil {
		return fmt.Errorf("c4csim: load state: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.db.clear()
	for _, saved := range state.Rows {
		if t := entityTypes[saved.Type]; t != nil {
			s.db.insert(saved.Type, saved.ID, saved.Changed, restored(t, saved.Props))
		}
	}
	s.db.objects = max(s.db.objects, state.Objects)
	for name, n := range state.Numbers {
		s.db.numbers[name] = max(s.db.numbers[name], n)
	}
	for _, id := range state.Pending {
		s.pending = append(s.pending, pendingTicket{activity: id, due: s.now()})
	}
	s.settle()
	return nil
}

// restored gives values their types back, which JSON does not keep.
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
