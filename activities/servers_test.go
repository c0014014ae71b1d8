package activities

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/wechat-c4c/wechat-c4c/c4c"
	"github.com/wechat-c4c/wechat-c4c/wechat"
)

const (
	testAccount  = "acme"
	testOpenID   = "oAbCdEfGhIjKlMnOpQrStUvWxYz1"
	testText     = "my brakes squeal"
	testSecret   = "a-very-secret-appsecret"
	testPassword = "a-very-secret-password"
	testToken    = "77_a-very-secret-token"
)

// callTime is the longest time of a call to C4C.
const callTime = 5 * time.Second

var testFollower = Follower{Account: testAccount, OpenID: testOpenID}

// answer is how the servers answer one request.
type answer func(w http.ResponseWriter)

// request is a request that a server received: the operation, and the UUID in the header of a SOAP message.
type request struct {
	operation, uuid, body string
	at                    time.Time // by Temporal's clock
}

// servers play WeChat and C4C. They give programmed answers by operation, then the usual one.
type servers struct {
	t        *testing.T
	account  Account
	options  workflow.ActivityOptions // of the activities it runs
	temporal temporalClock
	wechat   *httptest.Server
	c4c      *httptest.Server

	mu       sync.Mutex
	answers  map[string][]answer
	usual    map[string]answer
	requests []request
}

func newServers(t *testing.T) *servers {
	t.Helper()
	return newServersOver(t, c4c.SocialSOAP)
}

// newServersOver reaches C4C's social media services over one of their interfaces.
func newServersOver(t *testing.T, social string) *servers {
	t.Helper()
	s := &servers{
		t: t, answers: map[string][]answer{}, usual: maps.Clone(usualAnswers),
		options: workflow.ActivityOptions{StartToCloseTimeout: time.Minute},
	}
	s.wechat = httptest.NewServer(s.serve(wechatOperation))
	s.c4c = httptest.NewServer(s.serve(c4cOperation))
	t.Cleanup(s.wechat.Close)
	t.Cleanup(s.c4c.Close)
	toWeChat, err := wechat.New(wechat.Options{AppID: "wx0000000000000001", AppSecret: testSecret, APIURL: s.wechat.URL})
	require.NoError(t, err)
	toC4C, err := c4c.New(c4c.Options{
		BaseURL: s.c4c.URL, User: "wechat", Password: testPassword, ChannelID: "WECHAT", ChannelCode: "008",
		Social: social, HTTPClient: &http.Client{Timeout: callTime},
	})
	require.NoError(t, err)
	s.account = Account{WeChat: toWeChat, Tokens: toWeChat.Tokens(), C4C: toC4C}
	return s
}

// will programs the next answers to an operation.
func (s *servers) will(operation string, answers ...answer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answers[operation] = append(s.answers[operation], answers...)
}

func (s *servers) serve(operationOf func(*http.Request, string) string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		operation := operationOf(r, string(body))
		s.next(operation, string(body))(w)
	}
}

func (s *servers) next(operation, body string) answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := request{operation: operation, body: body, at: s.temporal.now()}
	if found := headerUUID.FindStringSubmatch(body); found != nil {
		r.uuid = found[1]
	}
	s.requests = append(s.requests, r)
	if queue := s.answers[operation]; len(queue) > 0 {
		s.answers[operation] = queue[1:]
		return queue[0]
	}
	if usual := s.usual[operation]; usual != nil {
		return usual
	}
	return status(http.StatusTeapot, "unexpected "+operation)
}

var headerUUID = regexp.MustCompile(`<BasicMessageHeader><UUID>([0-9a-f-]+)</UUID>`)

// operations lists the calls, without the fetches of tokens.
func (s *servers) operations() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var names []string
	for _, r := range s.requests {
		if r.operation != "csrf token" && r.operation != "stable_token" {
			names = append(names, r.operation)
		}
	}
	return names
}

// uuids lists the header UUIDs of one operation.
func (s *servers) uuids(operation string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var ids []string
	for _, r := range s.requests {
		if r.operation == operation {
			ids = append(ids, r.uuid)
		}
	}
	return ids
}

// times lists when the attempts that called an operation began, by Temporal's clock.
func (s *servers) times(operation string) []time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	var at []time.Time
	for _, r := range s.requests {
		if r.operation == operation {
			at = append(at, r.at)
		}
	}
	return at
}

// body is the body of an operation's first request.
func (s *servers) body(operation string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := slices.IndexFunc(s.requests, func(r request) bool { return r.operation == operation })
	require.GreaterOrEqual(s.t, at, 0, operation)
	return s.requests[at].body
}

