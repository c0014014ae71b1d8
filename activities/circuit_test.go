package activities

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/worker"
)

// guarded are servers behind a circuit, and its clock.
type guarded struct {
	*servers
	circuit *Circuit
	env     *testsuite.TestActivityEnvironment
	at      time.Time
	told    []string
	parked  *fakeParked
}

func newGuarded(t *testing.T, system string) *guarded {
	t.Helper()
	g := &guarded{servers: newServers(t), at: time.Unix(1767600000, 0), parked: &fakeParked{}}
	g.circuit = NewCircuit(system, func(_ context.Context, account, cause string) {
		g.told = append(g.told, account+" "+cause)
	})
	g.circuit.now = func() time.Time { return g.at }
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(log.NewStructuredLogger(slog.New(slog.DiscardHandler)))
	g.env = suite.NewTestActivityEnvironment()
	g.env.SetWorkerOptions(worker.Options{Interceptors: []interceptor.WorkerInterceptor{g.circuit}})
	accounts := Accounts{testAccount: &g.account, "other": &g.account}
	g.env.RegisterActivity(&WeChat{Accounts: accounts})
	g.env.RegisterActivity(&C4C{Accounts: accounts, FollowerKey: func(_, openID string) string { return openID }})
	g.env.RegisterActivity(&Operations{Parked: g.parked})
	return g
}

func (g *guarded) call(name string, in any) error {
	_, err := g.env.ExecuteActivity(name, in)
	return err
}

// calls is how often an operation reached a server since the last look.
func (g *guarded) calls(operation string) int {
	g.mu.Lock()
	defer g.mu.Unlock()
	n := 0
	for _, r := range g.requests {
		if r.operation == operation {
			n++
		}
	}
	g.requests = nil
	return n
}

// requireType requires the application error of a type.
func requireType(t *testing.T, err error, name string) *temporal.ApplicationError {
	t.Helper()
	var refused *temporal.ApplicationError
	require.ErrorAs(t, err, &refused)
	require.Equal(t, name, refused.Type(), refused.Error())
	return refused
}

var (
	unauthorized = status(http.StatusUnauthorized, "<html>", "Content-Type", "text/html")
	noRole       = fault("Authorization role missing for service")
	customerIn   = EnsureCustomerInput{Follower: testFollower, LastName: "WeChat abcdef"}
)

func TestCircuitKeepsCallsBack(t *testing.T) {
	t.Parallel()
	g := newGuarded(t, SystemC4C)
	g.will("create activity", unauthorized)
	requireType(t, g.call("AddMessage", messageInput()), ErrorC4CCredentials)
	require.Equal(t, 1, g.calls("create activity"))
	for range 3 {
		refused := requireType(t, g.call("AddMessage", messageInput()), ErrorC4CCredentials)
		require.True(t, refused.NonRetryable(), "it parks")
		said := detailsOf(t, refused)
		require.WithinDuration(t, time.Now(), said.KeptBack, time.Minute, "and when it said so")
		said.KeptBack = time.Time{}
		require.Equal(t, Failure{Code: "HTTP 401"}, said, "with what C4C said to the first")
	}
	requireType(t, g.call("EnsureCustomer", customerIn), ErrorC4CCredentials)
	require.Empty(t, g.operations(), "not one call reached C4C")
	require.Equal(t, slices.Repeat([]string{"acme C4CCredentials"}, 5), g.told, "each call that parked is told of")
}

func detailsOf(t *testing.T, refused *temporal.ApplicationError) (failure Failure) {
	t.Helper()
	require.NoError(t, refused.Details(&failure))
	return failure
}

