package c4c

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const (
	someKey  = "00163E0000001ED78000000000000009"
	someUUID = "00163E00-0000-1ED7-8000-000000000009"
)

// operation is one method of the package, called with values that no error may contain.
type operation struct {
	op    string // its name in errors
	write bool
	soap  bool
	call  func(ctx context.Context, c *Client) error
}

// everyOperation lists all methods that call C4C, over both implementations of Social.
func everyOperation(social string) []operation {
	soap := social == SocialSOAP
	discard := func(_ any, err error) error { return err }
	profile := Profile{ID: "839", UUID: someUUID, OpenID: testOpenID}
	message := newMessage(profile, "wx:default:"+testOpenID+":1", "my brakes squeal")
	return []operation{
		{"create profile", true, soap, func(ctx context.Context, c *Client) error {
			return discard(c.Social().CreateProfile(ctx, requestID("a"), NewProfile{OpenID: testOpenID}))
		}},
		{"bind profile", true, soap, func(ctx context.Context, c *Client) error {
			return c.Social().BindProfile(ctx, requestID("b"), profile, Customer{ID: "1000123"})
		}},
		{"find profile", false, soap, func(ctx context.Context, c *Client) error {
			return discard(c.Social().FindProfile(ctx, testOpenID))
		}},
		{"profile by id", false, soap, func(ctx context.Context, c *Client) error {
			return discard(c.Social().ProfileByID(ctx, "839"))
		}},
		{"create activity", true, soap, func(ctx context.Context, c *Client) error {
			return discard(c.Social().CreateActivity(ctx, requestID("c"), message))
		}},
		{"find activity", false, soap, func(ctx context.Context, c *Client) error {
			return discard(c.Social().FindActivity(ctx, message.MessageID))
		}},
		{"find customer", false, false, func(ctx context.Context, c *Client) error {
			return discard(c.FindCustomer(ctx, testOpenID))
		}},
		{"find follower", false, false, func(ctx context.Context, c *Client) error {
			return discard(c.FindFollower(ctx, testOpenID))
		}},
		{"customer by id", false, false, func(ctx context.Context, c *Client) error {
			return discard(c.CustomerByID(ctx, "1000123"))
		}},
		{"create customer", true, false, func(ctx context.Context, c *Client) error {
			return discard(c.CreateCustomer(ctx, NewCustomer{LastName: "my brakes", NickName: testOpenID}))
		}},
		{"update customer", true, false, func(ctx context.Context, c *Client) error {
			return c.UpdateCustomer(ctx, someKey, `W/"1"`, CustomerChange{LastName: new("my brakes")})
		}},
		{"profiles of customer", false, false, func(ctx context.Context, c *Client) error {
			return discard(c.ProfilesOfCustomer(ctx, "1000123"))
		}},
		{"ticket", false, false, func(ctx context.Context, c *Client) error { return discard(c.Ticket(ctx, someKey)) }},
		{"ticket by id", false, false, func(ctx context.Context, c *Client) error {
			return discard(c.TicketByID(ctx, "5197"))
		}},
		{"ticket of activity", false, false, func(ctx context.Context, c *Client) error {
			return discard(c.TicketOfActivity(ctx, "59226"))
		}},
		{"tickets", false, false, func(ctx context.Context, c *Client) error {
			return discard(c.Tickets(ctx, TicketQuery{CustomerID: "1000123"}))
		}},
		{"set ticket status", true, false, func(ctx context.Context, c *Client) error {
			return c.SetTicketStatus(ctx, someKey, "", "5")
		}},
		{"add ticket text", true, false, func(ctx context.Context, c *Client) error {
			return c.AddTicketText(ctx, someKey, TextCustomerReply, "", "my brakes squeal")
		}},
		{"ticket texts", false, false, func(ctx context.Context, c *Client) error {
			return discard(c.TicketTexts(ctx, someKey))
		}},
		{"add ticket attachment", true, false, func(ctx context.Context, c *Client) error {
			return c.AddTicketAttachment(ctx, someKey,
				NewAttachment{Name: "my brakes.jpg", Content: strings.NewReader("my brakes")})
		}},
		{"thread root", false, false, func(ctx context.Context, c *Client) error {
			return discard(c.ThreadRoot(ctx, Activity{MessageID: message.MessageID}))
		}},
		{"ticket attachments", false, false, func(ctx context.Context, c *Client) error {
			return discard(c.TicketAttachments(ctx, someKey))
		}},
	}
}