func wechatOperation(r *http.Request, _ string) string {
	return strings.TrimPrefix(r.URL.Path, "/cgi-bin/")
}

// c4cOperation names the operation of a request to C4C.
func c4cOperation(r *http.Request, body string) string {
	service := r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:]
	switch {
	case service == "":
		return "csrf token"
	case service == "managesocialmediauserprofilein" && strings.Contains(body, "<CustomerInternalID>"):
		return "bind profile"
	case strings.Contains(r.URL.Path, "/scs/sap/"):
		return cmp.Or(map[string]string{
			"managesocialmediauserprofilein": "create profile", "requestforsocialmediauserprofi": "find profile",
			"managesocialmediaactivityin": "create activity", "querysocialmediaactivityin": "find activity",
		}[service], service)
	case strings.HasPrefix(service, "ServiceRequestCollection("):
		return "read ticket"
	}
	return r.Method + " " + service
}

// oData names of operations.
const (
	findCustomer     = "GET IndividualCustomerCollection"
	createCustomer   = "POST IndividualCustomerCollection"
	findTicket       = "GET ServiceRequestCollection"
	ticketOfActivity = "GET ServiceRequestBusinessTransactionDocumentReferenceCollection"
	ticketTexts      = "GET ServiceRequestTextCollection"
	addText          = "POST ServiceRequestTextCollectionCollection"
	profilesOf       = "GET GetSocialMediaUserProfile"
	usersOf          = "GET SocialMediaUserProfileUserInformation"
)

const (
	profileUUID = "00163E0A-0001-1EE9-8000-000000000001"
	ticketKey   = "00163E0A00011EE98000000000000002"
)

var usualAnswers = map[string]answer{
	"stable_token":        errcode(0, "", `"access_token":"`+testToken+`","expires_in":7200`),
	"getcallbackip":       errcode(0, "", `"ip_list":["127.0.0.1"]`),
	"message/custom/send": errcode(0, "ok"),

	"csrf token": status(http.StatusOK, `{"d":{"EntitySets":[]}}`),
	"create profile": soap(`<SocialMediaUserProfile><ID>71</ID><UUID>` + profileUUID +
		`</UUID></SocialMediaUserProfile>`),
	"find profile": soap(
		`<ProcessingConditions><ReturnedQueryHitsNumberValue>0</ReturnedQueryHitsNumberValue></ProcessingConditions>`),
	"bind profile": soap(`<SocialMediaUserProfile><ID>71</ID><UUID>` + profileUUID +
		`</UUID></SocialMediaUserProfile>`),
	"create activity": soap(
		`<SocialMediaActivity><ID>81</ID><UUID>00163E0A-0001-1EE9-8000-000000000003</UUID></SocialMediaActivity>`),
	"find activity": soap(
		`<ProcessingConditions><ReturnedQueryHitsNumberValue>0</ReturnedQueryHitsNumberValue></ProcessingConditions>`),
	findCustomer:     entities(),
	createCustomer:   created(customerOne),
	findTicket:       entities(ticketOne("1")),
	"read ticket":    entity(ticketOne("1")),
	ticketOfActivity: entities(reference("81", ticketOne("2"))),
	ticketTexts:      entities(),
	addText:          created(map[string]any{"ObjectID": "00163E0A00011EE98000000000000005"}),
}

var customerOne = map[string]any{"ObjectID": "00163E0A00011EE98000000000000004", "CustomerID": "91",
	"LifeCycleStatusCode": "2"}

// reference is the document reference of a ticket to an activity.
func reference(activityID string, ticket map[string]any) map[string]any {
	return map[string]any{
		"ObjectID": "REF1", "ParentObjectID": ticketKey, "ID": activityID, "TypeCode": "1607", "ServiceRequest": ticket,
	}
}

func ticketOne(lifeCycle string) map[string]any {
	return map[string]any{
		"ObjectID": ticketKey, "ID": "1001", "ServiceRequestLifeCycleStatusCode": lifeCycle,
		"BuyerPartyID": "91", "BuyerMainContactPartyID": "92",
	}
}

// errcode is an answer of WeChat's API; more are fields beside the errcode.
func errcode(code int, message string, more ...string) answer {
	fields := append([]string{fmt.Sprintf(`"errcode":%d,"errmsg":%q`, code, message)}, more...)
	return status(http.StatusOK, "{"+strings.Join(fields, ",")+"}")
}

// status is an HTTP status with a body; headers come in pairs.
func status(code int, body string, headers ...string) answer {
	return func(w http.ResponseWriter) {
		w.Header().Set("Content-Type", "application/json")
		for i := 0; i+1 < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		w.WriteHeader(code)
		_, _ = io.WriteString(w, body)
	}
}

