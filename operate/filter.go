package operate

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// AllStates in [Filter.States] selects syncs of every state.
const AllStates = "all"

// States are all values of the search attribute SyncState, in the order in which they are shown.
var States = []string{
	workflows.StateNeedsAttention, workflows.StateStuck, workflows.StateHeld,
	workflows.StateSyncing, workflows.StateWaiting, workflows.StateSynced, workflows.StateSkipped,
}

// unfinished are the states of syncs that have not ended.
var unfinished = States[:5]

// Filter selects syncs. Values of one field are alternatives, and fields narrow each other. An empty field selects
// everything, except States: empty means all unfinished states.
type Filter struct {
	States      []string
	Causes      []string // error types, such as C4CLocked
	Types       []string // workflow types, such as CreateTicket
	Account     string
	TicketID    string
	FollowerKey string
	Older       time.Duration // started at least this long ago
	Newer       time.Duration // started at most this long ago
}

// Empty reports whether the filter is empty.
func (f Filter) Empty() bool {
	return len(f.States)+len(f.Causes)+len(f.Types) == 0 && f.Account+f.TicketID+f.FollowerKey == "" && f.Older == 0 &&
		f.Newer == 0
}

// Query returns the filter as a visibility query. A sync that an operator terminated keeps its last state, so an
// unfinished state counts only while the workflow runs. The errors name the invalid value.
func (f Filter) Query(now time.Time) (string, error) {
	states, err := f.stateQuery()
	if err != nil {
		return "", err
	}
	for _, cause := range f.Causes {
		if !slices.ContainsFunc(activities.Causes, func(c activities.Cause) bool { return c.Type == cause }) {
			return "", fmt.Errorf("no such cause: %q; the causes are %s", cause, strings.Join(CauseNames(), ", "))
		}
	}
	q := query{terms: []string{states}}
	q.in(workflows.AttributeSyncError.GetName(), f.Causes)
	q.in("WorkflowType", f.Types)
	q.in(workflows.AttributeAccount.GetName(), one(f.Account))
	q.in(workflows.AttributeTicketID.GetName(), one(f.TicketID))
	q.in(workflows.AttributeFollowerKey.GetName(), one(f.FollowerKey))
	if f.Older < 0 || f.Newer < 0 {
		return "", errors.New("an age cannot be negative")
	}
	if f.Older > 0 {
		q.terms = append(q.terms, `StartTime <= "`+now.Add(-f.Older).UTC().Format(time.RFC3339Nano)+`"`)
	}
	if f.Newer > 0 {
		q.terms = append(q.terms, `StartTime >= "`+now.Add(-f.Newer).UTC().Format(time.RFC3339Nano)+`"`)
	}
	return strings.Join(q.terms, " AND "), q.err
}

func (f Filter) stateQuery() (string, error) {
	states := f.States
	if len(states) == 0 {
		states = unfinished
	}
	if slices.Contains(states, AllStates) {
		return workflows.AttributeSyncState.GetName() + " IS NOT NULL", nil
	}
	var running, ended []string
	for _, state := range states {
		switch {
		case slices.Contains(unfinished, state):
			running = append(running, state)
		case slices.Contains(States, state):
			ended = append(ended, state)
		default:
			return "", fmt.Errorf("no such state: %q; the states are %s, or %s", state, strings.Join(States, ", "), AllStates)
		}
	}
	var open, closed query
	open.in(workflows.AttributeSyncState.GetName(), running)
	closed.in(workflows.AttributeSyncState.GetName(), ended)
	switch {
	case len(ended) == 0:
		return open.terms[0] + ` AND ExecutionStatus = "Running"`, nil
	case len(running) == 0:
		return closed.terms[0], nil
	}
	return "((" + open.terms[0] + ` AND ExecutionStatus = "Running") OR ` + closed.terms[0] + ")", nil
}

// query collects the terms of a visibility query.
type query struct {
	terms []string
	err   error
}

// in requires the attribute to have one of the values.
func (q *query) in(attribute string, values []string) {
	if len(values) == 0 {
		return
	}
	quoted := make([]string, len(values))
	for i, value := range values {
		if !quotable(value) {
			q.err = errors.Join(q.err, fmt.Errorf("%s cannot be %q", attribute, value))
		}
		quoted[i] = `"` + value + `"`
	}
	if len(quoted) == 1 {
		q.terms = append(q.terms, attribute+" = "+quoted[0])
		return
	}
	q.terms = append(q.terms, attribute+" IN ("+strings.Join(quoted, ", ")+")")
}

// quotable reports whether every visibility store reads the value correctly in quotation marks.
func quotable(value string) bool {
	return !strings.ContainsAny(value, `"'\`+"`") && strconv.Quote(value) == `"`+value+`"`
}

func one(value string) []string {
	if value == "" {
		return nil
	}
	return []string{value}
}

// CauseNames are the error types that Filter.Causes may hold.
func CauseNames() []string {
	names := make([]string, len(activities.Causes))
	for i, cause := range activities.Causes {
		names[i] = cause.Type
	}
	return names
}

// ParseAge reads an age: a Go duration such as 90s or 1h30m, or days such as 3d or 1d12h.
func ParseAge(text string) (time.Duration, error) {
	wrong := fmt.Errorf("%q is not an age, for example 30m, 12h or 3d", text)
	days, rest, found := strings.Cut(text, "d")
	if !found {
		days, rest = "0", text
	}
	n, err := strconv.ParseUint(days, 10, 16)
	if err != nil {
		return 0, wrong
	}
	age := time.Duration(n) * 24 * time.Hour
	if rest == "" && found {
		return age, nil
	}
	more, err := time.ParseDuration(rest)
	if err != nil || more < 0 {
		return 0, wrong
	}
	return age + more, nil
}