func TestCircuitLetsOneCallThroughNowAndThen(t *testing.T) {
	t.Parallel()
	g := newGuarded(t, SystemC4C)
	g.will("create activity", unauthorized, unauthorized)
	requireType(t, g.call("AddMessage", messageInput()), ErrorC4CCredentials)
	g.at = g.at.Add(probeEvery - time.Second)
	requireType(t, g.call("AddMessage", messageInput()), ErrorC4CCredentials)
	require.Equal(t, 1, g.calls("create activity"))
	g.at = g.at.Add(time.Second)
	for range 5 {
		requireType(t, g.call("AddMessage", messageInput()), ErrorC4CCredentials)
	}
	require.Equal(t, 1, g.calls("create activity"), "one of five")
	g.at = g.at.Add(probeEvery)
	for range 5 {
		require.NoError(t, g.call("AddMessage", messageInput()), "the first success closes the circuit")
	}
	require.Equal(t, 5, g.calls("create activity"))
	require.Empty(t, g.circuit.outages)
}

// Each worker has a circuit: a sync released after the circuit opened passes on every worker, whichever process found
// the cause gone.
func TestCircuitLetsPassWhatWasReleasedSince(t *testing.T) {
	t.Parallel()
	opened := time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC)
	refused := permanent(ErrorC4CCredentials, fmt.Errorf("401"))
	add, ensure := calls{testAccount, "AddMessage"}, calls{testAccount, "EnsureProfile"}
	c := NewCircuit(SystemC4C, nil)
	c.recordResult(t.Context(), add, opened, refused)
	for _, earlier := range []time.Time{{}, opened.Add(-time.Second), opened} {
		require.Error(t, c.keepBack(t.Context(), add, earlier))
	}
	released := opened.Add(time.Second)
	require.NoError(t, c.keepBack(t.Context(), add, released))
	require.NoError(t, c.keepBack(t.Context(), ensure, released),
		"each of those that were released, for as long as none knows better")
	require.Error(t, c.keepBack(t.Context(), add, time.Time{}), "the others wait for its answer")

	c.recordResult(t.Context(), add, opened.Add(2*time.Second), refused)
	require.Error(t, c.keepBack(t.Context(), ensure, released),
		"the cause is there: the rest of that release parks without a call")
	require.NoError(t, c.keepBack(t.Context(), ensure, opened.Add(3*time.Second)))
	c.recordResult(t.Context(), ensure, opened.Add(3*time.Second), nil)
	require.NoError(t, c.keepBack(t.Context(), add, time.Time{}), "a success closes it")
}

// The time at which a sync was released comes with the activity.
func TestReleaseTravelsInTheHeader(t *testing.T) {
	t.Parallel()
	note := func(at time.Time) map[string]*commonpb.Payload {
		header := map[string]*commonpb.Payload{}
		NoteReleased(header, at)
		return header
	}
	for name, test := range map[string]struct {
		header map[string]*commonpb.Payload
		passes bool
	}{
		"since":            {note(time.Now().Add(time.Minute)), true},
		"before":           {note(time.Now().Add(-time.Minute)), false},
		"never":            {nil, false},
		"of another shape": {map[string]*commonpb.Payload{headerReleased: {Data: []byte("{")}}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := newGuarded(t, SystemC4C)
			g.will("create activity", unauthorized)
			requireType(t, g.call("AddMessage", messageInput()), ErrorC4CCredentials)
			g.env.SetHeader(&commonpb.Header{Fields: test.header})
			err := g.call("AddMessage", messageInput())
			if test.passes {
				require.NoError(t, err)
				g.env.SetHeader(nil)
				require.NoError(t, g.call("AddMessage", messageInput()), "its success closes the circuit")
				return
			}
			requireType(t, err, ErrorC4CCredentials)
			require.Equal(t, 1, g.calls("create activity"))
		})
	}
}

// While one call probes, others are held back: its answer may take seconds.
func TestCircuitLetsOnlyOneCallProbe(t *testing.T) {
	t.Parallel()
	g := newGuarded(t, SystemC4C)
	g.will("create activity", unauthorized)
	requireType(t, g.call("AddMessage", messageInput()), ErrorC4CCredentials)
	g.at = g.at.Add(probeEvery)
	key := calls{testAccount, "AddMessage"}
	require.NoError(t, g.circuit.keepBack(t.Context(), key, time.Time{}))
	requireType(t, g.circuit.keepBack(t.Context(), key, time.Time{}), ErrorC4CCredentials)
	g.at = g.at.Add(probeEvery)
	require.NoError(t, g.circuit.keepBack(t.Context(), key, time.Time{}), "a probe that never came back is replaced")
}

