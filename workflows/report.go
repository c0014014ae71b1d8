package workflows

// Lane is one of the two queues of a conversation. What is in one lane runs one after the other.
type Lane string

// The lanes: what the follower sends, and what the service agents answer.
const (
	LaneMessages Lane = "messages"
	LaneReplies  Lane = "replies"
)

// Event is what a sync reports to its conversation.
type Event string

// Events. After Parked or Held the lane goes on; after Turn the sync waits for its turn; after Ended it is closed,
// or only looks for the files of a reply.
const (
	EventParked Event = "parked"
	EventHeld   Event = "held"
	EventTurn   Event = "turn"
	EventEnded  Event = "ended"
)

// Report is what a sync tells its conversation when it leaves the straight way.
type Report struct {
	WorkflowID string   `json:"workflow_id"`
	Lane       Lane     `json:"lane"`
	Event      Event    `json:"event"`
	Facts      Facts    `json:"facts"`             // what the sync found out so far
	Order      string   `json:"order"`             // sorts the syncs of a lane by when they were written
	Spent      int      `json:"spent,omitempty"`   // customer-service messages sent since the last report
	Failure    string   `json:"failure,omitempty"` // error type under which it parked or holds
	TicketID   string   `json:"ticket_id,omitempty"`
	State      string   `json:"state,omitempty"` // how it stands
	With       []string `json:"with,omitempty"`  // workflow ids of replies whose texts it carries
	Left       bool     `json:"left,omitempty"`  // WeChat says that the follower left
}

// Outcome is what a sync returns to the conversation that waits for it.
type Outcome struct {
	Facts
	Spent   int      `json:"spent,omitempty"`   // customer-service messages sent and not reported yet
	Failure string   `json:"failure,omitempty"` // error type of a message that WeChat refused
	State   string   `json:"state,omitempty"`   // how a reply ended
	With    []string `json:"with,omitempty"`    // workflow ids of replies whose texts it carried
}
