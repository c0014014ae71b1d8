package wechatsim

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"sync"
)

// journalSuffix is appended to the state file's name for the journal.
const journalSuffix = ".journal"

// guarded is a mutex that stores every change to a follower before anyone else can see it: like the real WeChat, the
// simulator forgets nothing that it has answered, even if its process is killed.
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

// journal lists what has not been stored yet. The rest of the account's state is stored with it.
type journal struct {
	touched []string // openids of followers that may have changed
	media   []string // ids of new files
	old     bool     // the journal refers to this state
}

func (j *journal) touch(openid string) {
	if len(j.touched) == 0 || j.touched[len(j.touched)-1] != openid {
		j.touched = append(j.touched, openid)
	}
}

// change is a line of the journal.
type change struct {
	Forget    bool                 `json:"forget,omitempty"`    // nothing from before remains
	Account   *state               `json:"account"`             // without followers and media
	Followers map[string]*follower `json:"followers,omitempty"` // with the new lines of their threads only
	Media     []*media             `json:"media,omitempty"`
}

// writeDown appends the changes to followers to the journal. The caller holds the lock.
func (s *Simulator) writeDown() {
	st := s.state
	if st.journal.old && len(st.journal.touched)+len(st.journal.media) == 0 {
		return
	}
	account := *st
	account.Followers, account.Media = nil, nil
	line := change{Forget: !st.journal.old, Account: &account, Followers: map[string]*follower{}}
	for _, openid := range st.journal.touched {
		if f := st.Followers[openid]; f != nil && line.Followers[openid] == nil {
			news := *f
			news.Thread = f.Thread[f.written:]
			f.written = len(f.Thread)
			line.Followers[openid] = &news
		}
	}
	for _, id := range st.journal.media {
		line.Media = append(line.Media, st.Media[id])
	}
	st.journal = journal{old: true}
	data, err := json.Marshal(line)
	if err == nil {
		_, err = s.file.Write(append(data, '\n'))
	}
	if err != nil {
		s.log.Warn("wechat simulator did not keep a change", "error", err)
	}
}

// save replaces the state file and begins a new journal. A crash in between leaves an old journal beside the new file.
// Reading it changes nothing, because lines that the file already has are recognised. The caller holds the lock, or is
// New.
func (s *Simulator) save() error {
	if err := s.state.save(s.options.StateFile); err != nil {
		return err
	}
	file, err := os.OpenFile(s.options.StateFile+journalSuffix, os.O_CREATE|os.O_WRONLY|os.O_TRUNC|os.O_APPEND, 0o600)
	if err != nil {
		return fmt.Errorf("wechatsim: begin journal: %w", err)
	}
	if s.file != nil {
		_ = s.file.Close() // its content is in the state file
	}
	s.file = file
	s.state.journal = journal{old: true}
	for _, f := range s.state.Followers {
		f.written = len(f.Thread)
	}
	return nil
}

// replay applies the changes of a journal. An incomplete last line was never answered.
func (st *state) replay(changes []byte) (*state, error) {
	for line := range bytes.Lines(changes) {
		if !bytes.HasSuffix(line, []byte("\n")) {
			break
		}
		in := change{Account: newState()}
		if err := json.Unmarshal(line, &in); err != nil {
			return st, fmt.Errorf("wechatsim: parse journal: %w", err)
		}
		next := in.Account
		if !in.Forget {
			next.Followers, next.Media = st.Followers, st.Media
		}
		for _, openid := range slices.Sorted(maps.Keys(in.Followers)) {
			f := in.Followers[openid]
			if before := next.Followers[openid]; before != nil {
				f.Thread = append(before.Thread, f.unknown(before.LastItem)...)
				f.LastItem = max(f.LastItem, before.LastItem)
			}
			next.Followers[openid] = f
		}
		for _, m := range in.Media {
			next.Media[m.ID] = m
		}
		st = next
	}
	return st, nil
}

// unknown returns the lines of the thread after a number.
func (f *follower) unknown(last int64) []item {
	return slices.DeleteFunc(f.Thread, func(it item) bool { return it.ID <= last })
}
