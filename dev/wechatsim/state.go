package wechatsim

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// state is everything the account knows; POST /_sim/reset replaces it, StateFile stores it.
type state struct {
	Followers  map[string]*follower      `json:"followers,omitempty"`
	Order      []string                  `json:"order"` // openids in the order of their first appearance
	Stable     tokenSlot                 `json:"stable"`
	Classic    tokenSlot                 `json:"classic"`
	Forced     []time.Time               `json:"forced"` // force_refresh calls that did refresh
	Menu       *menu                     `json:"menu,omitempty"`
	Special    []*menu                   `json:"special,omitempty"` // conditional menus, oldest first
	Media      map[string]*media         `json:"media,omitempty"`
	Templates  []template                `json:"templates"`
	SentOnce   map[string]sentTemplate   `json:"sent_once"` // client_msg_id
	QRCodes    map[string]qrCode         `json:"qr_codes"`
	Codes      map[string]*oauthCode     `json:"codes"`
	UserTokens map[string]*userToken     `json:"user_tokens"`
	Ticket     issued                    `json:"ticket"` // JS-SDK
	Tags       []tag                     `json:"tags"`
	Used       map[string]map[string]int `json:"used"`    // day, path: calls
	Cleared    map[string]int            `json:"cleared"` // month: clear_quota calls
	LastMsgID  int64                     `json:"last_msg_id"`
	LastSerial int64                     `json:"last_serial"` // menu, template message, tag ids

	journal journal
}

func newState() *state {
	return &state{
		Followers: map[string]*follower{}, Media: map[string]*media{},
		Templates: defaultTemplates(), SentOnce: map[string]sentTemplate{},
		QRCodes: map[string]qrCode{}, Codes: map[string]*oauthCode{},
		UserTokens: map[string]*userToken{}, Tags: []tag{{ID: 2, Name: "星标组"}},
		Used: map[string]map[string]int{}, Cleared: map[string]int{},
		LastSerial: 100,
	}
}

// serial returns the next of the small ids that menus, tags and template messages use.
func (st *state) serial() int64 {
	st.LastSerial++
	return st.LastSerial
}

// msgID returns a 17 digit message id. It grows with the clock so that ids are not reused after a restart: a receiver
// that deduplicates by id would drop the message.
func (st *state) msgID(now time.Time) int64 {
	st.LastMsgID = max(st.LastMsgID+1, now.UnixNano()/100)
	return st.LastMsgID
}

func loadState(file string) (*state, error) {
	st := newState()
	data, err := os.ReadFile(file)
	if err == nil {
		if err := json.Unmarshal(data, st); err != nil {
			return newState(), fmt.Errorf("wechatsim: parse state: %w", err)
		}
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return st, fmt.Errorf("wechatsim: read state: %w", err)
	}
	changes, err := os.ReadFile(file + journalSuffix)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return st, fmt.Errorf("wechatsim: read journal: %w", err)
	}
	return st.replay(changes)
}

// save replaces file atomically, so that a crash leaves the old or the new one.
func (st *state) save(file string) error {
	data, err := json.Marshal(st)
	if err != nil {
		return fmt.Errorf("wechatsim: encode state: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return fmt.Errorf("wechatsim: write state: %w", err)
	}
	next := file + ".new"
	if err := os.WriteFile(next, data, 0o600); err != nil {
		return fmt.Errorf("wechatsim: write state: %w", err)
	}
	if err := os.Rename(next, file); err != nil {
		return fmt.Errorf("wechatsim: write state: %w", err)
	}
	return nil
}
