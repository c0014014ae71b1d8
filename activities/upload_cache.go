package activities

import (
	"crypto/sha256"
	"sync"
	"time"

	"github.com/wechat-c4c/wechat-c4c/wechat"
)

const (
	// uploadLife is how long an upload is reused: WeChat's three days, less the time that a reply may take.
	uploadLife = 3*24*time.Hour - time.Hour
	// maxUploads limits what a process remembers: about 200 bytes per upload.
	maxUploads = 2000
)

// uploadKey identifies a file by its content and the kind it was uploaded as.
type uploadKey struct {
	sum  [sha256.Size]byte
	kind wechat.MediaKind
}

// uploadCache remembers an account's uploads as long as WeChat keeps them. Each process then uploads a file that goes
// to many followers only once. The zero value is empty.
type uploadCache struct {
	mu      sync.Mutex
	uploads map[uploadKey]wechat.Media
}

// get finds an upload that is not too old.
func (c *uploadCache) get(key uploadKey, now time.Time) (wechat.Media, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	media, found := c.uploads[key]
	return media, found && now.Sub(media.CreatedAt) < uploadLife
}

// put remembers an upload. It replaces an older one of the same file, or the oldest of all.
func (c *uploadCache) put(key uploadKey, media wechat.Media) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.uploads == nil {
		c.uploads = map[uploadKey]wechat.Media{}
	}
	if _, there := c.uploads[key]; !there && len(c.uploads) >= maxUploads {
		var oldest uploadKey
		first := true
		for k, m := range c.uploads {
			if first || m.CreatedAt.Before(c.uploads[oldest].CreatedAt) {
				oldest, first = k, false
			}
		}
		delete(c.uploads, oldest)
	}
	c.uploads[key] = media
}
