package workflows

import (
	"crypto/sha256"
	"encoding/hex"
	"time"
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
