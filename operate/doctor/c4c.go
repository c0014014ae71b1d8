package doctor

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/wechat-c4c/wechat-c4c/c4c"
)

// C4COptions configure the checks of C4C.
type C4COptions struct {
	Client *c4c.Client
	Reader *Reader // for what the client does not read
	// ChannelID is the setting of the same name.
	ChannelID string
	// Fields are those that the tenant has added to the page's forms; may be empty.
	Fields []OwnField
}

// C4C checks the tenant: address, credentials, CSRF, whether what the connector reads is readable, and whether a
// write that changes nothing succeeds. What a role may change only shows with the first message.
func C4C(o C4COptions) []Check {
	t := tenant(o)
	checks := []Check{
		{SystemC4C, "reachable, credentials, service document", true, t.ping},
		{SystemC4C, "CSRF token", false, t.csrf},
		{SystemC4C, "a write that changes nothing", false, t.write},
		{SystemC4C, "customers", false, t.customers},
		{SystemC4C, "tickets", false, t.tickets},
		{SystemC4C, "references from tickets to messages", false, t.references},
		{SystemC4C, "social media user profiles", false, t.profiles},
		{SystemC4C, "social media activities", false, t.activities},
		{SystemC4C, "social media channel", false, t.channel},
	}
	if len(o.Fields) > 0 {
		checks = append(checks, Check{SystemC4C, "fields of the page", false, t.fields})
	}
	return checks
}

type tenant C4COptions

func (t tenant) ping(ctx context.Context) Finding {
	if err := t.Client.Ping(ctx); err != nil {
		return failed(ctx, err)
	}
	return ok("c4codataapi answers")
}

// csrf asks for a token as before a write. C4C neither gives nor requires one for technical users.
func (t tenant) csrf(ctx context.Context) Finding {
	token, err := t.Reader.CSRF(ctx)
	switch {
	case err != nil:
		return failed(ctx, err)
	case token == "":
		return ok("none is needed for this user")
	}
	return ok("C4C hands one out")
}

// write changes a ticket that does not exist.
func (t tenant) write(ctx context.Context) Finding {
	if err := t.Client.TryWrite(ctx); !errors.Is(err, c4c.ErrNotFound) {
		return failed(ctx, err)
	}
	return ok("gets through")
}

// readable reads something that does not exist: "not found" proves the permission.
func readable(ctx context.Context, err error) Finding {
	if err == nil || errors.Is(err, c4c.ErrNotFound) {
		return ok("readable")
	}
	return failed(ctx, err)
}

func (t tenant) customers(ctx context.Context) Finding {
	_, err := t.Client.FindCustomer(ctx, nobody)
	return readable(ctx, err)
}

func (t tenant) tickets(ctx context.Context) Finding {
	_, err := t.Client.TicketByID(ctx, "0")
	return readable(ctx, err)
}

func (t tenant) profiles(ctx context.Context) Finding {
	_, err := t.Client.Social().FindProfile(ctx, nobody)
	return readable(ctx, err)
}

func (t tenant) activities(ctx context.Context) Finding {
	_, err := t.Client.Social().FindActivity(ctx, nobody)
	return readable(ctx, err)
}

// references checks that the tenant's tickets refer to messages, and with which type codes they do.
func (t tenant) references(ctx context.Context) Finding {
	if _, err := t.Client.TicketOfActivity(ctx, "0"); err != nil && !errors.Is(err, c4c.ErrNotFound) {
		return failed(ctx, err)
	}
	return t.inUse(ctx, usage{
		set: "ServiceRequestBusinessTransactionDocumentReferenceCollection", field: "TypeCode", value: c4c.TicketReferenceType,
		what:   "type code",
		remedy: "If there are no tickets of social media messages yet, send a first message. Otherwise check in C4C that the rules of the social media channel create them: tickets made by hand do not refer to a message.",
	})
}

func (t tenant) channel(ctx context.Context) Finding {
	return t.inUse(ctx, usage{
		set: "SocialMediaActivityCollection", field: "SocialMediaActivityProviderID", value: t.ChannelID,
		what:   "channel id",
		remedy: "Compare WECHAT_C4C_C4C_CHANNEL_ID with the social media channel in C4C (Administrator, Service and Social, Social Media Channels); for a new one send a first message.",
	})
}

// usage is a setting that C4C cannot be asked about, but that shows in the tenant's data once it is in use.
type usage struct{ set, field, value, what, remedy string }

// sample is how many rows are examined for other values.
const sample = 50

func (t tenant) inUse(ctx context.Context, u usage) Finding {
	used, err := t.Reader.Values(ctx, u.set, u.field, u.value, 1)
	if err != nil {
		return failed(ctx, err)
	}
	if len(used) > 0 {
		return ok("%s %s is in use", say(u.what), u.value)
	}
	others, err := t.Reader.Values(ctx, u.set, u.field, "", sample)
	if err != nil {
		return failed(ctx, err)
	}
	others = slices.DeleteFunc(others, func(v string) bool { return v == "" })
	if len(others) == 0 {
		return warn(say("%s %s is not in use, nor is any other: it is plausible once a message has become a ticket",
			say(u.what), u.value),
			"Send a first message, then run the doctor again.")
	}
	return warn(say("%s %s is not in use; in use are %s", say(u.what), u.value, strings.Join(others, ", ")), u.remedy)
}