func TestCircuitIsPerAccount(t *testing.T) {
	t.Parallel()
	g := newGuarded(t, SystemC4C)
	g.will("create activity", unauthorized)
	requireType(t, g.call("AddMessage", messageInput()), ErrorC4CCredentials)
	other := messageInput()
	other.Account = "other"
	require.NoError(t, g.call("AddMessage", other))
	requireType(t, g.call("AddMessage", messageInput()), ErrorC4CCredentials)
}

// A missing authorization affects one service: onboardings must not stop messages.
func TestCircuitOfOneService(t *testing.T) {
	t.Parallel()
	g := newGuarded(t, SystemC4C)
	g.will("create profile", noRole)
	profile := EnsureProfileInput{Follower: testFollower}
	requireType(t, g.call("EnsureProfile", profile), ErrorC4CNotAuthorized)
	for range 2 {
		require.NoError(t, g.call("AddMessage", messageInput()))
		requireType(t, g.call("EnsureProfile", profile), ErrorC4CNotAuthorized)
	}
	require.Equal(t, 1, g.calls("create profile"), "the message's success says nothing about profiles")

	// A probe cannot try every service, so its success lets the next call of each find out.
	g.will("create profile", noRole)
	_, err := g.env.ExecuteActivity("ProbeC4C", CauseInput{Account: testAccount, Cause: ErrorC4CNotAuthorized})
	require.NoError(t, err)
	requireType(t, g.call("EnsureProfile", profile), ErrorC4CNotAuthorized)
	require.Equal(t, 1, g.calls("create profile"))
	requireType(t, g.call("EnsureProfile", profile), ErrorC4CNotAuthorized)
	require.Zero(t, g.calls("create profile"))

	g.at = g.at.Add(probeEvery)
	require.NoError(t, g.call("EnsureProfile", profile))
	require.Empty(t, g.circuit.outages)
}

// Refused credentials open the circuit for all calls; an answer about authorizations proves that the credentials are
// accepted.
func TestCircuitNarrows(t *testing.T) {
	t.Parallel()
	g := newGuarded(t, SystemC4C)
	g.will("create activity", unauthorized)
	g.will("create profile", noRole)
	requireType(t, g.call("AddMessage", messageInput()), ErrorC4CCredentials)
	g.at = g.at.Add(probeEvery)
	requireType(t, g.call("EnsureProfile", EnsureProfileInput{Follower: testFollower}), ErrorC4CNotAuthorized)
	require.NoError(t, g.call("AddMessage", messageInput()))
	requireType(t, g.call("EnsureProfile", EnsureProfileInput{Follower: testFollower}), ErrorC4CNotAuthorized)
	require.Equal(t, 1, g.calls("create profile"))
}

func TestCircuitFollowsProbes(t *testing.T) {
	t.Parallel()
	g := newGuarded(t, SystemC4C)
	g.will("create activity", unauthorized)
	requireType(t, g.call("AddMessage", messageInput()), ErrorC4CCredentials)
	in := CauseInput{Account: testAccount, Cause: ErrorC4CCredentials}
	g.will("find profile", unauthorized)
	require.Equal(t, Probe{Type: ErrorC4CCredentials, Failure: Failure{Code: "HTTP 401"}}, g.probe("ProbeC4C", in))
	requireType(t, g.call("AddMessage", messageInput()), ErrorC4CCredentials)
	g.will("find profile", cut)
	require.Equal(t, Probe{Type: ErrorC4CUnavailable}, g.probe("ProbeC4C", in))
	requireType(t, g.call("AddMessage", messageInput()), ErrorC4CCredentials)
	in.Wait = true
	told := len(g.told)
	g.will("find profile", unauthorized)
	require.False(t, requireType(t, g.call("ProbeC4C", in), ErrorC4CCredentials).NonRetryable(), "Temporal tries it again")
	require.Len(t, g.told, told, "who asks knows of the cause")
	require.Equal(t, Probe{OK: true}, g.probe("ProbeC4C", in), "probes are never kept back")
	require.NoError(t, g.call("AddMessage", messageInput()))
}

