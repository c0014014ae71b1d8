package wechatsim

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"path"
	"slices"
	"strings"
	"time"
)

const mediaLife = 3 * 24 * time.Hour

// media is a temporary file, uploaded by the account or sent by a follower.
type media struct {
	ID          string    `json:"id"`
	Kind        string    `json:"kind"` // image, voice, video, thumb
	Filename    string    `json:"filename"`
	ContentType string    `json:"content_type"`
	Created     time.Time `json:"created"`
	Data        []byte    `json:"data"`
}

func (m *media) alive(now time.Time) bool { return now.Before(m.Created.Add(mediaLife)) }

// mediaRule is what WeChat accepts for one kind.
// https://developers.weixin.qq.com/doc/service/api/material/temporary/api_uploadtempmedia.html
type mediaRule struct {
	limit      int
	tooLarge   int // errcode
	extensions []string
	types      []string
}

var mediaRules = map[string]mediaRule{
	"image": {10 << 20, 40009, []string{".png", ".jpg", ".jpeg", ".gif"},
		[]string{"image/png", "image/jpeg", "image/gif"}},
	"voice": {2 << 20, 40010, []string{".amr", ".mp3"}, []string{"audio/amr", "audio/mpeg"}},
	"video": {10 << 20, 40011, []string{".mp4"}, []string{"video/mp4"}},
	"thumb": {64 << 10, 40012, []string{".jpg", ".jpeg"}, []string{"image/jpeg"}},
}

// keep stores a file under a new id.
func (s *Simulator) keep(kind, filename, contentType string, data []byte, now time.Time) *media {
	m := &media{ID: s.text(64), Kind: kind, Filename: filename, ContentType: contentType, Created: now, Data: data}
	s.state.Media[m.ID] = m
	s.state.journal.media = append(s.state.journal.media, m.ID)
	return m
}

// show sets the file of a line of the thread.
func (it *item) show(m *media) {
	sum := sha256.Sum256(m.Data)
	it.MediaID, it.Size, it.SHA256 = m.ID, len(m.Data), hex.EncodeToString(sum[:])
}

// mediaUsable refuses an id that does not exist, has expired or is of another kind.
func (c *call) mediaUsable(id string, kinds ...string) error {
	if id == "" {
		return refuse(41006)
	}
	m, found := c.s.state.Media[id]
	if !found || !m.alive(c.now) || !slices.Contains(kinds, m.Kind) {
		return refuse(40007)
	}
	return nil
}

func mediaUpload(c *call) (any, error) {
	kind := c.query.Get("type")
	rule, known := mediaRules[kind]
	if !known {
		return nil, refuse(40004)
	}
	filename, data, err := c.formFile("media")
	if err != nil {
		return nil, err
	}
	switch {
	case len(data) == 0:
		return nil, refuse(44001)
	case len(data) > rule.limit:
		return nil, refuse(rule.tooLarge)
	case !slices.Contains(rule.extensions, strings.ToLower(path.Ext(filename))):
		return nil, refuse(40005)
	}
	contentType := sniff(data)
	if !slices.Contains(rule.types, contentType) {
		return nil, refuse(40113)
	}
	if contentType == "audio/amr" && amrLength(data) > time.Minute {
		return nil, refuse(45007)
	}
	m := c.s.keep(kind, path.Base(filename), contentType, data, c.now)
	idName := "media_id"
	if kind == "thumb" {
		idName = "thumb_media_id"
	}
	return map[string]any{"type": kind, idName: m.ID, "created_at": c.now.Unix()}, nil
}

// maxArticlePicture is the largest file that uploadimg accepts, in bytes.
const maxArticlePicture = 1 << 20

