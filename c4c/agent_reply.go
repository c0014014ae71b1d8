package c4c

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"time"
)

const (
	initiatorAgent = "1"
	replyTime      = "SocialMediaMessageCreationDateTime"
	// replyFields omit the text, which is not needed for most listed replies.
	replyFields = "ObjectID,ID,UUID,SocialMediaMessageID,RootSocialMediaActivityUUID,InitiatorCode,PrivateSocialMediaMessageIndicator," +
		"SocialMediaActivityProviderID," + replyTime
)

// AgentReply is a social media activity that a service agent wrote.
type AgentReply struct {
	ID        string // of the activity: sma_id in C4C's push
	UUID      string
	MessageID string // SocialMediaMessageID; C4C gives an agent's reply its own, or none
	RootUUID  string // of the activity that began the thread; may be empty
	Private   bool
	CreatedAt time.Time
	Author    string // only from Client.AgentReply, like the fields below
	Text      string
	// RootID and RootMessageID are ID and SocialMediaMessageID of the thread's first activity; empty if that is the
	// reply itself or no longer exists.
	RootID, RootMessageID string
}

// AgentReplyQuery selects the agents' replies of the channel by the time of writing.
type AgentReplyQuery struct {
	From, To time.Time // both included, to the second
	Top      int       // 0: 20; at most 1000
	Skip     int
}

// AgentReplyPage is a part of the selected replies, the oldest first, without texts.
type AgentReplyPage struct {
	Replies []AgentReply
	Next    int // Skip of the next part; 0: this is the last one
}

type agentReplyEntity struct {
	threadEntity
	ProviderID string `json:"SocialMediaActivityProviderID"`
}

// AgentReplies returns the replies that agents wrote on the channel in a time span, including private ones. The time
// of writing counts: later changes do not bring a reply back. It costs one call.
//
// Source: help.sap.com, OData API of C4C, SocialMediaActivityCollection.
func (c *Client) AgentReplies(ctx context.Context, q AgentReplyQuery) (AgentReplyPage, error) {
	const op = "agent replies"
	if q.Top < 0 || q.Top > maxTop || q.Skip < 0 {
		return AgentReplyPage{}, &ArgumentError{Op: op, Field: "Top or Skip", Reason: "is out of range"}
	}
	channel, err := equal(op, "SocialMediaActivityProviderID", c.channelID)
	if err != nil {
		return AgentReplyPage{}, err
	}
	from, top := q.From.UTC().Truncate(time.Second), cmp.Or(q.Top, defaultTop)
	p, err := readPage[agentReplyEntity](ctx, c.odata, op, activitySet, query{
		"$filter": channel + " and InitiatorCode eq '" + initiatorAgent + "' and " +
			replyTime + " ge datetimeoffset'" + from.Format(time.RFC3339) + "'",
		"$select": replyFields, "$orderby": replyTime, "$top": strconv.Itoa(top), "$skip": strconv.Itoa(q.Skip),
	})
	if err != nil {
		return AgentReplyPage{}, err
	}
	var page AgentReplyPage
	for _, e := range p.items {
		// Only matching rows are replies of an agent, whatever the other side makes of the filter.
		if e.ProviderID == c.channelID && e.Initiator == initiatorAgent && !e.CreatedOn.Before(from) &&
			!e.CreatedOn.After(q.To) {
			page.Replies = append(page.Replies, e.agentReply())
		}
	}
	if more := len(p.items) == top || p.next != ""; more && len(p.items) > 0 {
		page.Next = q.Skip + len(p.items)
	}
	return page, nil
}

// AgentReply returns one reply with its text and the root of its thread, or [ErrNotFound] if it is gone or was not
// written by an agent. rootUUID may be empty. It costs one call.
//
// Source: help.sap.com, OData API of C4C, SocialMediaActivityCollection.
func (c *Client) AgentReply(ctx context.Context, replyUUID, rootUUID string) (AgentReply, error) {
	const op = "agent reply"
	wanted, root := canonicalUUID(replyUUID), canonicalUUID(rootUUID)
	if err := identifier(op, "UUID", wanted, 36); err != nil {
		return AgentReply{}, err
	}
	filter := "UUID eq guid'" + wanted + "'"
	if root != "" && root != wanted {
		filter += " or UUID eq guid'" + root + "'"
	}
	p, err := readPage[agentReplyEntity](ctx, c.odata, op, activitySet, query{
		"$filter": filter, "$select": replyFields + ",Text,SocialMediaMessageAuthor",
	})
	if err != nil {
		return AgentReply{}, err
	}
	at := func(id string) int {
		return slices.IndexFunc(p.items, func(e agentReplyEntity) bool { return id != "" && e.activity().UUID == id })
	}
	found := at(wanted)
	if found < 0 || p.items[found].Initiator != initiatorAgent || p.items[found].ProviderID != c.channelID {
		return AgentReply{}, notFound(op)
	}
	reply := p.items[found].agentReply()
	if begun := at(root); begun >= 0 && begun != found {
		reply.RootID, reply.RootMessageID = p.items[begun].ID, p.items[begun].MessageID
	}
	return reply, nil
}

func (e agentReplyEntity) agentReply() AgentReply {
	a := e.activity()
	return AgentReply{
		ID: a.ID, UUID: a.UUID, MessageID: a.MessageID, RootUUID: canonicalUUID(e.RootUUID), Private: e.Private,
		CreatedAt: e.CreatedOn.Time, Author: e.Author, Text: a.Text,
	}
}
