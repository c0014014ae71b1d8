package activities

import (
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"
)

const (
	replyFiles    = "GET SocialMediaActivityCollection"
	openReplyFile = "GET $value"
	uploadMedia   = "media/upload"
	sendMessage   = "message/custom/send"
	pngBytes      = "\x89PNG\r\n\x1a\nsome picture"
	fileKey       = "00163E0A00011EE98000000000000011"
)

var uploadInput = UploadReplyFileInput{Account: testAccount, ObjectID: fileKey}

// content is C4C's answer to a download.
func content(body string) answer {
	return status(http.StatusOK, body, "Content-Type", "image/x-whatever")
}

func uploadedAs(id string) answer {
	return errcode(0, "", `"type":"image","media_id":"`+id+`","created_at":1767600000`)
}

func TestReplyFiles(t *testing.T) {
	t.Parallel()
	in := ReplyFilesInput{Account: testAccount, ActivityID: "59226"}
	found := func(files ...map[string]any) answer {
		return entities(map[string]any{"ObjectID": "A1", "ID": "59226",
			"SocialMediaActivityAttachmentFolder": map[string]any{"results": files}})
	}
	t.Run("a file and a link", func(t *testing.T) {
		t.Parallel()
		s := newServers(t)
		s.will(replyFiles, found(
			map[string]any{"ObjectID": fileKey, "Name": "manual.pdf", "CategoryCode": "2"},
			map[string]any{"ObjectID": "F2", "Name": "page", "CategoryCode": "3", "LinkWebURI": "https://x.example"}))
		var got []ReplyFile
		require.NoError(t, s.once("ReplyFiles", in, &got))
		require.Equal(t, []ReplyFile{{ObjectID: fileKey, Name: "manual.pdf"},
			{ObjectID: "F2", Name: "page", Link: "https://x.example"}}, got)
		require.Equal(t, []string{replyFiles}, s.operations(), "one call")
	})
	t.Run("none", func(t *testing.T) {
		t.Parallel()
		s := newServers(t)
		s.will(replyFiles, found())
		var got []ReplyFile
		require.NoError(t, s.once("ReplyFiles", in, &got))
		require.Empty(t, got)
	})
	t.Run("shown late", func(t *testing.T) {
		t.Parallel()
		s := newServers(t)
		s.will(replyFiles, entities(), found(map[string]any{"ObjectID": fileKey, "Name": "a"}))
		requireRefused(t, s.once("ReplyFiles", in, nil), ErrorC4CReplyPending, true, Failure{})
		var got []ReplyFile
		require.NoError(t, s.once("ReplyFiles", in, &got))
		require.Len(t, got, 1)
	})
	t.Run("never shown", func(t *testing.T) {
		t.Parallel()
		s := newServers(t)
		s.usual[replyFiles] = entities()
		var got []ReplyFile
		require.NoError(t, s.run("ReplyFiles", in, &got, 100))
		require.Empty(t, got)
		require.Len(t, s.operations(), replyPatience)
	})
	t.Run("not authorized", func(t *testing.T) {
		t.Parallel()
		s := newServers(t)
		s.will(replyFiles, odataError(http.StatusForbidden, "X:1", "no authorization"))
		require.Error(t, s.once("ReplyFiles", in, nil))
	})
}

func TestUploadReplyFile(t *testing.T) {
	t.Parallel()
	s := newServers(t)
	s.usual[openReplyFile] = content(pngBytes)
	s.will(uploadMedia, uploadedAs("m1"), uploadedAs("m2"))
	var got UploadedFile
	require.NoError(t, s.once("UploadReplyFile", uploadInput, &got))
	require.Equal(t, UploadedFile{Kind: "image", MediaID: "m1", UploadedAt: 1767600000}, got)
	require.Equal(t, []string{openReplyFile, uploadMedia}, s.operations())
	require.Contains(t, s.body(uploadMedia), pngBytes, "byte for byte")
	require.Contains(t, s.body(uploadMedia), `filename="image.png"`, "WeChat goes by the extension")
}

