package web_test

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/conversation"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// TestPicturePicker: the types that the field names decide which picker opens, and in which format pictures come.
func TestPicturePicker(t *testing.T) {
	t.Parallel()
	f := setup(t)
	for _, tt := range []struct{ name, agent, accept string }{
		{"WeChat on Android",
			"Mozilla/5.0 (Linux; Android 14; V2304A) Chrome/126 Mobile Safari/537.36 MicroMessenger/8.0.50 Language/zh_CN",
			"image/*"},
		{"Chrome on Android", "Mozilla/5.0 (Linux; Android 10; K) Chrome/130.0 Mobile Safari/537.36", "image/*"},
		{"WeChat on an iPhone",
			"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Mobile/15E148 MicroMessenger/8.0.50 Language/zh_CN",
			"image/jpeg,image/png"},
		{"desktop", "Mozilla/5.0 (X11; Linux x86_64) Chrome/130.0 Safari/537.36", "image/jpeg,image/png"},
		{"none", "", "image/jpeg,image/png"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := f.signIn(alice)
			b.header.Set("User-Agent", tt.agent)
			for _, path := range []string{"/web/new", "/web/tickets/71"} {
				require.Contains(t, b.get(path).body, ` accept="`+tt.accept+`" multiple`, path)
			}
		})
	}
}

func TestNewTicket(t *testing.T) {
	t.Parallel()
	f := setup(t)
	b := f.signIn(alice)
	fields := with(b.form("/web/new", "ticket"), "subject", "  Brakes \n squeal ", "text", "Since\nyesterday", "category",
		"CA_1")
	res := b.postFiles("/web/create", fields, upload{"a.jpg", picture(t)}, upload{"b.png", pictureOf(t, 9)},
		upload{"c.png", picture(t)})
	require.Equal(t, http.StatusSeeOther, res.StatusCode, res.body)
	require.Equal(t, "/web/tickets/71?opened=1", res.Header.Get("Location"))
	got := f.backend.submissions[0]
	require.Equal(t, workflows.UpdateOpenTicket, got.Update)
	require.Equal(t, fields.Get("key"), got.Key)
	in := got.Inbound
	require.Equal(t, "web-"+fields.Get("key"), in.MsgID)
	require.Equal(t, "Brakes squeal\n\nSince\nyesterday", in.Text)
	require.Equal(t, "CA_1", in.Web.Category)
	require.Len(t, in.Web.Pictures, 2, "the same picture twice is one")
	require.Equal(t, 2, f.wechat.uploads)
	require.NotEqual(t, in.Web.Pictures[0].ID, in.Web.Pictures[1].ID)

	f.backend.pending = true
	require.Equal(t, "/web/received?key="+fields.Get("key"), b.postFiles("/web/create", fields).Header.Get("Location"))
	f.backend.views[alice] = conversation.PageView{Results: []conversation.WebResult{{Key: fields.Get("key"), Done: true,
		TicketID: "71"}}}
	require.Equal(t, "/web/tickets/71?opened=1", b.get("/web/received?key="+fields.Get("key")).Header.Get("Location"))
}

func TestBadTickets(t *testing.T) {
	t.Parallel()
	large := append(picture(t), bytes.Repeat([]byte{0}, 10<<20)...)
	six := make([]upload, 6)
	for i := range six {
		six[i] = upload{fmt.Sprintf("%d.png", i), pictureOf(t, 8+i)}
	}
	for _, tt := range []struct {
		name   string
		change []string
		files  []upload
		says   string
	}{
		{"no subject", []string{"subject", " "}, nil, "Please fill this in"},
		{"no text", []string{"text", ""}, nil, "Please fill this in"},
		{"subject too long", []string{"subject", strings.Repeat("车", 101)}, nil, "At most 100 characters"},
		{"text too long", []string{"text", strings.Repeat("车", 2001)}, nil, "At most 2000 characters"},
		{"unknown category", []string{"category", "CA_9"}, nil, "Please choose a category"},
		{"too many pictures", nil, six, "At most 5 pictures"},
		{"too large", nil, []upload{{"huge.png", large}}, "“huge.png” is larger than 10 MB"},
		{"a hundred megapixels in a small file", nil, []upload{{"vast.png", pngHead(10_000, 10_000)}},
			"“vast.png” has more than 52 megapixels"},
		{"a strip", nil, []upload{{"strip.png", pngHead(52_000_001, 1)}}, "“strip.png” has more than 52 megapixels"},
		{"disguised", nil, []upload{{"photo.jpg", []byte("<html><script>alert(1)</script>")}},
			"“photo.jpg” is not a JPG or PNG picture"},
		{"program", nil, []upload{{"../../etc/run.png", []byte("\x7fELF\x02\x01\x01")}}, "“run.png” is not"},
		{"HEIC with another name", nil, []upload{{"IMG_1.jpg", []byte("\x00\x00\x00\x24ftypheic\x00\x00\x00\x00mif1heic")}},
			"“IMG_1.jpg” is not a JPG or PNG picture"},
		{"cut off", nil, []upload{{"cut.png", picture(t)[:12]}}, "“cut.png” is not"},
		{"drawing with script", nil, []upload{{"a.svg", []byte(`<svg xmlns="http://www.w3.org/2000/svg"/>`)}},
			"“a.svg” is not"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := setup(t)
			b := f.signIn(alice)
			fields := with(with(b.form("/web/new", "ticket"), "subject", "my subject", "text", "my text", "category", "CA_1"),
				tt.change...)
			res := b.postFiles("/web/create", fields, tt.files...)
			require.Equal(t, http.StatusUnprocessableEntity, res.StatusCode)
			require.Contains(t, res.body, tt.says)
			require.Contains(t, res.body, `class="bad"`)
			if tt.change == nil { // the text is kept if a picture is wrong
				require.Contains(t, res.body, `value="my subject"`)
				require.Contains(t, res.body, "my text</textarea>")
			}
			readable(t, res)
			require.Empty(t, f.backend.submissions)
			require.Zero(t, f.wechat.uploads)
		})
	}
}

// TestAllBadFilesAreNamed: a follower who has to choose again should have to do it only once.
func TestAllBadFilesAreNamed(t *testing.T) {
	t.Parallel()
	b := setup(t).signIn(alice)
	fields := with(b.form("/web/new", "ticket"), "subject", "s", "text", "t", "category", "CA_1")
	files := []upload{{"a.png", picture(t)}, {"b.png", []byte("x")},
		{"c.jpg", append(picture(t), make([]byte, 10<<20)...)}}
	res := b.postFiles("/web/create", fields, files...)
	require.Equal(t, http.StatusUnprocessableEntity, res.StatusCode)
	require.Contains(t, res.body, "“b.png” is not a JPG or PNG picture\n“c.jpg” is larger than 10 MB</p>")
	require.NotContains(t, res.body, "a.png")
}
