package c4c

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"time"
)

const (
	defaultParallel = 8
	defaultTimeout  = 60 * time.Second
)

// TicketReferenceType is the type code of the document reference from a ticket to its social media activities. It
// belongs to SAP's own list of business document types, which tenants cannot change.
const TicketReferenceType = "1607"

// Options configure a [Client]. All fields without a default are required.
type Options struct {
	// BaseURL is the tenant, such as https://my000000.crm.ondemand.com. A path is kept; user information is refused.
	BaseURL string
	// User and Password are those of the communication arrangements' technical user, or of a business user.
	User     string
	Password string
	// ReadPassword, if set, returns the password anew when C4C refuses the present one.
	ReadPassword func() (string, error)
	// Certificate reports that HTTPClient authenticates with a client certificate, instead of User and Password.
	Certificate bool
	// OAuth, if set, replaces User and Password; only with SocialOData.
	OAuth *OAuth
	// ChannelID is the id of the social media channel (SocialMediaActivityProviderID), at most 35 characters.
	ChannelID string
	// ChannelCode is its channel, such as 008 for WeChat or 905 for the first custom one; at most 3 characters.
	ChannelCode string
	// CustomerFields are what the tenant requires of a new customer beyond the connector's own fields: a text, or true
	// or false, by the property's name.
	CustomerFields map[string]any
	// Social chooses the implementation of [Social]: SocialSOAP, the default, or SocialOData.
	Social string
	// MaxParallel limits the parallel calls, from sending until the answer is read. Default 8; C4C's limit is below 10
	// for the tenant over all interfaces.
	MaxParallel int
	// Slots decides when a call may begin, for processes that share C4C's limit with others. Nil: only MaxParallel
	// applies.
	Slots Slots
	// HTTPClient provides transport and timeout; redirects and cookies are never its task. Default: a transport of the
	// client's own and a timeout of 60 seconds for each call.
	HTTPClient *http.Client
}

// Slots decides when a call may be under way.
type Slots interface {
	// Acquire waits until a call may begin. The call must use the returned context; done is called once its answer is
	// read.
	Acquire(ctx context.Context) (calling context.Context, done func(), err error)
}

// Client calls one C4C tenant. It is safe for concurrent use.
type Client struct {
	odata     *odata
	social    Social
	channelID string
	mandatory Properties // of a new customer
}

// New returns a client, or an [ArgumentError] that names a missing or wrong option. It makes no call.
func New(o Options) (*Client, error) {
	base, err := o.check()
	if err != nil {
		return nil, err
	}
	t := newTransport(o)
	if o.OAuth != nil {
		t.credentials.oauth = newOAuthTokens(*o.OAuth, t, base)
		t.credentials.hide()
	}
	data := newOData(t, base)
	c := &Client{odata: data, channelID: o.ChannelID, mandatory: o.CustomerFields}
	overOData := &odataSocial{odata: data, channelID: o.ChannelID, channelCode: o.ChannelCode}
	c.social = overOData
	if o.Social != SocialOData {
		c.social = &soapSocial{
			soap: newSOAP(t, base), odata: overOData, channelID: o.ChannelID, channelCode: o.ChannelCode,
		}
	}
	return c, nil
}

// Social returns the profiles and activities, over the interface chosen by [Options.Social].
func (c *Client) Social() Social { return c.social }

// Timeout returns the longest time that one call may take, except calls with a file. By then C4C is assumed to have
// decided about a call, whether or not anyone still waits for the answer.
func (c *Client) Timeout() time.Duration { return cmp.Or(c.odata.http.client.Timeout, defaultTimeout) }

func (o Options) check() (*url.URL, error) {
	wrong := func(field, reason string) (*url.URL, error) {
		return nil, &ArgumentError{Op: "options", Field: field, Reason: reason}
	}
	base, err := url.Parse(o.BaseURL)
	switch {
	case err != nil || base.Host == "" || base.Scheme != "https" && base.Scheme != "http":
		return wrong("BaseURL", "must be an address such as https://my000000.crm.ondemand.com")
	case base.User != nil || base.RawQuery != "" || base.Fragment != "":
		return wrong("BaseURL", "must not hold a user, a query or a fragment")
	case o.OAuth != nil && o.Social != SocialOData:
		return wrong("OAuth", "needs Social to be odata: C4C takes no access tokens over SOAP")
	case o.OAuth != nil && (o.OAuth.ClientID == "" || o.OAuth.ClientSecret == "" || o.OAuth.Issuer == "" ||
		o.OAuth.User == "" || o.OAuth.KeyPair == nil):
		return wrong("OAuth", "needs ClientID, ClientSecret, Issuer, User and KeyPair")
	case (o.OAuth != nil || o.Certificate) && o.User != "":
		return wrong("User", "cannot be beside OAuth or a certificate")
	case o.OAuth == nil && !o.Certificate && o.User == "":
		return wrong("User", "is missing")
	case o.User != "" && o.Password == "":
		return wrong("Password", "is missing")
	case o.ChannelID == "" || units(o.ChannelID) > 35:
		return wrong("ChannelID", "must have 1 to 35 characters")
	case o.ChannelCode == "" || units(o.ChannelCode) > 3:
		return wrong("ChannelCode", "must have 1 to 3 characters")
	case o.Social != "" && o.Social != SocialSOAP && o.Social != SocialOData:
		return wrong("Social", "must be soap or odata")
	case o.MaxParallel < 0:
		return wrong("MaxParallel", "must not be negative")
	}
	return base, nil
}
