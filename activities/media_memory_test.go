package activities

import (
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/testsuite"

	"github.com/wechat-c4c/wechat-c4c/c4c"
	"github.com/wechat-c4c/wechat-c4c/wechat"
)

const (
	// mediaSize is the largest file that WeChat accepts.
	mediaSize = 10 << 20
	// mediaMemory is how much memory a worker may allocate for one file, in bytes, freed or not: the memory in use can
	// only be less.
	mediaMemory = 2 << 20
)

// film is a video of any length that uses no memory.
type film struct{ at int }

// Read returns the head of an MP4, then noise.
func (f *film) Read(p []byte) (int, error) {
	const head = "\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom"
	if f.at >= mediaSize {
		return 0, io.EOF
	}
	p = p[:min(len(p), mediaSize-f.at)]
	for i := range p {
		if f.at+i < len(head) {
			p[i] = head[f.at+i]
		} else {
			p[i] = byte((f.at + i) * 7)
		}
	}
	f.at += len(p)
	return len(p), nil
}

// carriers are a WeChat and a C4C that only transfer files, without holding them.
func carriers(tb testing.TB) (*Account, *int64) {
	tb.Helper()
	received := new(int64)
	serve := func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		switch {
		case strings.HasSuffix(r.URL.Path, "/stable_token"):
			_, _ = io.WriteString(w, `{"access_token":"t","expires_in":7200}`)
		case strings.HasSuffix(r.URL.Path, "/media/get"), strings.HasSuffix(r.URL.Path, "/$value"):
			w.Header().Set("Content-Type", "video/mp4")
			w.Header().Set("Content-Length", "10485760")
			_, _ = io.CopyBuffer(w, &film{}, make([]byte, 4<<10))
		case r.Method == http.MethodPost:
			*received, _ = io.CopyBuffer(onlyWriter{io.Discard}, r.Body, make([]byte, 4<<10))
			w.WriteHeader(http.StatusOK)
			if strings.HasSuffix(r.URL.Path, "/media/upload") {
				_, _ = io.WriteString(w, `{"type":"video","media_id":"m1","created_at":1767600000}`)
				return
			}
			_, _ = io.WriteString(w, `{"d":{"results":{"ObjectID":"A1","Binary":"`)
			_, _ = io.CopyBuffer(onlyWriter{w}, &film{}, make([]byte, 4<<10)) // C4C echoes what it received
		default:
			w.Header().Set("x-csrf-token", "t")
			_, _ = io.WriteString(w, `{"d":{"EntitySets":[]}}`)
		}
	}
	server := httptest.NewServer(http.HandlerFunc(serve))
	tb.Cleanup(server.Close)
	toWeChat, err := wechat.New(wechat.Options{AppID: "wx0000000000000001", AppSecret: testSecret, APIURL: server.URL})
	require.NoError(tb, err)
	toC4C, err := c4c.New(c4c.Options{BaseURL: server.URL, User: "wechat", Password: testPassword, ChannelID: "WECHAT",
		ChannelCode: "008"})
	require.NoError(tb, err)
	return &Account{WeChat: toWeChat, Tokens: toWeChat.Tokens(), C4C: toC4C}, received
}

// ways are both directions of a file.
var ways = []struct {
	name  string
	sent  int64 // at least, including what the transport adds
	carry func(*C4C, *testsuite.TestActivityEnvironment) error
}{
	{"to C4C", mediaSize / 3 * 4, func(a *C4C, env *testsuite.TestActivityEnvironment) error {
		_, err := env.ExecuteActivity(a.AttachMedia, AttachMediaInput{Account: testAccount, ObjectID: ticketKey,
			MediaID: "m1", Kind: "video", Name: "video-7-1"})
		return err
	}},
	{"to WeChat", mediaSize, func(a *C4C, env *testsuite.TestActivityEnvironment) error {
		_, err := env.ExecuteActivity(a.UploadReplyFile, UploadReplyFileInput{Account: testAccount, ObjectID: fileKey,
			Fresh: true})
		return err
	}},
}

// A file of 10 MB passes through a worker whose memory grows by less than 2 MB. The test measures what the whole
// process allocates, so it runs alone.
func TestMediaPassesWithoutMemory(t *testing.T) {
	for _, way := range ways {
		account, received := carriers(t)
		a := &C4C{Accounts: Accounts{testAccount: account}}
		var suite testsuite.WorkflowTestSuite
		env := suite.NewTestActivityEnvironment()
		env.RegisterActivity(a)
		require.NoError(t, way.carry(a, env), "connections and tokens are made once")

		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		require.NoError(t, way.carry(a, env))
		runtime.ReadMemStats(&after)
		allocated := after.TotalAlloc - before.TotalAlloc
		t.Logf("%s: %d KB allocated for a file of %d KB", way.name, allocated>>10, mediaSize>>10)
		require.Less(t, allocated, uint64(mediaMemory), way.name)
		require.GreaterOrEqual(t, *received, way.sent, way.name)
	}
}

func BenchmarkMedia(b *testing.B) {
	for _, way := range ways {
		b.Run(strings.ReplaceAll(way.name, " ", "_"), func(b *testing.B) {
			account, _ := carriers(b)
			a := &C4C{Accounts: Accounts{testAccount: account}}
			var suite testsuite.WorkflowTestSuite
			env := suite.NewTestActivityEnvironment()
			env.RegisterActivity(a)
			b.SetBytes(mediaSize)
			b.ReportAllocs()
			for b.Loop() {
				require.NoError(b, way.carry(a, env))
			}
		})
	}
}