// cut ends the connection after the request was read.
func cut(http.ResponseWriter) { panic(http.ErrAbortHandler) }

func soap(inner string) answer {
	return soapStatus(http.StatusOK, "<n:Answer xmlns:n=\"urn:n\">"+inner+"</n:Answer>")
}

func soapStatus(code int, inner string) answer {
	return status(code, `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>`+inner+
		`</s:Body></s:Envelope>`,
		"Content-Type", "text/xml")
}

// fault is a SOAP fault.
func fault(text string) answer {
	return soapStatus(http.StatusInternalServerError, "<s:Fault><faultcode>soap-env:Server</faultcode><faultstring>"+text+
		"</faultstring></s:Fault>")
}

// complaint is a SOAP answer whose log contains an error.
func complaint(typeID, note string) answer {
	return soap("<Log><MaximumLogItemSeverityCode>3</MaximumLogItemSeverityCode><Item><TypeID>" + typeID +
		"</TypeID><SeverityCode>3</SeverityCode><Note>" + note + "</Note></Item></Log>")
}

// entities is a list in OData V2.
func entities(rows ...map[string]any) answer {
	if rows == nil {
		rows = []map[string]any{}
	}
	return status(http.StatusOK, marshal(map[string]any{"d": map[string]any{"results": rows}}))
}

func entity(row map[string]any) answer {
	return status(http.StatusOK, marshal(map[string]any{"d": map[string]any{"results": row}}))
}

func created(row map[string]any) answer {
	return status(http.StatusCreated, marshal(map[string]any{"d": map[string]any{"results": row}}))
}

// odataError is an error of the OData service.
func odataError(code int, sapCode, text string, headers ...string) answer {
	return status(code,
		marshal(
			map[string]any{"error": map[string]any{"code": sapCode, "message": map[string]any{"lang": "en", "value": text}}}),
		headers...)
}

func marshal(v any) string {
	body, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(body)
}

// run executes an activity as a workflow would: with retries, up to an attempt. Time is skipped.
func (s *servers) run(name string, in, out any, attempts int32) error {
	s.t.Helper()
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(log.NewStructuredLogger(slog.New(slog.DiscardHandler)))
	env := suite.NewTestWorkflowEnvironment()
	env.SetTestTimeout(20 * time.Second)
	s.temporal.env, s.temporal.scheduled, s.temporal.attempts = env, time.Time{}, nil
	env.SetWorkerOptions(worker.Options{Interceptors: []interceptor.WorkerInterceptor{&s.temporal, &Attempts{}}})
	accounts := Accounts{testAccount: &s.account}
	env.RegisterActivity(&WeChat{Accounts: accounts})
	env.RegisterActivity(&C4C{
		RelayKey: testRelayKey,
		Accounts: accounts, FollowerKey: func(account, openID string) string {
			return "key of " + account + " " + openID[:3]
		},
		ParseMessageID: func(id string) (account, openID, msgID string, ok bool) {
			part := strings.Split(id, ":")
			if len(part) != 4 {
				return "", "", "", false
			}
			return part[1], part[2], part[3], true
		},
	})
	env.ExecuteWorkflow(func(ctx workflow.Context) error {
		options := s.options
		options.RetryPolicy = &temporal.RetryPolicy{InitialInterval: time.Second, BackoffCoefficient: 1,
			MaximumAttempts: attempts}
		return workflow.ExecuteActivity(workflow.WithActivityOptions(ctx, options), name, in).Get(ctx, out)
	})
	require.True(s.t, env.IsWorkflowCompleted())
	return env.GetWorkflowError()
}

// once executes an activity a single time.
func (s *servers) once(name string, in, out any) error {
	s.t.Helper()
	return s.run(name, in, out, 1)
}

// requireRefused requires the application error of a type, with the details for operators.
func requireRefused(t *testing.T, err error, name string, retryable bool, details Failure) *temporal.ApplicationError {
	t.Helper()
	var refused *temporal.ApplicationError
	require.ErrorAs(t, err, &refused)
	require.Equal(t, name, refused.Type(), refused.Error())
	require.Equal(t, retryable, !refused.NonRetryable(), refused.Error())
	var failure Failure
	require.True(t, refused.HasDetails())
	require.NoError(t, refused.Details(&failure))
	require.Equal(t, details, failure)
	for _, secret := range []string{testSecret, testPassword, testToken, testOpenID, testText} {
		require.NotContains(t, refused.Error(), secret)
		require.NotContains(t, fmt.Sprint(failure), secret)
	}
	return refused
}
