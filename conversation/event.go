package conversation

// Event is something that happened: an [Inbound], a [Reply], a [TicketChange], a [Report], or one of the types below.
type Event interface {
	// apply updates the state. It must not fail: an event that the state cannot use is counted and changes nothing
	// else.
	apply(s *step)
}

// Closed reports that a sync is closed which the conversation started or watches.
type Closed struct {
	WorkflowID string  `json:"workflow_id"`
	Outcome    Outcome `json:"outcome,omitzero"`
	// Lost is set if the sync has no outcome because it was terminated. Cancelled is set if a person cancelled it; it
	// has then informed the agent itself.
	Lost      bool `json:"lost,omitempty"`
	Cancelled bool `json:"cancelled,omitempty"`
}

// Watched reports that a running sync will report its end, even to a later run of the conversation.
type Watched struct {
	WorkflowID string `json:"workflow_id"`
}

// Tick reports that time has passed: something may be due.
type Tick struct{}

// Tell asks whether a text that answers a message may be sent to the follower now. [State.CheckTell] has allowed it.
type Tell struct{ TellRequest }

// SpendLink uses up a personal link. [State.CheckLink] has allowed it.
type SpendLink struct{ SpendLinkRequest }

func (e Tick) apply(*step) {}
