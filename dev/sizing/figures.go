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

// Processes that take time for an act.
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
	// Upkeep is what a run of a workflow costs that a schedule starts, by workflow type.
	Upkeep map[string]Run `json:"upkeep"`
	// LetGo is what it costs that a conversation lets go of its history when nobody writes in it any more.
	LetGo Run `json:"let_go"`
	// Open is an open conversation that nobody has written in for an hour.
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
	// CPU is the time of a processor in ms, by process.
	CPU map[string]float64 `json:"cpu_ms"`
	// DatabaseKB is by how much PostgreSQL's files grow, in kB.
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

// check wants every act and process to have been measured: a figure that is missing would count as nothing.
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
