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

// Kinds of reports. After ReportParked and ReportHeld the lane continues. A sync that reports ReportTurn waits for
// its turn and will ask again. After ReportEnded the sync is closed, or the rest of it needs no order.
const (
	ReportParked ReportKind = "parked"
	ReportHeld   ReportKind = "held"
	ReportTurn   ReportKind = "turn"
	ReportEnded  ReportKind = "ended"
)

// Report is the signal a sync sends to its conversation when it does not simply run to its end.
type Report struct {
	WorkflowID string     `json:"workflow_id"`
	Lane       LaneName   `json:"lane"`
	Kind       ReportKind `json:"kind"`
	Order      Order      `json:"order"`
	// Ask numbers the sync's waits from 1 on, for a turn or for the follower, so that repeated reports about the same
	// wait are recognised. A sync that is started to wait begins with wait 1. 0 in a ReportHeld: the sync does not
	// number its waits for the follower.
	Ask int `json:"ask,omitempty"`
	Outcome
	// TicketID is the ticket of a reply.
	TicketID string `json:"ticket_id,omitempty"`
	// Everything is set if it parked under a cause that affects every sync: those behind it would park, too.
	Everything bool `json:"everything,omitempty"`
	// Left is set if WeChat has reported that the follower has unfollowed.
	Left bool `json:"left,omitempty"`
}

// Outcome is the result of a sync, as far as its conversation needs it.
type Outcome struct {
	Found
	// Arrived is set if a reply's messages reached the follower.
	Arrived bool `json:"arrived,omitempty"`
	// Spent is the number of customer-service messages sent since the last report.
	Spent int `json:"spent,omitempty"`
	// Failure is the error type under which the sync parked, is held or was given up, or under which WeChat refused one
	// of its messages.
	Failure string `json:"failure,omitempty"`
	// With are the workflow ids of replies whose texts it carries or carried.
	With []string `json:"with,omitempty"`
	// Number is set once a message's sync has ended that opened a ticket and could not tell the follower its number.
	Number NumberFate `json:"number,omitempty"`
}

// NumberFate is what became of the number of a new ticket.
type NumberFate string

// Fates of a number that the follower may not have.
const (
	NumberUntold NumberFate = "untold" // it was not sent
	NumberUnsure NumberFate = "unsure" // it is unknown whether it arrived
)
