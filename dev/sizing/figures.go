// Package sizing calculates what an installation needs: Temporal, workers, calls to C4C. A model multiplies the
// measurements for one act of a follower or an agent (figures.json) by the number of acts, and a simulation plays a
// day and a campaign against C4C's limit of parallel calls.
package sizing

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
)

// Acts that were measured.
const (
	Follow       = "follow"
	FirstMessage = "first message" // it opens the ticket
	Message      = "message"       // it joins the ticket
	Reply        = "reply"
)

// Acts lists all acts, in the order of a conversation.
var Acts = []string{Follow, FirstMessage, Message, Reply}

// Processes that use CPU time for an act.
const (
	API       = "api"
	Workflows = "worker --role workflows"
	WeChat    = "worker --role wechat"
	C4C       = "worker --role c4c"
	Temporal  = "temporal"
	Postgres  = "postgres"
)

// Processes lists all processes.
var Processes = []string{API, Workflows, WeChat, C4C, Temporal, Postgres}

// Figures are the measurements.
type Figures struct {
	Measured Measured       `json:"measured"`
	Acts     map[string]Act `json:"acts"`
	// Upkeep is the cost of a run of a scheduled workflow, by workflow type.
	Upkeep map[string]Run `json:"upkeep"`
	// LetGo is the cost of dropping a conversation's history once nobody writes in it any more.
	LetGo Run `json:"let_go"`
	// Open is the cost of an open conversation in which nobody has written for an hour.
	Open Run `json:"open"`
}

// Measured is the origin of the figures.
type Measured struct {
	Date       string `json:"date"`
	Machine    string `json:"machine"`
	Temporal   string `json:"temporal"`
	PostgreSQL string `json:"postgresql"`
	Followers  int    `json:"followers"` // that the averages were taken from
}

// Act is the average cost of one act, including its share of the conversation.
type Act struct {
	Run
	C4CCalls    float64 `json:"c4c_calls"`
	WeChatCalls float64 `json:"wechat_calls"`
	// CPU is the CPU time in ms, by process.
	CPU map[string]float64 `json:"cpu_ms"`
	// DatabaseKB is the growth of PostgreSQL's files, in kB.
	DatabaseKB float64 `json:"database_kb"`
}

// Run is what workflows cost Temporal.
type Run struct {
	Events  float64 `json:"events"`
	KB      float64 `json:"history_kb"` // of history
	Actions float64 `json:"actions"`    // as Temporal Cloud bills them: https://docs.temporal.io/cloud/actions
}

//go:embed figures.json
var measured []byte

// Read returns the latest figures.
func Read() (Figures, error) {
	var f Figures
	if err := json.Unmarshal(measured, &f); err != nil {
		return f, fmt.Errorf("figures.json: %w", err)
	}
	return f, f.check()
}

// check requires a measurement of every act and process: a missing figure would count as zero.
func (f Figures) check() error {
	for _, name := range Acts {
		act, ok := f.Acts[name]
		if !ok || act.Events <= 0 || act.Actions <= 0 || act.KB <= 0 {
			return fmt.Errorf("figures.json has no figures for a %s: make figures measures them", name)
		}
		for _, process := range Processes {
			if _, ok := act.CPU[process]; !ok {
				return fmt.Errorf("figures.json has no time of %s for a %s: make figures measures it", process, name)
			}
		}
	}
	return nil
}

// Write stores figures in a file.
func (f Figures) Write(path string) error {
	text, err := json.MarshalIndent(f, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(text, '\n'), 0o600)
}