// The same content is uploaded to WeChat once in three days, whichever agent sends it.
func TestUploadReplyFileOnce(t *testing.T) {
	t.Parallel()
	s := newServers(t)
	now := time.Now().Unix()
	s.usual[openReplyFile] = content(pngBytes)
	for _, id := range []string{"m1", "m2"} {
		s.will(uploadMedia, errcode(0, "", `"type":"image","media_id":"`+id+`","created_at":`+marshal(now)))
	}
	other := uploadInput
	other.ObjectID = ticketKey
	fresh := uploadInput
	fresh.Fresh = true
	for i, test := range []struct {
		in   UploadReplyFileInput
		want string
	}{{uploadInput, "m1"}, {other, "m1"}, {fresh, "m2"}, {other, "m2"}} {
		var got UploadedFile
		require.NoError(t, s.once("UploadReplyFile", test.in, &got))
		require.Equal(t, test.want, got.MediaID, i)
	}
}

func TestUploadReplyFileRefused(t *testing.T) {
	t.Parallel()
	large := func(head string, size int) answer { return content(head + strings.Repeat("x", size)) }
	for _, test := range []struct {
		name    string
		content answer
		upload  answer
		want    string
		calls   int
	}{
		{"document", content("%PDF-1.7 …"), nil, RefusedType, 1},
		{"text under the name of a picture", content("hello"), nil, RefusedType, 1},
		{"nothing", content(""), nil, RefusedEmpty, 1},
		{"no content", status(http.StatusNoContent, ""), nil, RefusedGone, 1},
		{"deleted",
			status(http.StatusNotFound, `{"error":{"code":"/IWBEP/CM_MGW_RT/020","message":{"value":"Resource not found"}}}`),
			nil, RefusedGone, 1},
		{"picture too large", large(pngBytes, 10<<20), nil, RefusedSize, 1},
		{"voice too large", large("#!AMR\n", 2<<20), nil, RefusedSize, 1},
		{"WeChat finds it too large", content(pngBytes), errcode(40009, "image size out of limit"), RefusedSize, 2},
		{"voice too long", content("#!AMR\nxxx"), errcode(45007, "playtime out of limit"), RefusedLength, 2},
		{"not what it looks like", content(pngBytes), errcode(40137, "image format"), RefusedContent, 2},
		{"content WeChat does not want", content(pngBytes), errcode(87014, "risky"), RefusedContent, 2},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newServers(t)
			s.will(openReplyFile, test.content)
			if test.upload != nil {
				s.will(uploadMedia, test.upload)
			}
			var got UploadedFile
			require.NoError(t, s.once("UploadReplyFile", uploadInput, &got))
			require.Equal(t, UploadedFile{Refused: test.want}, got)
			require.Len(t, s.operations(), test.calls)
		})
	}
}

func TestUploadReplyFileFails(t *testing.T) {
	t.Parallel()
	shortened := func(w http.ResponseWriter) {
		w.Header().Set("Content-Length", "1000000")
		_, _ = w.Write([]byte(pngBytes))
		panic(http.ErrAbortHandler)
	}
	for _, test := range []struct {
		name      string
		operation string
		answer    answer
		want      string
		retryable bool
		details   Failure
	}{
		{"C4C is down", openReplyFile, status(http.StatusServiceUnavailable, ""), ErrorC4CUnavailable, true,
			Failure{Code: "HTTP 503"}},
		{"C4C breaks off", openReplyFile, shortened, ErrorC4CUnavailable, true, Failure{}},
		{"password refused", openReplyFile, status(http.StatusUnauthorized, ""), ErrorC4CCredentials, false,
			Failure{Code: "HTTP 401"}},
		{"WeChat is down", uploadMedia, status(http.StatusBadGateway, ""), ErrorWeChatUnavailable, true,
			Failure{Code: "HTTP 502"}},
		{"WeChat is busy", uploadMedia, errcode(-1, "busy"), ErrorWeChatBusy, true, Failure{Code: "-1", Text: "busy"}},
		{"uploads used up", uploadMedia, errcode(45009, "limit"), ErrorWeChatQuotaExhausted, false,
			Failure{Code: "45009", Text: "limit"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newServers(t)
			s.usual[openReplyFile], s.usual[uploadMedia] = content(pngBytes), uploadedAs("m1")
			s.will(test.operation, test.answer)
			requireRefused(t, s.once("UploadReplyFile", uploadInput, nil), test.want, test.retryable, test.details)
			s.will(test.operation, test.answer)
			err := s.run("UploadReplyFile", uploadInput, nil, 2)
			require.Equal(t, test.retryable, err == nil)
		})
	}
}