func (g *guarded) probe(name string, in CauseInput) (found Probe) {
	g.t.Helper()
	value, err := g.env.ExecuteActivity(name, in)
	require.NoError(g.t, err, "a probe never fails")
	require.NoError(g.t, value.Get(&found))
	return found
}

// The check of the token runs although calls are held back, and opens or closes the circuit like any call.
func TestCircuitFollowsTheTokenCheck(t *testing.T) {
	t.Parallel()
	g := newGuarded(t, SystemWeChat)
	token := TokenInput{Account: testAccount}
	g.will("stable_token", errcode(40125, "invalid appsecret"), errcode(40125, "invalid appsecret"))
	requireType(t, g.call("CheckToken", token), ErrorWeChatCredentials)
	requireType(t, g.call("SendText", textInput), ErrorWeChatCredentials)
	requireType(t, g.call("CheckToken", token), ErrorWeChatCredentials)
	require.Equal(t, 2, g.calls("stable_token"))
	require.NoError(t, g.call("CheckToken", token))
	require.NoError(t, g.call("SendText", textInput))
}

// A file goes from WeChat to C4C on C4C's queue: an address that WeChat does not allow must not stop messages.
func TestCircuitLeavesTheOtherSystemAlone(t *testing.T) {
	t.Parallel()
	g := newGuarded(t, SystemC4C)
	g.will("media/get", errcode(40164, "invalid ip 203.0.113.7"))
	requireType(t, g.call("AttachMedia", AttachMediaInput{Account: testAccount, ObjectID: ticketKey, MediaID: "m",
		Kind: "image", Name: "n"}), ErrorWeChatIPNotAllowed)
	require.Equal(t, []string{"acme WeChatIPNotAllowed"}, g.told, "somebody looks for its end all the same")
	require.NoError(t, g.call("AddMessage", messageInput()))
}

func TestCircuitOfTheConnector(t *testing.T) {
	t.Parallel()
	g := newGuarded(t, SystemC4C)
	unknown := messageInput()
	unknown.Account = "third"
	for range 2 {
		requireType(t, g.call("AddMessage", unknown), ErrorAccountUnknown)
	}
	require.Equal(t, []string{"third AccountUnknown", "third AccountUnknown"}, g.told)
}

// An error that is not an answer of the other side neither opens nor closes the circuit; every answer closes it.
func TestCircuitLearnsFromAnswers(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		err    error
		closes bool
	}{
		{"success", nil, true},
		{"a refusal of this call alone", permanent(ErrorC4CRejected, fmt.Errorf("no")), true},
		{"not found", permanent(ErrorC4CNotFound, fmt.Errorf("no")), true},
		{"unreachable", temporal.NewApplicationError("no", ErrorC4CUnavailable), false},
		{"outcome unknown", permanent(ErrorWeChatOutcomeUnknown, fmt.Errorf("no")), false},
		{"a defect", permanent(ErrorInternal, fmt.Errorf("no")), false},
		{"stopped", context.Canceled, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := NewCircuit(SystemC4C, nil)
			key := calls{testAccount, "AddMessage"}
			c.recordResult(t.Context(), key, time.Now(), test.err)
			require.NoError(t, c.keepBack(t.Context(), key, time.Time{}), "nothing else opens it")
			c.recordResult(t.Context(), key, time.Now(), permanent(ErrorC4CCredentials, fmt.Errorf("401")))
			require.Error(t, c.keepBack(t.Context(), key, time.Time{}), "without a listener")
			c.recordResult(t.Context(), key, time.Now(), test.err)
			require.Equal(t, test.closes, c.keepBack(t.Context(), key, time.Time{}) == nil)
		})
	}
}

