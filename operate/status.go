package operate

import (
	"time"

	"github.com/wechat-c4c/wechat-c4c/wording"
)

// StatusQuestion is what [Operator.Status] is asked about.
type StatusQuestion struct {
	Accounts []string
	// HolidaysMissing are, by account, the years whose public holidays are needed but unknown.
	HolidaysMissing map[string]int
	Tenants         []string // of C4C, by their addresses without the scheme
	Calls           int      // that each of them gets at once, as configured
}

// Status is the state of an installation, as Temporal knows it. The caller fills in Spools, because each api process
// knows only its own. If Temporal cannot be asked, Away says why, and only Spools is known.
type Status struct {
	At        time.Time       `json:"at"`
	Namespace string          `json:"namespace"`
	Away      string          `json:"temporal_away,omitempty"` // why Temporal could not be asked, and what to do
	Trouble   []Trouble       `json:"trouble"`                 // what needs a person, the worst first; empty: all is well
	Accounts  []AccountStatus `json:"accounts"`
	Queues    []QueueStatus   `json:"queues"`
	Caps      []CallCap       `json:"c4c_calls"`
	Spools    []SpoolStatus   `json:"spools"`

	// Language is the language of the table.
	Language wording.Language `json:"-"`
}

// Empty returns the status with lists that programs may rely on.
func (s Status) Empty() Status {
	s.Trouble, s.Accounts, s.Queues, s.Spools = []Trouble{}, []AccountStatus{}, []QueueStatus{}, []SpoolStatus{}
	s.Caps = []CallCap{}
	return s
}

// Trouble is one thing that needs a person.
type Trouble struct {
	What    string `json:"what"`
	Remedy  string `json:"remedy,omitempty"`
	Command string `json:"command,omitempty"` // the command that shows more
}

// AccountStatus is the state of an Official Account.
type AccountStatus struct {
	Account string       `json:"account"`
	Token   TokenStatus  `json:"token"`
	States  []StateCount `json:"states"` // of unfinished syncs
	Causes  []OpenCause  `json:"causes"` // that stop the account
	// Parked counts the syncs that need attention, each for a cause that does not stop the account.
	Parked []CauseCount `json:"parked"`
	// Retrying is what the sync that has retried longest meets; nil: none has met anything for a while.
	Retrying *Retrying `json:"retrying,omitempty"`
	// HolidaysMissing is the year whose public holidays are needed but unknown; 0: none.
	HolidaysMissing int `json:"holidays_missing,omitempty"`
	// Oldest is the sync that has waited longest for something other than its follower; nil: there is none.
	Oldest *Sync        `json:"oldest,omitempty"`
	Window WindowStatus `json:"window"`
	// When the last of each kind succeeded; nil: none within the retention.
	LastFollow  *time.Time `json:"last_follow,omitempty"`
	LastMessage *time.Time `json:"last_message,omitempty"`
	LastReply   *time.Time `json:"last_reply,omitempty"`
}

// TokenStatus is the result of the last check of the access token.
type TokenStatus struct {
	ID    string     `json:"id,omitempty"` // of the check's sync
	State string     `json:"state"`        // of the check's sync; empty: it has never run
	Cause string     `json:"cause,omitempty"`
	At    *time.Time `json:"at,omitempty"` // when it ended, or when it began if it has not ended
}

// Retrying is why a sync does not get through although it is tried again and again.
type Retrying struct {
	ID      string    `json:"id"`
	Since   time.Time `json:"since"` // when the sync began
	Cause   string    `json:"cause"`
	Meaning string    `json:"meaning"`
	Remedy  string    `json:"remedy"`
}

// OpenCause is a cause that stops all syncs of an account, or of one of its services.
type OpenCause struct {
	ID      string    `json:"id"`
	Cause   string    `json:"cause"`
	Since   time.Time `json:"since"`
	Waiting int       `json:"waiting"` // syncs under it
	Meaning string    `json:"meaning"`
	Remedy  string    `json:"remedy"`
}

// WindowStatus is how many replies WeChat's reply window holds back.
type WindowStatus struct {
	Held   int        `json:"held"`    // replies that wait for their follower
	Closed int        `json:"closed"`  // of those: the window is closed
	UsedUp int        `json:"used_up"` // of those: the window's messages are spent
	Oldest *time.Time `json:"oldest,omitempty"`
}

// QueueStatus is the state of a task queue.
type QueueStatus struct {
	Queue   string        `json:"queue"`
	Workers int           `json:"workers"` // processes that poll it
	Backlog int64         `json:"backlog"` // tasks that wait for a worker, approximately
	Age     time.Duration `json:"age"`     // age of the oldest of them, in nanoseconds
}

// CallCap is the limit of concurrent calls to a C4C tenant, and who may make how many of them now.
type CallCap struct {
	Tenant  string `json:"tenant"`
	Allowed int    `json:"allowed"` // by all processes together, as configured
	Workers int    `json:"workers"` // processes that share the calls
	CallShares
	Note string `json:"note,omitempty"` // why the holders are unknown
}

// SpoolStatus is what one api process has spooled while Temporal is unavailable.
type SpoolStatus struct {
	Address string     `json:"address"`
	Waiting int        `json:"waiting"`
	Refused int        `json:"refused"`
	Oldest  *time.Time `json:"oldest,omitempty"`
	Full    string     `json:"full,omitempty"`
	Note    string     `json:"note,omitempty"` // why the state is unknown
	// Wanted is set if a person named the address, so that an api must answer there.
	Wanted bool `json:"-"`
}
