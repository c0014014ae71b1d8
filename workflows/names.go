package workflows

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"strings"

	"go.temporal.io/sdk/temporal"
)

// Task queues. Workflows run on TaskQueue; activities on the queue of the system they call, so that each
// system has its own rate and concurrency limits.
const (
	TaskQueue   = "wechat-c4c"
	QueueWeChat = "wechat"
	QueueC4C    = "c4c"
)

// Workflow types, as they stand in histories and in Temporal UI.
const (
	TypeConversation    = "Conversation"
	TypeOnboardFollower = "OnboardFollower"
	TypeCreateTicket    = "CreateTicket"
	TypeDeliverReply    = "DeliverReply"
	TypeRouteReply      = "RouteReply"
	TypeNoteTicket      = "NoteTicket"
	TypeMaintainToken   = "MaintainToken"
	TypeRefreshToken    = "RefreshToken"
	TypeResumeCause     = "ResumeCause"
)

// Signals, updates and queries. Retry and Skip exist twice under one name: an update for one sync,
// answered with a verdict, and a signal for batches.
const (
	SignalInbound = "inbound" // Inbound: what the follower did
	SignalReply   = "reply"   // Reply: what a service agent answered
	SignalReport  = "report"  // Report: a sync tells its conversation that it parked, holds, wants its turn or ended
	SignalTurn    = "turn"    // GrantedTurn: the conversation lets a waiting sync go on
	SignalGone    = "gone"    // no payload: the follower unfollowed, a held reply is given up

	CommandRetry = "retry" // Command
	CommandSkip  = "skip"  // Command
	CommandAmend = "amend" // Amendment; update only

	QueryState = "state" // ConversationState without message texts
)

// SyncState values: what an operator sees of one sync.
const (
	StateSyncing        = "syncing"         // on its way
	StateStuck          = "stuck"           // retrying by itself for more than five minutes
	StateHeld           = "held"            // a reply that waits for the follower to open the window again
	StateNeedsAttention = "needs_attention" // parked: waits for retry or skip
	StateSynced         = "synced"          // done
	StateSkipped        = "skipped"         // given up, by a person or because the follower left
)

// Search attributes. All are Keyword; none holds personal data in plain form.
var (
	AttributeSyncState   = temporal.NewSearchAttributeKeyKeyword("SyncState")
	AttributeSyncError   = temporal.NewSearchAttributeKeyKeyword("SyncError")
	AttributeFollowerKey = temporal.NewSearchAttributeKeyKeyword("FollowerKey")
	AttributeTicketID    = temporal.NewSearchAttributeKeyKeyword("TicketID")
	AttributeAccount     = temporal.NewSearchAttributeKeyKeyword("Account")
)

// SearchAttributes are the names a namespace must know before anything starts.
var SearchAttributes = []string{
	AttributeSyncState.GetName(), AttributeSyncError.GetName(), AttributeFollowerKey.GetName(),
	AttributeTicketID.GetName(), AttributeAccount.GetName(),
}

// FollowerKey names a follower without showing the openid: 16 lower-case base32 characters of
// HMAC-SHA256(secret, account, openid). Ids, search attributes and logs carry it in the openid's place.
func FollowerKey(secret []byte, account, openID string) string {
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(account))
	mac.Write([]byte{0})
	mac.Write([]byte(openID))
	return strings.ToLower(base32.StdEncoding.EncodeToString(mac.Sum(nil))[:16])
}

// ConversationID is the workflow id of a follower's conversation.
func ConversationID(account, followerKey string) string {
	return "conversation/" + account + "/" + followerKey
}

// OnboardID is the workflow id of one onboarding; createTime is the event's CreateTime in seconds.
func OnboardID(account, followerKey string, createTime int64) string {
	return fmt.Sprintf("onboard/%s/%s/%d", account, followerKey, createTime)
}

// TicketSyncID is the workflow id of one message's sync. The MsgId alone collides between followers.
func TicketSyncID(account, followerKey, msgID string) string {
	return "ticket/" + account + "/" + followerKey + "/" + msgID
}

// ReplyID is the workflow id of one reply; smaID is C4C's id of the reply activity.
func ReplyID(account, smaID string) string { return "reply/" + account + "/" + smaID }

// RouteID is the workflow id that looks for the follower of a reply without a usable original_id.
func RouteID(account, smaID string) string { return "route/" + account + "/" + smaID }

// NoteID is the workflow id of one internal note; key says what the note is about. The follower may be unknown.
func NoteID(account, followerKey, key string) string {
	if followerKey == "" {
		return "note/" + account + "/" + key
	}
	return "note/" + account + "/" + followerKey + "/" + key
}

// MaintainTokenID is the id of the account's token schedule and of the workflows it starts.
func MaintainTokenID(account string) string { return "maintain-token/" + account }

// RefreshTokenID is the workflow id all who need a new token join.
func RefreshTokenID(account string) string { return "refresh-token/" + account }

// ResumeCauseID is the workflow id that waits for the end of a cause which hits every sync of the account.
func ResumeCauseID(account, cause string) string { return "resume/" + account + "/" + cause }

const messageIDPrefix = "wx"

// MessageID is the SocialMediaMessageID of a WeChat message in C4C: wx:<account>:<openid>:<MsgId>.
// C4C hands it back as original_id with the agent's reply, which routes the reply without a look-up.
func MessageID(account, openID, msgID string) string {
	return strings.Join([]string{messageIDPrefix, account, openID, msgID}, ":")
}

// ParseMessageID takes a MessageID apart; ok is false for ids that are not ours.
func ParseMessageID(id string) (account, openID, msgID string, ok bool) {
	part := strings.Split(id, ":")
	if len(part) != 4 || part[0] != messageIDPrefix || part[1] == "" || part[2] == "" || part[3] == "" {
		return "", "", "", false
	}
	return part[1], part[2], part[3], true
}
