package window

import (
	"encoding/json"
	"time"
)

// Grant is what one trigger still allows.
type Grant struct {
	Trigger Trigger `json:"trigger"`
	Left    int     `json:"left"`
	Until   int64   `json:"until"` // seconds since 1970; from then on it allows nothing
}

// MarshalJSON adds "ends", which is Until as people read it: RFC 3339 in UTC.
func (g Grant) MarshalJSON() ([]byte, error) {
	type plain Grant
	return json.Marshal(struct {
		plain
		Ends string `json:"ends"`
	}{plain(g), time.Unix(g.Until, 0).UTC().Format(time.RFC3339)})
}

// Alive reports whether the grant has not ended.
func (g Grant) Alive(now time.Time) bool { return now.Unix() < g.Until }

// Left is how many messages grants still allow.
func Left(grants []Grant, now time.Time) int {
	left := 0
	for _, g := range grants {
		if g.Alive(now) {
			left += g.Left
		}
	}
	return left
}
