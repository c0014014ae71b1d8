package conversation

import (
	"fmt"
	"strings"
)

// Identity names a follower of an account. FollowerKey replaces the openid in ids, search attributes and logs.
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

// replyPrefix begins the id of every reply's sync and of no other workflow.
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

// webKey is the idempotency key in a submission's message id; empty: the message is not a submission.
func webKey(msgID string) string {
	key, ok := strings.CutPrefix(msgID, webPrefix)
	if !ok {
		return ""
	}
	return key
}

// submissionMark begins the Key of an Inbound that is a submission.
const submissionMark = "web/"

// SubmissionKey returns the idempotency key in the Key of an Inbound. ok is false if it is not a submission.
func SubmissionKey(inboundKey string) (key string, ok bool) {
	return strings.CutPrefix(inboundKey, submissionMark)
}

const messageIDPrefix = "wx"

// MessageID is the SocialMediaMessageID of a WeChat message in C4C: wx:<account>:<openid>:<MsgId>. C4C returns it as
// original_id with the agent's reply, so that replies are routed without a look-up.
func MessageID(account, openID, msgID string) string {
	return strings.Join([]string{messageIDPrefix, account, openID, msgID}, ":")
}

// sameTicket reports whether two numbers mean the same ticket. C4C shows leading zeros in some places and not in
// others.
func sameTicket(a, b string) bool {
	return a == b || a != "" && b != "" && strings.TrimLeft(a, "0") == strings.TrimLeft(b, "0")
}

// foldedLength is the length from which an openid without capital letters is assumed to have lost them: WeChat's
// openids have 28 characters from an alphabet of 64.
const foldedLength = 20

// CaseIsLost reports whether something on the way has lower-cased an openid. Such an openid identifies nobody.
func CaseIsLost(openID string) bool {
	return len(openID) >= foldedLength && openID == strings.ToLower(openID)
}

// ParseMessageID splits a MessageID. ok is false for ids that are not ours.
func ParseMessageID(id string) (account, openID, msgID string, ok bool) {
	part := strings.Split(id, ":")
	if len(part) != 4 || part[0] != messageIDPrefix || part[1] == "" || part[2] == "" || part[3] == "" {
		return "", "", "", false
	}
	return part[1], part[2], part[3], true
}
