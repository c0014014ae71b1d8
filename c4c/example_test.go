package c4c_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/google/uuid"

	"github.com/wechat-c4c/wechat-c4c/c4c"
)

// tenant answers like a C4C that has one message and one ticket, and a lock on another message.
func tenant() *httptest.Server {
	const envelope = `<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body>%s</e:Body></e:Envelope>`
	return httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		switch {
		case strings.Contains(string(body), "wx:default:busy:2"):
			fmt.Fprintf(w, envelope, `<a><Log><MaximumLogItemSeverityCode>3</MaximumLogItemSeverityCode>`+
				`<Item><TypeID>101(/AP_ESI_COMMON/)</TypeID><SeverityCode>3</SeverityCode><Note>Locking failed</Note></Item></Log></a>`)
		case strings.Contains(r.URL.Path, "managesocialmediaactivityin"):
			fmt.Fprintf(w, envelope,
				`<a><SocialMediaActivity><UUID>00163e00-0000-1ee7-8000-000000000006</UUID><ID>59226</ID></SocialMediaActivity></a>`)
		default: // of the document reference
			fmt.Fprint(w,
				`{"d":{"results":[{"ObjectID":"A1","ID":"59226","TypeCode":"1607","ServiceRequest":{"ObjectID":"A2","ID":"5197","Name":"my brakes squeal","ServiceRequestLifeCycleStatusCode":"1"}}]}}`)
		}
	}))
}

// A message becomes an activity, from which C4C makes a ticket.
func Example() {
	server := tenant()
	defer server.Close()
	client, err := c4c.New(c4c.Options{
		BaseURL: server.URL, User: "wechat", Password: "secret", ChannelID: "WECHAT", ChannelCode: "008",
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx := context.Background()
	const messageID = "wx:default:oAbC:1"
	activity, err := client.Social().CreateActivity(ctx, uuid.NewSHA1(uuid.NameSpaceURL, []byte(messageID)),
		c4c.NewActivity{
			MessageID: messageID, ProfileID: "839", Text: "my brakes squeal",
		})
	if err != nil {
		fmt.Println(err)
		return
	}
	ticket, err := client.TicketOfActivity(ctx, activity.ID)
	if errors.Is(err, c4c.ErrNotFound) {
		fmt.Println("not yet; ask again in a few seconds")
		return
	}
	fmt.Println(ticket.ID, ticket.Name, ticket.Open())
	// Output: 5197 my brakes squeal true
}

// Callers decide by class; the details are for the operator.
func Example_errors() {
	server := tenant()
	defer server.Close()
	client, err := c4c.New(c4c.Options{
		BaseURL: server.URL, User: "wechat", Password: "secret", ChannelID: "WECHAT", ChannelCode: "008",
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	const messageID = "wx:default:busy:2"
	_, err = client.Social().CreateActivity(context.Background(), uuid.NewSHA1(uuid.NameSpaceURL, []byte(messageID)),
		c4c.NewActivity{
			MessageID: messageID, ProfileID: "839", Text: "my brakes squeal",
		})
	switch {
	case errors.Is(err, c4c.ErrNotSent):
		fmt.Println("repeat")
	case errors.Is(err, c4c.ErrLocked):
		fmt.Println("repeat later:", err)
	case errors.Is(err, c4c.ErrOutcomeUnknown), errors.Is(err, c4c.ErrUnavailable):
		fmt.Println("look, then repeat")
	}
	// Output: repeat later: c4c: create activity: business error: 101(/AP_ESI_COMMON/) Locking failed
}