// pictureUpload stores a picture for articles: it has an address and no media id.
//
// https://developers.weixin.qq.com/doc/service/api/material/permanent/api_uploadimage.html
func pictureUpload(c *call) (any, error) {
	filename, data, err := c.formFile("media")
	if err != nil {
		return nil, err
	}
	contentType := sniff(data)
	switch {
	case len(data) == 0:
		return nil, refuse(44001)
	case len(data) > maxArticlePicture:
		return nil, refuse(40009)
	case !slices.Contains([]string{"image/png", "image/jpeg"}, contentType):
		return nil, refuse(40005)
	}
	return map[string]any{"url": base(c.r) + "/_media?id=" + c.s.keep("article", path.Base(filename), contentType, data,
		c.now).ID}, nil
}

// formFile reads the only file of a multipart body; a missing file is 41005.
func (c *call) formFile(name string) (string, []byte, error) {
	mediaType, params, err := mime.ParseMediaType(c.r.Header.Get("Content-Type"))
	if err != nil || mediaType != "multipart/form-data" || params["boundary"] == "" {
		return "", nil, refuse(41005)
	}
	reader := multipart.NewReader(bytes.NewReader(c.body), params["boundary"])
	for {
		part, err := reader.NextPart()
		if err != nil {
			return "", nil, refuse(41005)
		}
		if part.FormName() != name || part.FileName() == "" {
			continue
		}
		data, err := io.ReadAll(part)
		if err != nil {
			return "", nil, refuse(41005)
		}
		return part.FileName(), data, nil
	}
}

// sniff recognises the types that WeChat accepts; the name and the header do not count.
func sniff(data []byte) string {
	switch {
	case bytes.HasPrefix(data, []byte("#!AMR")):
		return "audio/amr"
	case bytes.HasPrefix(data, []byte("ID3")), len(data) > 1 && data[0] == 0xff && data[1]&0xe0 == 0xe0 && data[1] != 0xd8:
		return "audio/mpeg"
	case len(data) > 11 && string(data[4:8]) == "ftyp":
		return "video/mp4"
	}
	return http.DetectContentType(data)
}

// amrFrames are the bytes of a frame of 20 ms after its first one, by its type (RFC 4867).
var amrFrames = [16]int{12, 13, 15, 17, 19, 20, 26, 31, 5}

// amrLength returns how long a recording plays.
func amrLength(data []byte) time.Duration {
	var length time.Duration
	for at := len("#!AMR\n"); at < len(data); at += 1 + amrFrames[data[at]>>3&15] {
		length += 20 * time.Millisecond
	}
	return length
}

// mediaGet: https://developers.weixin.qq.com/doc/service/api/material/temporary/api_getmedia.html
func mediaGet(c *call) (any, error) {
	id := c.query.Get("media_id")
	if id == "" {
		return nil, refuse(41006)
	}
	m, found := c.s.state.Media[id]
	if !found || !m.alive(c.now) || m.Kind == "hd_voice" || m.Kind == "article" {
		return nil, refuse(40007)
	}
	if m.Kind == "video" {
		return map[string]any{"video_url": base(c.r) + "/_media?id=" + m.ID}, nil
	}
	return m.answer(), nil
}

// mediaGetHD serves the 16 kHz voice of MediaId16K and of the JS-SDK.
func mediaGetHD(c *call) (any, error) {
	m, found := c.s.state.Media[c.query.Get("media_id")]
	if !found || !m.alive(c.now) || m.Kind != "hd_voice" {
		return nil, refuse(40007)
	}
	return m.answer(), nil
}

// mediaFile serves the download host, where video_url and PicUrl lead. It needs no token.
func mediaFile(c *call) (any, error) {
	m, found := c.s.state.Media[c.query.Get("id")]
	if !found || !m.alive(c.now) {
		return answer{status: http.StatusNotFound, contentType: "text/plain", body: []byte("gone")}, nil
	}
	return m.answer(), nil
}

func (m *media) answer() answer {
	return answer{
		status: http.StatusOK, contentType: m.ContentType, body: m.Data,
		disposition: fmt.Sprintf("attachment; filename=%q", m.ID+path.Ext(m.Filename)),
	}
}
