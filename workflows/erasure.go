package workflows

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"time"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
)

// ErasureLife is how long the mark that a follower was erased is kept at least: longer than a session, a personal link
// or a push of WeChat counts.
const ErasureLife = 25 * time.Hour

// ErasureID is the workflow id of the mark that a follower was erased. It names a hash of the follower key, as the
// erasure's receipt does, so that nothing with the key is left.
func ErasureID(account, followerKey string) string {
	return "erased/" + account + "/" + HashKey(followerKey)
}

// HashKey is the SHA-256 of a follower key in hexadecimal digits.
func HashKey(followerKey string) string {
	hash := sha256.Sum256([]byte(followerKey))
	return hex.EncodeToString(hash[:])
}

// ErasedAt reads when a follower was last erased, by Temporal's clock, out of what Temporal says of the workflow
// [ErasureID]; zero: never, or so long ago that nothing from before counts anyway. Whoever starts a conversation asks.
func ErasedAt(mark *workflowservice.DescribeWorkflowExecutionResponse, err error) (time.Time, error) {
	if _, missing := errors.AsType[*serviceerror.NotFound](err); missing {
		return time.Time{}, nil
	}
	if err != nil {
		return time.Time{}, err
	}
	info := mark.GetWorkflowExecutionInfo()
	if info.GetType().GetName() != TypeErasedFollower {
		return time.Time{}, nil
	}
	return info.GetStartTime().AsTime(), nil
}
