package c4c

import (
	"cmp"
	"context"
	"strings"
	"time"
	"unicode"

	"github.com/google/uuid"
)

// Values of [Options.Social].
const (
	SocialSOAP  = "soap"  // the SOAP (A2X) services; the default
	SocialOData = "odata" // the entity sets of c4codataapi
)

// Social keeps social media user profiles (one for each follower) and social media activities (one for each message).
//
// Creating does not look first: C4C accepts two profiles with one OpenID and two activities with one message id. Look
// with FindProfile or FindActivity whenever an earlier attempt may have been processed, that is after any error but
// [ErrNotSent]. requestID is the UUID of the SOAP message header, by which C4C recognises a repeated call for a
// limited time; the OData implementation cannot send it. It must not be the nil UUID. It is not documented whether
// C4C repeats a stored answer that was an error: keep the id if no answer came, use a new one after an answer.
//
// Source: help.sap.com/doc/8a98c5f7d5be4b40b3dd97bbdaf28cc4, inbound services ManageSocialMediaUserProfileIn,
// RequestForSocialMediaUserProfileIn, ManageSocialMediaActivityIn and QuerySocialMediaActivityIn.
type Social interface {
	// KnowsRepeats reports whether C4C recognises a repeated create by its requestID. If not, a create must not be sent
	// again before the first one has ended.
	KnowsRepeats() bool
	// CreateProfile creates the profile of a follower on the channel of [Options]. It returns ID, UUID and OpenID, and
	// CustomerID if the answer contains it, which the SOAP service's does not.
	CreateProfile(ctx context.Context, requestID uuid.UUID, p NewProfile) (Profile, error)
	// BindProfile sets the customer (by its ID) to whom the profile belongs. Binding again to the same one is harmless.
	BindProfile(ctx context.Context, requestID uuid.UUID, p Profile, customer Customer) error
	// FindProfile returns the profile with this OpenID, the oldest if there are several, or [ErrNotFound]. The SOAP
	// service also finds nothing if the technical user may not read the view Flexibility Change Log.
	FindProfile(ctx context.Context, openID string) (Profile, error)
	// ProfileByID returns the profile with this ID (not UUID), or [ErrNotFound].
	ProfileByID(ctx context.Context, id string) (Profile, error)
	// CreateActivity creates a message of a follower. Without parent and root, C4C makes a ticket from it a little
	// later; with them it joins their thread. It returns ID, UUID, MessageID and ProfileID.
	CreateActivity(ctx context.Context, requestID uuid.UUID, a NewActivity) (Activity, error)
	// FindActivity returns the activity with this message id, the oldest if there are several, or [ErrNotFound].
	FindActivity(ctx context.Context, messageID string) (Activity, error)
}

// NewProfile is a profile to create. Names are cut to 40 characters; empty ones are omitted.
type NewProfile struct {
	OpenID     string // SocialMediaUserAccountID, required, at most 255 characters; only the caller can keep it unique
	GivenName  string
	FamilyName string
	UserName   string
	CustomerID string // the customer to whom it belongs; empty: set later by [Social.BindProfile]
}

// check refuses a profile with identifiers that C4C does not accept.
func (p NewProfile) check(op string) error {
	if err := identifier(op, "OpenID", p.OpenID, maxOpenID); err != nil || p.CustomerID == "" {
		return err
	}
	return identifier(op, "CustomerID", p.CustomerID, maxNumber)
}

// Profile is a social media user profile.
type Profile struct {
	ID         string // number assigned by C4C, at most 10 characters
	UUID       string // upper case with dashes; without the dashes it is the OData key
	OpenID     string // SocialMediaUserAccountID
	CustomerID string // number of the bound customer without leading zeros; empty: not bound, or not in the answer
}

// NewActivity is a message to create.
type NewActivity struct {
	// MessageID is the caller's own id of the message (SocialMediaMessageID): required, at most 256 characters; blanks,
	// control characters and asterisks are refused. C4C returns it with the agent's reply.
	MessageID string
	// ParentMessageID and RootMessageID are the MessageIDs of the message that this one follows and of the first in the
	// thread. Both empty: a new thread. One empty: the same as the other.
	ParentMessageID string
	RootMessageID   string
	// RootUUID is the UUID of the first message in the thread; it saves OData a call. May be empty.
	RootUUID string
	// ProfileID and ProfileUUID identify the follower's profile. SOAP needs ProfileID, OData needs ProfileUUID; a
	// missing one is looked up by the other, which costs a call.
	ProfileID   string
	ProfileUUID string
	Author      string    // at most 80 characters; OData only
	Text        string    // required; C4C documents no limit
	CreatedAt   time.Time // when the follower wrote it; zero: not sent; OData only
}

// Activity is a message in C4C.
type Activity struct {
	ID        string // number assigned by C4C; tickets refer to it
	UUID      string // upper case with dashes
	MessageID string
	RootUUID  string // UUID of the message that began its thread, possibly itself; empty: not in the answer
	ProfileID string
	Text      string // empty after CreateActivity, and if the SOAP answer does not contain it
}

const (
	maxMessageID = 256
	maxAuthor    = 80
)

// checked refuses an activity that could not be found again, and completes the thread.
func (a NewActivity) checked(op string) (NewActivity, error) {
	a.RootMessageID = cmp.Or(a.RootMessageID, a.ParentMessageID)
	a.ParentMessageID = cmp.Or(a.ParentMessageID, a.RootMessageID)
	a.Text = clean(a.Text)
	err := messageIdentifier(op, "MessageID", a.MessageID)
	if err == nil && a.RootMessageID != "" {
		err = messageIdentifier(op, "RootMessageID", a.RootMessageID)
	}
	if err == nil && a.ParentMessageID != "" {
		err = messageIdentifier(op, "ParentMessageID", a.ParentMessageID)
	}
	if err == nil && a.Text == "" {
		err = &ArgumentError{Op: op, Field: "Text", Reason: "is empty"}
	}
	if err == nil && a.ProfileID == "" && a.ProfileUUID == "" {
		err = &ArgumentError{Op: op, Field: "ProfileID", Reason: "is missing, and so is ProfileUUID"}
	}
	return a, err
}

// messageIdentifier also refuses blanks, because C4C collapses them in fields of type token.
func messageIdentifier(op, name, value string) error {
	if err := identifier(op, name, value, maxMessageID); err != nil {
		return err
	}
	if strings.ContainsFunc(value, unicode.IsSpace) {
		return &ArgumentError{Op: op, Field: name, Reason: "holds a blank"}
	}
	return nil
}

// completeProfile reads the profile if the caller lacks something that the call needs.
func completeProfile(ctx context.Context, s Social, p Profile, complete bool) (Profile, error) {
	if complete {
		return p, nil
	}
	if p.ID != "" {
		return s.ProfileByID(ctx, p.ID)
	}
	return s.FindProfile(ctx, p.OpenID)
}
