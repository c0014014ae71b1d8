package e2e

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"image"
	"image/color"
	"image/png"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/config"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// attachment is a file on the desk.
type attachment struct {
	Name     string `json:"name"`
	MimeType string `json:"mime_type"`
	Size     int    `json:"size"`
	SHA256   string `json:"sha256"`
}

// arrived is one item of a follower's inbox, with the file it shows.
type arrived struct {
	Kind    string `json:"kind"`
	Type    string `json:"type"`
	Content string `json:"content"`
	Size    int    `json:"size"`
	SHA256  string `json:"sha256"`
}

// noise returns a picture that does not compress.
func noise(t *testing.T) []byte {
	t.Helper()
	random := rand.New(rand.NewPCG(1, 2))
	img := image.NewRGBA(image.Rect(0, 0, 300, 300))
	for at := range 300 * 300 {
		img.Set(at%300, at/300, color.RGBA{R: uint8(random.Uint32()), G: uint8(random.Uint32()), B: uint8(random.Uint32()),
			A: 255})
	}
	var b bytes.Buffer
	require.NoError(t, png.Encode(&b, img))
	return b.Bytes()
}

func sumOf(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

func (s *scene) attachments(ticketID string) []attachment {
	s.t.Helper()
	var found struct {
		Attachments []attachment `json:"attachments"`
	}
	s.c4c.get("/tickets/"+ticketID, &found)
	return found.Attachments
}

// answered returns the agent's messages that reached the follower.
func (s *scene) answered(openid string, ticket ticket) []arrived {
	s.t.Helper()
	var all []arrived
	s.wechat.get("/followers/"+openid+"/inbox", &all)
	return slices.DeleteFunc(all, func(a arrived) bool {
		return a.Kind != "customer_service" || strings.Contains(a.Content, ticket.ID) && strings.Contains(a.Content, "工单号")
	})
}

func (s *scene) waitForAnswers(openid string, ticket ticket, n int) []arrived {
	s.t.Helper()
	s.waitFor("the agent's messages on the phone", func() bool { return len(s.answered(openid, ticket)) >= n })
	got := s.answered(openid, ticket)
	require.Len(s.t, got, n)
	return got
}

// callsSince counts the calls to C4C after the first n, without fetches of tokens.
func (s *scene) callsSince(n int) int {
	s.t.Helper()
	calls := 0
	for _, r := range s.c4c.requests()[n:] {
		if !strings.HasSuffix(r.Path, "/c4codataapi/") {
			calls++
		}
	}
	return calls
}

func fileOf(name string, content []byte) map[string]any {
	return map[string]any{"attachments": []map[string]any{{"name": name, "mime_type": "application/octet-stream",
		"content": content}}}
}

func TestPictureBothWays(t *testing.T) {
	t.Parallel()
	s := newStack(t, recording("files"))
	ticket := s.withTicket("oAlice")
	picture := noise(t)
	s.send("oAlice", map[string]any{"type": "image", "data": picture, "filename": "wrong.jpg"})
	s.waitForState(workflows.TypeAttachMedia, workflows.StateSynced, 1)
	got := s.attachments(ticket.ID)
	require.Len(t, got, 1)
	require.Equal(t, []any{sumOf(picture), len(picture), "image/png"}, []any{got[0].SHA256, got[0].Size, got[0].MimeType})
	require.Regexp(t, `^image-\d+-1-`+sumOf(picture)[:16]+`\.png$`, got[0].Name)

	before := len(s.c4c.requests())
	s.agentReplies(ticket.ID, "look", fileOf("sketch.jpg", picture))
	answers := s.waitForAnswers("oAlice", ticket, 2)
	s.waitForState(workflows.TypeDeliverReply, workflows.StateSynced, 1)
	require.Equal(t, "look", answers[0].Content, "the text first")
	require.Equal(t, []any{"image", sumOf(picture), len(picture)},
		[]any{answers[1].Type, answers[1].SHA256, answers[1].Size})
	require.Equal(t, 2, s.callsSince(before), "one call looks for files, one fetches each")

	before = len(s.c4c.requests())
	s.agentReplies(ticket.ID, "", fileOf("again.png", picture))
	answers = s.waitForAnswers("oAlice", ticket, 3)
	require.Equal(t, sumOf(picture), answers[2].SHA256, "a reply may be a file alone")
	s.waitForState(workflows.TypeDeliverReply, workflows.StateSynced, 2)
	require.Equal(t, 2, s.callsSince(before))
	uploads := 0
	for _, r := range s.wechat.requests() {
		if r.Path == "/cgi-bin/media/upload" {
			uploads++
		}
	}
	require.Equal(t, 1, uploads, "the same content is uploaded once")
}

// TestFilesOfADay: only a limited number of one follower's files is fetched from WeChat per day. For the others the
// ticket says that they are missing. Other followers' files are not affected.
func TestFilesOfADay(t *testing.T) {
	t.Parallel()
	s := newStack(t, withSettings(func(c *config.Config) { c.Fixed.PicturesPerDay = 1 }))
	s.withTicket("oAlice")
	s.follow("oBob")
	s.say("oBob", "may I send a picture?")
	of := func(first string) (found ticket) { // the ticket opened by a follower's text
		s.waitFor("the ticket of "+first, func() bool {
			all := s.tickets()
			i := slices.IndexFunc(all, func(t ticket) bool { return slices.Contains(t.texts("follower"), first) })
			if i >= 0 {
				found = all[i]
			}
			return i >= 0
		})
		return found
	}
	other := of("may I send a picture?")
	lines := func() []string { return of("my brakes squeal").texts("follower") }
	picture := func(openid string) { s.send(openid, map[string]any{"type": "image", "data": noise(t)}) }
	const rest = 3
	for range 2 + rest {
		picture("oAlice")
	}
	s.waitFor("all lines", func() bool { return len(lines()) == 1+2+rest })
	picture("oBob")
	s.waitForState(workflows.TypeAttachMedia, workflows.StateSynced, 3)
	s.waitForState(workflows.TypeCreateTicket, workflows.StateSynced, 3+2+rest)
	unfetched := 0
	for _, line := range lines() {
		if strings.Contains(line, "未从微信获取文件（image）") {
			unfetched++
		}
	}
	require.Equal(t, rest, unfetched)
	require.Len(t, s.attachments(of("my brakes squeal").ID), 2)
	require.Len(t, s.attachments(other.ID), 1)
	fetches := 0
	for _, r := range s.wechat.requests() {
		if r.Path == "/cgi-bin/media/get" {
			fetches++
		}
	}
	require.Equal(t, 3, fetches)
}

// TestFilesLeaveCallsToMessages: while C4C is slow with one follower's pictures, another's message overtakes them.
func TestFilesLeaveCallsToMessages(t *testing.T) {
	t.Parallel()
	// do not wait for the files at the end
	s := newStack(t, withSettings(func(c *config.Config) { c.StopTimeout = 2 * time.Second }))
	own := s.withTicket("oAlice")
	s.c4c.faults(rule{Match: "POST ServiceRequestAttachmentFolderCollection", Kind: "latency", MS: 300_000})
	const pictures = 20
	for range pictures {
		s.send("oAlice", map[string]any{"type": "image", "data": noise(t)})
	}
	s.waitForState(workflows.TypeCreateTicket, workflows.StateSynced, 1+pictures)
	s.waitForState(workflows.TypeAttachMedia, workflows.StateSyncing, pictures)
	fetches := func() (n int) {
		for _, r := range s.wechat.requests() {
			if r.Path == "/cgi-bin/media/get" {
				n++
			}
		}
		return n
	}
	s.waitFor("the pictures on their way", func() bool { return fetches() >= 4 })
	s.follow("oBob")
	s.say("oBob", "may I come today?")
	s.waitFor("the other follower's ticket", func() bool {
		return slices.ContainsFunc(s.tickets(), func(t ticket) bool {
			return slices.Contains(t.texts("follower"), "may I come today?")
		})
	})
	require.Empty(t, s.attachments(own.ID), "no picture has made room for it")
	require.LessOrEqual(t, fetches(), 5, "half of eight calls, and the next one")
}

func TestMediaThatExpiresIsNoted(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	ticket := s.withTicket("oAlice")
	s.c4c.faults(rule{Match: "POST /sap/c4c/odata/v1/c4codataapi/ServiceRequestAttachmentFolderCollection", Kind: "http",
		Status: http.StatusServiceUnavailable})
	s.send("oAlice", map[string]any{"type": "image"})
	s.waitFor("C4C to refuse the file", func() bool {
		return slices.ContainsFunc(s.c4c.requests(), func(r request) bool { return r.Fault != "" })
	})
	s.wechat.post("/clock", map[string]any{"advance": "73h"}, nil)
	row := s.waitForState(workflows.TypeAttachMedia, workflows.StateSkipped, 1)[0]
	require.Equal(t, activities.ErrorWeChatMediaExpired, attributes(row)["SyncError"])
	s.waitFor("the note", func() bool { return len(s.tickets()[0].Notes) > 0 })
	note := s.tickets()[0].Notes[len(s.tickets()[0].Notes)-1]
	require.Contains(t, note.Text, "三天")
	require.Contains(t, note.Text, "图片")
	require.Empty(t, s.attachments(ticket.ID))
}

func TestVoiceOfTheAgent(t *testing.T) {
	t.Parallel()
	s := newStack(t, withSettings(func(c *config.Config) { c.Voice.Name = true }))
	ticket := s.withTicket("oAlice")
	link := "http://" + s.Addresses().API + "/web/"

	before := len(s.c4c.requests())
	s.agentReplies(ticket.ID,
		`<p>Dear <b>Alice</b>,</p><ul><li>R&amp;D 😀</li><li><a href="https://x.example/a?b=1&amp;c=2">our page</a></li></ul><script>x</script>`, nil)
	answers := s.waitForAnswers("oAlice", ticket, 1)
	require.Equal(t, "客服 Chen Li：Dear Alice,\n• R&D 😀\n• <a href=\"https://x.example/a?b=1&c=2\">our page</a>",
		answers[0].Content)
	s.waitForState(workflows.TypeDeliverReply, workflows.StateSynced, 1)
	require.Equal(t, 1, s.callsSince(before), "one call looks for files")

	s.agentReplies(ticket.ID, "the manual", fileOf("manual.pdf", []byte("%PDF-1.7\n...")))
	answers = s.waitForAnswers("oAlice", ticket, 3)
	require.Equal(t, "客服 Chen Li：the manual", answers[1].Content)
	require.Contains(t, answers[2].Content, "manual.pdf")
	require.Contains(t, answers[2].Content, link)

	s.say("oAlice", "and the invoice?")
	s.agentReplies(ticket.ID, strings.Repeat("刹车片已经磨损，建议更换。", 1600)[:60_000], nil) // 20,000 characters
	answers = s.waitForAnswers("oAlice", ticket, 6)
	last := answers[5].Content
	require.Contains(t, last, "…\n查看完整回复：")
	require.Contains(t, last, link)
	s.waitFor("the note that it was cut", func() bool {
		return slices.ContainsFunc(s.tickets()[0].Notes, func(n struct {
			TypeCode string `json:"type_code"`
			Text     string `json:"text"`
		},
		) bool {
			return strings.Contains(n.Text, "前半部分")
		})
	})
}
