package workflows

import "time"

// WindowPolicy is what an account decides about the reply window.
type WindowPolicy struct {
	WindowRules
	// AutomaticLife is how long an automatic text waits for a message to spare; 0: an hour.
	AutomaticLife time.Duration `json:"automatic_life,omitempty"`
}
