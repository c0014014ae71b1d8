package activities

import (
	"encoding/binary"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/wechat"
)

func keyOf(n int) uploadKey {
	key := uploadKey{kind: wechat.MediaImage}
	binary.BigEndian.PutUint64(key.sum[:], uint64(n))
	return key
}

func TestUploadCache(t *testing.T) {
	t.Parallel()
	dawn := time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC)
	var cache uploadCache
	_, found := cache.get(keyOf(1), dawn)
	require.False(t, found)
	cache.put(keyOf(1), wechat.Media{ID: "one", CreatedAt: dawn})
	got, found := cache.get(keyOf(1), dawn.Add(71*time.Hour-time.Second))
	require.True(t, found)
	require.Equal(t, "one", got.ID)
	_, found = cache.get(keyOf(1), dawn.Add(71*time.Hour))
	require.False(t, found, "WeChat may delete it before it is sent")
	_, found = cache.get(uploadKey{sum: keyOf(1).sum, kind: wechat.MediaVideo}, dawn)
	require.False(t, found, "a picture is no video")
	cache.put(keyOf(1), wechat.Media{ID: "again", CreatedAt: dawn.Add(time.Hour)})
	got, _ = cache.get(keyOf(1), dawn.Add(time.Hour))
	require.Equal(t, "again", got.ID)
}

func TestUploadCacheIsBounded(t *testing.T) {
	t.Parallel()
	dawn := time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC)
	var cache uploadCache
	for i := range maxUploads + 10 {
		cache.put(keyOf(i), wechat.Media{ID: strconv.Itoa(i), CreatedAt: dawn.Add(time.Duration(i) * time.Second)})
	}
	require.Len(t, cache.uploads, maxUploads)
	_, found := cache.get(keyOf(9), dawn)
	require.False(t, found, "the oldest leave first")
	_, found = cache.get(keyOf(10), dawn)
	require.True(t, found)
}
