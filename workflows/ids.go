package workflows

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"strings"
)

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

// AttachID is the workflow id of one file's sync.
func AttachID(account, followerKey, msgID string, number int) string {
	return fmt.Sprintf("media/%s/%s/%s/%d", account, followerKey, msgID, number)
}

// BackfillID is the workflow id of the account's backfill: one at a time.
func BackfillID(account string) string { return "backfill/" + account }

// AnnounceID is the workflow id of the notice to a follower; one is open at a time.
func AnnounceID(account, followerKey string) string { return "announce/" + account + "/" + followerKey }

// ReconcileRepliesID is the id of the account's reconciliation schedule and of the workflows it starts.
func ReconcileRepliesID(account string) string { return "reconcile-replies/" + account }

// TicketChangedID is the workflow id of all events of one ticket that come together; objectID is C4C's key.
func TicketChangedID(account, objectID string) string {
	return "ticket-changed/" + account + "/" + objectID
}

// WebMsgID is the message id of a submission: part of workflow ids and of C4C's SocialMediaMessageID.
func WebMsgID(key string) string { return "web-" + key }

// RegisterID is the workflow id of one registration.
func RegisterID(account, followerKey, key string) string {
	return "register/" + account + "/" + followerKey + "/" + key
}

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
