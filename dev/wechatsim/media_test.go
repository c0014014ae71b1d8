package wechatsim

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestMediaRoundTrip(t *testing.T) {
	t.Parallel()
	r := setup(t, Options{})
	tests := []struct {
		kind, filename, contentType string
		data                        []byte
	}{
		{"image", "a.JPG", "image/jpeg", samplePicture(3)},
		{"voice", "a.amr", "audio/amr", sampleVoice()},
		{"thumb", "a.jpg", "image/jpeg", samplePicture(4)},
	}
	for _, tt := range tests {
		out := r.upload(tt.kind, "media", tt.filename, tt.data)
		require.Zero(t, out.code(), "%s: %v", tt.kind, out)
		id, _ := out[map[bool]string{true: "thumb_media_id", false: "media_id"}[tt.kind == "thumb"]].(string)
		_, data, header := r.do(get, "/cgi-bin/media/get?access_token="+r.token+"&media_id="+id, nil)
		require.Equal(t, tt.data, data)
		require.Equal(t, tt.contentType, header.Get("Content-Type"))
		require.Contains(t, header.Get("Content-Disposition"), "attachment; filename=")
	}
}

func TestVideoComesAsAddress(t *testing.T) {
	t.Parallel()
	r := setup(t, Options{})
	id := r.upload("video", "media", "a.mp4", sampleVideo())["media_id"].(string)
	out := r.api(get, "/cgi-bin/media/get?media_id="+id, nil)
	res, err := http.Get(out["video_url"].(string))
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	require.Equal(t, "video/mp4", res.Header.Get("Content-Type"))
}

// TestPictureForArticles: uploadimg returns an address and no media id.
func TestPictureForArticles(t *testing.T) {
	t.Parallel()
	r := setup(t, Options{})
	out := r.uploadTo("/cgi-bin/media/uploadimg?", "media", "a.jpg", samplePicture(3))
	res, err := http.Get(out["url"].(string))
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	require.Equal(t, "image/jpeg", res.Header.Get("Content-Type"))
	require.NotContains(t, out, "media_id")
	require.Equal(t, 40005, r.uploadTo("/cgi-bin/media/uploadimg?", "media", "a.mp4", sampleVideo()).code())
	require.Equal(t, 41005, r.uploadTo("/cgi-bin/media/uploadimg?", "file", "a.jpg", samplePicture(3)).code())
}

func TestMediaExpires(t *testing.T) {
	t.Parallel()
	r := setup(t, Options{})
	id := r.upload("image", "media", "a.jpg", samplePicture(1))["media_id"].(string)
	r.advance("72h1s")
	r.token = ""
	require.Equal(t, 40007, r.api(get, "/cgi-bin/media/get?media_id="+id, nil).code())
	require.Equal(t, 41006, r.api(get, "/cgi-bin/media/get", nil).code())
	status, _, _ := r.do(get, "/_media?id="+id, nil)
	require.Equal(t, http.StatusNotFound, status)
}

func TestMediaUploadRefusals(t *testing.T) {
	t.Parallel()
	r := setup(t, Options{})
	picture := samplePicture(1)
	tests := []struct {
		name, kind, field, filename string
		data                        []byte
		want                        int
	}{
		{"kind", "song", "media", "a.jpg", picture, 40004},
		{"field name", "image", "file", "a.jpg", picture, 41005},
		{"nothing in it", "image", "media", "a.jpg", nil, 44001},
		{"extension", "image", "media", "a.bmp", picture, 40005},
		{"disguised", "image", "media", "a.jpg", []byte("<html>"), 40113},
		{"large picture", "image", "media", "a.jpg", append(picture, make([]byte, 10<<20)...), 40009},
		{"large voice", "voice", "media", "a.amr", append(sampleVoice(), make([]byte, 2<<20)...), 40010},
		{"voice of 61 seconds", "voice", "media", "a.amr", append([]byte("#!AMR\n"), bytes.Repeat(sampleVoice()[6:], 61)...),
			45007},
		{"large thumb", "thumb", "media", "a.jpg", append(picture, make([]byte, 64<<10)...), 40012},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			require.Equal(t, tt.want, r.upload(tt.kind, tt.field, tt.filename, tt.data).code())
		})
	}
	require.Equal(t, 41005, r.api(post, "/cgi-bin/media/upload?type=image", "no multipart").code())
}

func TestInboxShowsWhichFileItIs(t *testing.T) {
	t.Parallel()
	r := setup(t, Options{})
	r.event(anna, "subscribe", nil)
	picture := samplePicture(7)
	id := r.upload("image", "media", "a.jpg", picture)["media_id"].(string)
	require.Zero(t, r.api(post, "/cgi-bin/message/custom/send", map[string]any{
		"touser": anna, "msgtype": "image", "image": map[string]any{"media_id": id},
	}).code())
	_, body, _ := r.do(get, "/_sim/followers/"+anna+"/inbox", nil)
	var items []item
	require.NoError(t, json.Unmarshal(body, &items))
	last := items[len(items)-1]
	sum := sha256.Sum256(picture)
	require.Equal(t, hex.EncodeToString(sum[:]), last.SHA256)
	require.Equal(t, len(picture), last.Size)
}

func TestHDVoice(t *testing.T) {
	t.Parallel()
	r := setup(t, Options{Mode: ModePlain, DataFormat: FormatJSON})
	r.event(anna, "subscribe", nil)
	r.event(anna, "messages", map[string]any{"type": "voice"})
	var m struct{ MediaId, MediaId16K string }
	require.NoError(t, json.Unmarshal([]byte(r.pushes()[1].body), &m))
	r.api(get, "/cgi-bin/getcallbackip", nil)
	_, data, _ := r.do(get, "/cgi-bin/media/get/jssdk?access_token="+r.token+"&media_id="+m.MediaId16K, nil)
	require.True(t, strings.HasPrefix(string(data), "Speex"))
	require.Equal(t, 40007, r.api(get, "/cgi-bin/media/get?media_id="+m.MediaId16K, nil).code())
	require.Equal(t, 40007, r.api(get, "/cgi-bin/media/get/jssdk?media_id="+m.MediaId, nil).code())
}
