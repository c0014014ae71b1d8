package workflows

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"strings"
	"time"
)

// FollowerKey identifies a follower without revealing the openid: 16 lower-case base32 characters of
// HMAC-SHA256(secret, account, openid). It replaces the openid in ids, search attributes and logs.
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

// RouteID is the workflow id of the search for the follower of a reply without a usable original_id.
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

// RefreshTokenID is the workflow id of the account's token refresh. All calls that need a new token join it.
func RefreshTokenID(account string) string { return "refresh-token/" + account }

// ResumeCauseID is the workflow id of waiting for the end of a cause that affects every sync of the account.
func ResumeCauseID(account, cause string) string { return "resume/" + account + "/" + cause }

// AttachID is the workflow id of one file's sync.
func AttachID(account, followerKey, msgID string, number int) string {
	return fmt.Sprintf("media/%s/%s/%s/%d", account, followerKey, msgID, number)
}

// StartWaitingID is the workflow id of starting waiting syncs; first is the workflow id of the first of them.
func StartWaitingID(first string) string { return "start/" + first }

// BackfillID is the workflow id of the account's backfill: one at a time.
func BackfillID(account string) string { return "backfill/" + account }

// EraseID is the workflow id of erasing a follower who has requested it. Like [ErasureID] it contains a hash of the
// follower key.
func EraseID(account, followerKey string) string {
	return "erase/" + account + "/" + HashKey(followerKey)
}

// AnnounceID is the workflow id of the notice to a follower; one is open at a time.
func AnnounceID(account, followerKey string) string { return "announce/" + account + "/" + followerKey }

// ReconcileRepliesID is the id of the account's reconciliation schedule and of the workflows it starts.
func ReconcileRepliesID(account string) string { return "reconcile-replies/" + account }

// ReviewRepliesID is the workflow id of the review of a span's replies, by the beginning of the span.
func ReviewRepliesID(account string, from time.Time) string {
	return "review-replies/" + account + "/" + from.UTC().Format("20060102T150405Z")
}

// TicketChangedID is the workflow id of all events of one ticket that arrive together; objectID is C4C's key.
func TicketChangedID(account, objectID string) string {
	return "ticket-changed/" + account + "/" + objectID
}

// ShareC4CID is the workflow id of sharing the calls to one C4C tenant. The tenant is its address without the scheme.
func ShareC4CID(tenant string) string { return "share-c4c/" + tenant }
