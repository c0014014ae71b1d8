package window

import (
	"encoding/json"
	"time"
)

// Grant is the number of messages that one trigger still allows.
type Grant struct {
	Trigger Trigger `json:"trigger"`
	Left    int     `json:"left"`
	Until   int64   `json:"until"` // seconds since 1970; the grant ends then
}

// MarshalJSON adds "ends", which is Until in a readable form: RFC 3339 in UTC.
func (g Grant) MarshalJSON() ([]byte, error) {
	type plain Grant
	return json.Marshal(struct {
		plain
		Ends string `json:"ends"`
	}{plain(g), time.Unix(g.Until, 0).UTC().Format(time.RFC3339)})
}

// Alive reports whether the grant has not ended.
func (g Grant) Alive(now time.Time) bool { return now.Unix() < g.Until }

// Left is how many messages the grants still allow.
func Left(grants []Grant, now time.Time) int {
	left := 0
	for _, g := range grants {
		if g.Alive(now) {
			left += g.Left
		}
	}
	return left
}
