package c4csim

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Kinds of injected faults.
const (
	kindHTTP            = "http"              // the status of the rule, nothing executed
	kindFault           = "fault"             // SOAP fault, or OData 500
	kindLatency         = "latency"           // wait, then continue
	kindDropBefore      = "drop_before"       // close the connection, nothing executed
	kindDropAfterCommit = "drop_after_commit" // execute, then close the connection
	kindLock            = "lock"              // the object is locked by another user
	kindErrcode         = "errcode"           // business error with a message number
)

var faultKinds = []string{kindHTTP, kindFault, kindLatency, kindDropBefore, kindDropAfterCommit, kindLock, kindErrcode}

// Rule is one injected fault, as POST /_sim/faults takes it.
type Rule struct {
	// Match is "METHOD /path" or "/path" (prefixes), an operation name ("SocialMediaActivityBundleMaintainRequestsync",
	// "PATCH ServiceRequestCollection", "ServiceRequestCollection"), or empty for every API call.
	Match string `json:"match"`
	// Kind is one of http, fault, latency, drop_before, drop_after_commit, lock, errcode.
	Kind string `json:"kind"`
	// Errcode refines kind errcode: a number is a message of class AP_ESI_COMMON, a string is "CLASS:NNN". With kind
	// fault the string "authorization" makes the fault report a missing role.
	Errcode json.RawMessage `json:"errcode,omitempty"`
	// Status is the HTTP status of kind http; 0 is 503.
	Status int `json:"status,omitempty"`
	// MS is the wait of kind latency in milliseconds; with any other kind it comes first.
	MS int `json:"ms,omitempty"`
	// RetryAfter adds the header Retry-After, in seconds, to kind http.
	RetryAfter int `json:"retry_after,omitempty"`
	// Times is how often the rule applies; 0 is no limit.
	Times int `json:"times,omitempty"`
	// Probability is the chance, above 0 and up to 1, that a matching call is hit; 0 is always.
	Probability float64 `json:"probability,omitempty"`
}

func (r *Rule) validate() error {
	switch {
	case !slices.Contains(faultKinds, r.Kind):
		return fmt.Errorf("kind %q is not one of %s", r.Kind, strings.Join(faultKinds, ", "))
	case r.Probability < 0 || r.Probability > 1:
		return fmt.Errorf("probability %v is not between 0 and 1", r.Probability)
	case r.Times < 0 || r.MS < 0 || r.RetryAfter < 0:
		return fmt.Errorf("times, ms and retry_after are not negative")
	case r.Status != 0 && (r.Status < 400 || r.Status > 599):
		return fmt.Errorf("status %d is not an error", r.Status)
	case r.Kind == kindLatency && r.MS == 0:
		return fmt.Errorf("latency needs ms")
	}
	return nil
}

func (r *Rule) matches(method, path, operation string) bool {
	switch {
	case r.Match == "" || r.Match == "*" || r.Match == operation:
		return true
	case strings.HasPrefix(r.Match, "/"):
		return strings.HasPrefix(path, r.Match)
	case strings.Contains(r.Match, " /"):
		return strings.HasPrefix(method+" "+path, r.Match)
	}
	_, set, _ := strings.Cut(operation, " ")
	return r.Match == set
}

// errcode is the rule's errcode without JSON quotes.
func (r *Rule) errcode() string { return strings.Trim(string(r.Errcode), `"`) }

// fate is what the rules decided for one call.
type fate struct {
	latency time.Duration
	rule    *Rule // the one that applies, nil: none
}

func (f fate) kind() string {
	switch {
	case f.rule != nil:
		return f.rule.Kind
	case f.latency > 0:
		return kindLatency
	}
	return ""
}

type activeRule struct {
	Rule
	dice  *rand.Rand
	fired int
}

// faultRules is the list of active rules. Each rule has its own dice, so adding one does not change what
// another does.
type faultRules struct {
	mu    sync.Mutex
	rules []*activeRule
}

func (f *faultRules) use(seed int64, rules []Rule) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.rules = nil
	for i, r := range rules {
		//nolint:gosec // repeatable on purpose
		f.rules = append(f.rules, &activeRule{Rule: r, dice: rand.New(rand.NewPCG(uint64(seed), uint64(i)))})
	}
}

// choose adds up the waits of the matching latency rules and picks the first other rule that applies.
func (f *faultRules) choose(method, path, operation string) fate {
	f.mu.Lock()
	defer f.mu.Unlock()
	var out fate
	for _, r := range f.rules {
		if out.rule != nil && r.Kind != kindLatency || !r.matches(method, path, operation) || !r.applies(operation) {
			continue
		}
		out.latency += time.Duration(r.MS) * time.Millisecond
		if r.Kind != kindLatency {
			rule := r.Rule
			out.rule = &rule
		}
	}
	return out
}

func (r *activeRule) applies(operation string) bool {
	if r.Times > 0 && r.fired >= r.Times || r.Kind == kindLock && !writes(operation) {
		return false
	}
	if r.Probability > 0 && r.dice.Float64() >= r.Probability {
		return false
	}
	r.fired++
	return true
}

// writes distinguishes calls that can meet a lock from reads: every OData method but GET, and SOAP messages that
// maintain.
func writes(operation string) bool {
	method, _, _ := strings.Cut(operation, " ")
	return strings.Contains(operation, "MaintainRequest") ||
		slices.Contains([]string{http.MethodPost, http.MethodPatch, http.MethodDelete}, method)
}

// injected is the answer of a rule that replaces the call's own.
func (s *Simulator) injected(c *call, rule *Rule) (answer, bool) {
	if rule == nil {
		return answer{}, false
	}
	switch rule.Kind {
	case kindHTTP:
		return httpFault(rule), true
	case kindFault:
		return s.injectedFault(c, rule), true
	case kindLock:
		return s.business(c, problemLocked("AGENT01")), true
	case kindErrcode:
		return s.business(c, problemNumbered(rule.errcode())), true
	}
	return answer{}, false
}

func httpFault(rule *Rule) answer {
	status := rule.Status
	if status == 0 {
		status = http.StatusServiceUnavailable
	}
	a := newAnswer(status, "text/html", []byte("<html><body><h1>"+strconv.Itoa(status)+" "+http.StatusText(status)+
		"</h1></body></html>"))
	if status == http.StatusUnauthorized {
		a.header.Set("WWW-Authenticate", `Basic realm="SAP NetWeaver Application Server"`)
	}
	if rule.RetryAfter > 0 {
		a.header.Set("Retry-After", strconv.Itoa(rule.RetryAfter))
	}
	return a
}

func (s *Simulator) injectedFault(c *call, rule *Rule) answer {
	if !c.isSOAP() {
		if rule.errcode() == "authorization" {
			return odataError(problem{status: http.StatusForbidden, class: "/IWFND/MED", number: "170",
				text: "No authorization to access the service"})
		}
		return odataError(problem{status: http.StatusInternalServerError, text: "Internal server error"})
	}
	if rule.errcode() == "authorization" {
		return s.authorizationFault(c)
	}
	return s.processingFault(c)
}

// business answers with a business error in the call's protocol: HTTP 200 with a Log, or an OData error.
func (s *Simulator) business(c *call, p problem) answer {
	if !c.isSOAP() {
		return odataError(p)
	}
	m, known := messages[c.operation]
	if !known {
		return s.processingFault(c)
	}
	return confirm(c.envelope, m.answer, logXML(p))
}