// Activities that call Temporal share WeChat's queue: they work while WeChat refuses, and prove nothing about it.
func TestCircuitIgnoresOperations(t *testing.T) {
	t.Parallel()
	g := newGuarded(t, SystemWeChat)
	g.will("message/custom/send", errcode(40164, "invalid ip 203.0.113.7"))
	requireType(t, g.call("SendText", textInput), ErrorWeChatIPNotAllowed)
	in := CauseInput{Account: testAccount, Cause: ErrorWeChatIPNotAllowed}
	require.NoError(t, g.call("CountParked", in))
	require.NoError(t, g.call("ReleaseParked", ReleaseInput{CauseInput: in}))
	requireType(t, g.call("SendText", textInput), ErrorWeChatIPNotAllowed)
	require.Equal(t, 1, g.calls("message/custom/send"))
}

// A daily quota is that of one API.
func TestCircuitOfAQuota(t *testing.T) {
	t.Parallel()
	g := newGuarded(t, SystemWeChat)
	g.will("message/custom/send", errcode(45009, "reach max api daily quota limit"))
	for range 3 {
		requireType(t, g.call("SendText", textInput), ErrorWeChatQuotaExhausted)
	}
	require.NoError(t, g.call("CheckToken", TokenInput{Account: testAccount}))
	requireType(t, g.call("SendText", textInput), ErrorWeChatQuotaExhausted)
	require.Equal(t, 1, g.calls("message/custom/send"))
}

// If an operator names the follower, C4C is not called.
func TestCircuitKnowsWhoIsNotAsked(t *testing.T) {
	t.Parallel()
	g := newGuarded(t, SystemC4C)
	g.will("create activity", unauthorized)
	requireType(t, g.call("AddMessage", messageInput()), ErrorC4CCredentials)
	require.NoError(t, g.call("FindFollower", FindFollowerInput{Account: testAccount, OpenID: testOpenID}))
	requireType(t, g.call("FindFollower", FindFollowerInput{Account: testAccount, TicketID: "1"}), ErrorC4CCredentials)
}

// Every activity that calls the other side goes through the circuit.
func TestEveryActivityNamesItsAccount(t *testing.T) {
	t.Parallel()
	for _, of := range []reflect.Type{reflect.TypeFor[*WeChat](), reflect.TypeFor[*C4C]()} {
		for method := range of.Methods() {
			in := reflect.New(method.Type.In(method.Type.NumIn() - 1)).Elem()
			field := in.FieldByName("Account")
			require.True(t, field.IsValid(), method.Name)
			field.SetString("acme")
			require.Equal(t, "acme", AccountOf([]any{in.Interface()}), method.Name)
		}
	}
	require.Empty(t, AccountOf(nil))
	require.Empty(t, AccountOf([]any{"acme"}))
	require.Empty(t, AccountOf([]any{testFollower, testFollower}))
}

func TestCircuitIsSafeForManyCalls(t *testing.T) {
	t.Parallel()
	c := NewCircuit(SystemC4C, func(context.Context, string, string) {})
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			key := calls{testAccount, []string{"AddMessage", "EnsureProfile"}[i%2]}
			for n := range 500 {
				_ = c.keepBack(t.Context(), key, time.Time{})
				c.recordResult(t.Context(), key, time.Now(), []error{nil, permanent(ErrorC4CCredentials, context.Canceled),
					permanent(ErrorC4CNotAuthorized, context.Canceled)}[n%3])
				c.recordProbe(testAccount, n%2 == 0)
			}
		})
	}
	group.Wait()
	c.recordProbe(testAccount, true)
	c.recordResult(t.Context(), calls{testAccount, "AddMessage"}, time.Now(), nil)
	require.NoError(t, c.keepBack(t.Context(), calls{testAccount, "AddMessage"}, time.Time{}))
}
