package conversation

// LaneName names one of the two queues of a conversation.
type LaneName string

// The lanes: what the follower sends, and what the service agents answer.
const (
	LaneMessages LaneName = "messages"
	LaneReplies  LaneName = "replies"
)

// ReportKind is what a sync reports to its conversation.
type ReportKind string

// Kinds of reports. After ReportParked and ReportHeld the lane goes on; a sync that reports ReportTurn waits for its
// turn and asks again; after ReportEnded it is closed, or what is left of it needs no order.
const (
	ReportParked ReportKind = "parked"
	ReportHeld   ReportKind = "held"
	ReportTurn   ReportKind = "turn"
	ReportEnded  ReportKind = "ended"
)

// Report is what a sync tells its conversation by a signal when it leaves the straight way.
type Report struct {
	WorkflowID string     `json:"workflow_id"`
	Lane       LaneName   `json:"lane"`
	Kind       ReportKind `json:"kind"`
	Order      Order      `json:"order"`
	// Ask counts the sync's waits from 1 on, for a turn or for the follower, so that what is said again of a wait is
	// known to be the same. A sync that is started to wait begins with the first. 0 in a ReportHeld: it does not count
	// those.
	Ask int `json:"ask,omitempty"`
	Outcome
	// TicketID is the ticket of a reply.
	TicketID string `json:"ticket_id,omitempty"`
	// Everything is set where it parked under a cause that hits every sync: those behind it would park too.
	Everything bool `json:"everything,omitempty"`
	// Left is set where WeChat has said that the follower left.
	Left bool `json:"left,omitempty"`
}

// Outcome is what became of a sync, as far as its conversation needs to know.
type Outcome struct {
	Found
	// Arrived is set for a reply whose messages reached the follower.
	Arrived bool `json:"arrived,omitempty"`
	// Spent counts the customer-service messages sent and not reported yet.
	Spent int `json:"spent,omitempty"`
	// Failure is the error type under which it parked, holds or was given up, or under which WeChat refused a message
	// of it.
	Failure string `json:"failure,omitempty"`
	// With are the workflow ids of replies whose texts it carries or carried.
	With []string `json:"with,omitempty"`
}
