package conversation

import (
	"fmt"
	"strings"
)

// Identity names a follower of an account. FollowerKey stands for the openid in ids, search attributes and logs.
type Identity struct {
	Account     string `json:"account"`
	OpenID      string `json:"openid,omitempty"`
	FollowerKey string `json:"follower_key,omitempty"`
}

// OnboardID is the workflow id of one onboarding; createTime is the event's CreateTime in seconds.
func OnboardID(account, followerKey string, createTime int64) string {
	return fmt.Sprintf("onboard/%s/%s/%d", account, followerKey, createTime)
}

// TicketSyncID is the workflow id of one message's sync. The MsgId alone collides between followers.
func TicketSyncID(account, followerKey, msgID string) string {
	return "ticket/" + account + "/" + followerKey + "/" + msgID
}

// replyPrefix begins the id of every reply's sync, and of no other.
const replyPrefix = "reply/"

// ReplyID is the workflow id of one reply; smaID is C4C's id of the reply activity.
func ReplyID(account, smaID string) string { return replyPrefix + account + "/" + smaID }

// RegisterID is the workflow id of one registration.
func RegisterID(account, followerKey, key string) string {
	return "register/" + account + "/" + followerKey + "/" + key
}

const webPrefix = "web-"

// WebMsgID is the message id of a submission: part of workflow ids and of C4C's SocialMediaMessageID.
func WebMsgID(key string) string { return webPrefix + key }

// webKey is the idempotency key in the message id of a submission; empty: the message is none.
func webKey(msgID string) string {
	key, ok := strings.CutPrefix(msgID, webPrefix)
	if !ok {
		return ""
	}
	return key
}

// submissionMark begins the key of an Inbound that is a submission.
const submissionMark = "web/"

// SubmissionKey is the idempotency key in the key of an Inbound; ok is false where that is no submission.
func SubmissionKey(inboundKey string) (key string, ok bool) {
	return strings.CutPrefix(inboundKey, submissionMark)
}

const messageIDPrefix = "wx"

// MessageID is the SocialMediaMessageID of a WeChat message in C4C: wx:<account>:<openid>:<MsgId>.
// C4C hands it back as original_id with the agent's reply, which routes the reply without a look-up.
func MessageID(account, openID, msgID string) string {
	return strings.Join([]string{messageIDPrefix, account, openID, msgID}, ":")
}

// sameTicket reports whether two numbers are of one ticket. C4C shows them with zeros in front in some places and
// without in others.
func sameTicket(a, b string) bool {
	return a == b || a != "" && b != "" && strings.TrimLeft(a, "0") == strings.TrimLeft(b, "0")
}

// foldedLength is from when on an openid without a capital letter is taken for one that has lost them: WeChat's have 28
// characters of 64 kinds.
const foldedLength = 20

// CaseIsLost reports whether something on the way has put an openid into small letters. Such a one names nobody.
func CaseIsLost(openID string) bool {
	return len(openID) >= foldedLength && openID == strings.ToLower(openID)
}

// ParseMessageID takes a MessageID apart; ok is false for ids that are not ours.
func ParseMessageID(id string) (account, openID, msgID string, ok bool) {
	part := strings.Split(id, ":")
	if len(part) != 4 || part[0] != messageIDPrefix || part[1] == "" || part[2] == "" || part[3] == "" {
		return "", "", "", false
	}
	return part[1], part[2], part[3], true
}