// A worker that cannot store a file says so, and the file is tried again until it can.
func TestUploadReplyFileWithoutDisk(t *testing.T) {
	t.Setenv("TMPDIR", filepath.Join(t.TempDir(), "gone"))
	s := newServers(t)
	s.usual[openReplyFile], s.usual[uploadMedia] = content(pngBytes), uploadedAs("m1")
	requireRefused(t, s.once("UploadReplyFile", uploadInput, nil), ErrorWorkerDisk, true, Failure{})
}

func TestFullDisk(t *testing.T) {
	t.Parallel()
	full, err := os.OpenFile("/dev/full", os.O_RDWR, 0)
	if err != nil {
		t.Skip("this system has no disk that is always full: ", err)
	}
	t.Cleanup(func() { _ = full.Close() })
	err = (&keptFile{File: full}).fill(strings.NewReader(pngBytes), 1<<20)
	failure, ok := errors.AsType[*temporal.ApplicationError](err)
	require.True(t, ok)
	require.Equal(t, ErrorWorkerDisk, failure.Type())
	require.False(t, failure.NonRetryable())
	require.Contains(t, failure.Message(), "no space left on device")
}

func TestSendMedia(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ kind, want string }{
		{"image", `"msgtype":"image","image":{"media_id":"m1"}`},
		{"voice", `"msgtype":"voice","voice":{"media_id":"m1"}`},
		{"video", `"msgtype":"video","video":{"media_id":"m1","title":"a.mp4"}`},
	} {
		s := newServers(t)
		in := SendMediaInput{Follower: testFollower, Kind: test.kind, MediaID: "m1", Title: "a.mp4"}
		require.NoError(t, s.once("SendMedia", in, nil))
		require.JSONEq(t, `{"touser":"`+testOpenID+`",`+test.want+`}`, s.body(sendMessage))
		for _, refusal := range []struct {
			answer  answer
			want    string
			details Failure
		}{
			{errcode(40007, "invalid media_id"), ErrorWeChatMediaExpired, Failure{Code: "40007", Text: "invalid media_id"}},
			{errcode(45015, "too late"), ErrorWeChatWindowClosed, Failure{Code: "45015", Text: "too late"}},
			{cut, ErrorWeChatOutcomeUnknown, Failure{}},
		} {
			s.will(sendMessage, refusal.answer)
			requireRefused(t, s.once("SendMedia", in, nil), refusal.want, false, refusal.details)
		}
	}
	s := newServers(t)
	requireRefused(t, s.once("SendMedia", SendMediaInput{Follower: testFollower, Kind: "file", MediaID: "m1"}, nil),
		ErrorInternal, false, Failure{})
	require.Empty(t, s.operations())
}

func TestShowTyping(t *testing.T) {
	t.Parallel()
	const typing = "message/custom/typing"
	for _, test := range []struct {
		code int
		want string
	}{{0, ""}, {45080, ""}, {45081, ""}, {48001, ErrorWeChatNotPermitted}} {
		s := newServers(t)
		s.will(typing, errcode(test.code, "said"))
		err := s.once("ShowTyping", ShowTypingInput{Follower: testFollower}, nil)
		require.JSONEq(t, `{"touser":"`+testOpenID+`","command":"Typing"}`, s.body(typing))
		if test.want == "" {
			require.NoError(t, err, test.code)
			continue
		}
		requireRefused(t, err, test.want, false, Failure{Code: "48001", Text: "said"})
	}
}
