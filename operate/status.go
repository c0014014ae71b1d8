package operate

import (
	"time"

	"github.com/wechat-c4c/wechat-c4c/wording"
)

// StatusQuestion says what [Operator.Status] is asked about.
type StatusQuestion struct {
	Accounts []string
	// HolidaysMissing are the years whose public holidays are needed and not known, by account.
	HolidaysMissing map[string]int
	Calls           int // how many calls C4C is to get at once at most, by the settings
}

// Status is how an installation is, as Temporal knows it. Spools are for the caller to fill in: each api process knows
// its own.
type Status struct {
	At        time.Time       `json:"at"`
	Namespace string          `json:"namespace"`
	Trouble   []Trouble       `json:"trouble"` // what wants a person, the worst first; empty: all is well
	Accounts  []AccountStatus `json:"accounts"`
	Queues    []QueueStatus   `json:"queues"`
	Cap       CallCap         `json:"c4c_calls"`
	Spools    []SpoolStatus   `json:"spools"`

	// Language is that of the table.
	Language wording.Language `json:"-"`
}

// Trouble is one thing that wants a person.
type Trouble struct {
	What    string `json:"what"`
	Remedy  string `json:"remedy,omitempty"`
	Command string `json:"command,omitempty"` // that says more
}

// AccountStatus is how an Official Account is.
type AccountStatus struct {
	Account string       `json:"account"`
	Token   TokenStatus  `json:"token"`
	States  []StateCount `json:"states"` // of syncs that are not finished
	Causes  []OpenCause  `json:"causes"` // that stop the account
	// HolidaysMissing is the year whose public holidays are needed and not known; 0: none.
	HolidaysMissing int `json:"holidays_missing,omitempty"`
	// Oldest is the one that has waited longest for something else than its follower; nil: there is none.
	Oldest *Sync        `json:"oldest,omitempty"`
	Window WindowStatus `json:"window"`
	// When the last of each got through; nil: none within the retention.
	LastFollow  *time.Time `json:"last_follow,omitempty"`
	LastMessage *time.Time `json:"last_message,omitempty"`
	LastReply   *time.Time `json:"last_reply,omitempty"`
}

// TokenStatus is what the last check of the access token found.
type TokenStatus struct {
	State string     `json:"state"` // of the check's sync; empty: it has never run
	Cause string     `json:"cause,omitempty"`
	At    *time.Time `json:"at,omitempty"` // when it ended, or began where it has not
}

// OpenCause is a cause that stops all syncs of an account, or of one service of it.
type OpenCause struct {
	ID      string    `json:"id"`
	Cause   string    `json:"cause"`
	Since   time.Time `json:"since"`
	Waiting int       `json:"waiting"` // syncs under it
	Meaning string    `json:"meaning"`
	Remedy  string    `json:"remedy"`
}

// WindowStatus is what WeChat's reply window keeps back.
type WindowStatus struct {
	Held   int        `json:"held"`    // replies that wait for their follower
	Closed int        `json:"closed"`  // of them: the window is closed
	UsedUp int        `json:"used_up"` // of them: its messages are spent
	Oldest *time.Time `json:"oldest,omitempty"`
}

// QueueStatus is how a task queue is.
type QueueStatus struct {
	Queue   string        `json:"queue"`
	Workers int           `json:"workers"` // processes that poll it
	Backlog int64         `json:"backlog"` // tasks that wait for one, about
	Age     time.Duration `json:"age"`     // of the oldest of them, nanoseconds
}

// CallCap is how many calls C4C may get at once.
type CallCap struct {
	Allowed int `json:"allowed"` // of all processes together, by the settings
	Workers int `json:"workers"` // processes that share them
}

// SpoolStatus is what one api process keeps while Temporal is away.
type SpoolStatus struct {
	Address string     `json:"address"`
	Waiting int        `json:"waiting"`
	Refused int        `json:"refused"`
	Oldest  *time.Time `json:"oldest,omitempty"`
	Full    string     `json:"full,omitempty"`
	Note    string     `json:"note,omitempty"` // why nothing is known
}
