package conversation

// Event is something that happened: an [Inbound], a [Reply], a [TicketChange], a [Report], or one of the types below.
type Event interface {
	// apply lets the state take what happened. It must not fail: what the state cannot use is counted and changes
	// nothing.
	apply(s *step)
}

// Closed reports that a sync which the conversation started or watches is closed.
type Closed struct {
	WorkflowID string  `json:"workflow_id"`
	Outcome    Outcome `json:"outcome,omitzero"`
	// Lost is set where the sync has no outcome: it was terminated. Cancelled is set where a person cancelled it: it
	// has told the agent itself.
	Lost      bool `json:"lost,omitempty"`
	Cancelled bool `json:"cancelled,omitempty"`
}

// Watched reports that a running sync will report its end, whichever run of the conversation is there to hear it.
type Watched struct {
	WorkflowID string `json:"workflow_id"`
}

// Tick reports that time has passed: something may be due.
type Tick struct{}

// Tell asks whether a text that answers a message may go to the follower now. [State.CheckTell] has allowed it.
type Tell struct{ TellRequest }

// SpendLink uses a personal link up. [State.CheckLink] has allowed it.
type SpendLink struct{ SpendLinkRequest }

func (e Tick) apply(*step) {}