// TestEveryOperationFailsWell tries every method with all ways in which C4C fails.
func TestEveryOperationFailsWell(t *testing.T) {
	t.Parallel()
	fault := soapFaultBody(genericFault)
	for _, test := range []struct {
		name        string
		status      int
		header      map[string]string
		body        string
		soap, odata error
	}{
		{"wrong password", 401, htmlType, "<html>", ErrUnauthorized, ErrUnauthorized},
		{"forbidden", 403, htmlType, "<html>", ErrNotAuthorized, ErrNotAuthorized},
		{"bad request", 400, jsonType, jsonError, ErrRejected, ErrRejected},
		{"changed meanwhile", 412, jsonType, jsonError, ErrConflict, ErrConflict},
		{"too many", 429, jsonType, jsonError, ErrUnavailable, ErrUnavailable},
		{"maintenance", 503, htmlType, "<html>", ErrUnavailable, ErrUnavailable},
		{"maintenance page with 200", 200, htmlType, "<html>", ErrUnavailable, ErrUnavailable},
		{"lock", 400, sapMessageHeader("AP_ESI_COMMON:101", "Locked"), soapFaultBody("record locked by user LI"), ErrLocked,
			ErrLocked},
		{"fault", 500, xmlType, fault, ErrFault, ErrUnavailable},
		{"error object in 200", 200, jsonType, jsonError, ErrOutcomeUnknown, ErrRejected},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			for _, social := range []string{SocialSOAP, SocialOData} {
				c, f := setup(t, social)
				f.answer(test.status, test.header, test.body)
				for _, o := range everyOperation(social) {
					f.forget()
					want := test.odata
					if o.soap {
						want = test.soap
					}
					err := o.call(t.Context(), c)
					requireClass(t, err, want)
					requireRedacted(t, err, testOpenID, "my brakes", "1000123", someKey)
					require.True(t, strings.HasPrefix(err.Error(), "c4c: "+o.op+": "), "%s: %v", o.op, err)
					require.Len(t, f.seen(), 1, "%s is called once", o.op)
				}
			}
		})
	}
}

// TestEveryOperationBreaksWell: a call that fails in transit is classified, too, and frees its place at the gate.
func TestEveryOperationBreaksWell(t *testing.T) {
	t.Parallel()
	for _, social := range []string{SocialSOAP, SocialOData} {
		t.Run(social, func(t *testing.T) {
			t.Parallel()
			c, f := setup(t, social, func(o *Options) { o.MaxParallel = 1 })
			f.onRequest(func(w http.ResponseWriter, r *http.Request, next http.HandlerFunc) {
				if strings.HasSuffix(r.URL.Path, "/c4codataapi/") {
					next(w, r)
					return
				}
				panic(http.ErrAbortHandler)
			})
			for _, o := range everyOperation(social) {
				err := o.call(t.Context(), c)
				requireClass(t, err, ErrOutcomeUnknown)
				require.ErrorIs(t, err, io.EOF, o.op)
				requireRedacted(t, err, testOpenID, "my brakes", "1000123", someKey)

				ended, cancel := context.WithCancel(t.Context())
				cancel()
				err = o.call(ended, c)
				requireClass(t, err, ErrNotSent)
				require.ErrorIs(t, err, context.Canceled, o.op)
			}
			f.onRequest(nil)
			require.NoError(t, c.Ping(t.Context()), "no call has kept its place")
		})
	}
}

// TestEveryRequest checks what all requests have in common.
func TestEveryRequest(t *testing.T) {
	t.Parallel()
	for _, social := range []string{SocialSOAP, SocialOData} {
		c, f := setup(t, social)
		for _, o := range everyOperation(social) {
			f.forget()
			_ = o.call(t.Context(), c)
			calls := f.seen()
			require.NotEmpty(t, calls, o.op)
			for _, seen := range calls {
				user, password, ok := (&http.Request{Header: seen.header}).BasicAuth()
				require.True(t, ok && user == testUser && password == testPassword)
				require.NotContains(t, seen.path+seen.query, testPassword)
				require.Equal(t, "wechat-c4c", seen.header.Get("User-Agent"))
				if strings.Contains(seen.path, "/odata/") {
					require.Equal(t, "application/json", seen.header.Get("Accept"), o.op)
					kind := "application/json"
					if strings.HasSuffix(seen.path, "/"+batchPath) {
						kind = "multipart/mixed; boundary=" + batchBoundary
					}
					require.Equal(t, seen.method != http.MethodGet, seen.header.Get("Content-Type") == kind, o.op)
					require.Equal(t, seen.method != http.MethodGet, seen.header.Get("x-csrf-token") == "token-0", o.op)
				}
			}
			last := calls[len(calls)-1]
			if o.op == "find follower" {
				last = calls[0] // what follows is another operation
				o.write = true
			}
			require.Equal(t, o.write || o.soap, last.method != http.MethodGet, o.op)
		}
	}
}
