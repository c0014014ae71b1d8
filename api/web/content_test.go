package web_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// TestContentOfSubmissions: the same words and pictures are the same submission, however they are encoded; anything
// else is another one. The hash does not reveal what was written.
func TestContentOfSubmissions(t *testing.T) {
	t.Parallel()
	f := setup(t)
	send := func(who, path string, fields url.Values, files ...upload) string {
		t.Helper()
		f.advance(time.Minute)
		b := f.signIn(who)
		token := b.form("/web/new", "ticket")
		token.Set("key", strings.Repeat("k", 20))
		for name := range fields {
			token.Set(name, fields.Get(name))
		}
		res := b.postFiles(path, token, files...)
		require.Equal(t, http.StatusSeeOther, res.StatusCode, res.body)
		sent := f.backend.submissions[len(f.backend.submissions)-1]
		require.Equal(t, sent.Content, sent.Inbound.Web.Content)
		return sent.Content
	}
	ticket := url.Values{"subject": {"Brakes"}, "text": {"they squeal"}, "category": {"CA_1"}}
	message := url.Values{"ticket": {"71"}, "text": {"they squeal"}}
	account := url.Values{"entity": {"customerAccount"}, "name": {"Ann Smith"}, "phone": {"+4930123456"}, "consent": {"1"}}
	shot := upload{"a.png", picture(t)}
	first := send(alice, "/web/create", ticket)
	require.Equal(t, first, send(alice, "/web/create", with(ticket, "text", " they squeal\r\n")),
		"as a browser ends lines")
	withPicture := send(alice, "/web/create", ticket, shot)
	require.Equal(t, withPicture, send(alice, "/web/create", ticket, upload{"b.png", shot.content}))
	require.Equal(t, withPicture, send(alice, "/web/create", ticket, shot, shot), "the same picture twice is one")
	seen := map[string]string{"a ticket": first, "with a picture": withPicture}
	for name, content := range map[string]string{
		"another text":     send(alice, "/web/create", with(ticket, "text", "they howl")),
		"another subject":  send(alice, "/web/create", with(ticket, "subject", "Horn")),
		"two pictures":     send(alice, "/web/create", ticket, shot, upload{"b.png", pictureOf(t, 9)}),
		"somebody else":    send(bob, "/web/create", ticket),
		"a message":        send(alice, "/web/update", message),
		"another message":  send(alice, "/web/update", with(message, "text", "more")),
		"an account":       send(alice, "/web/create", account),
		"another name":     send(alice, "/web/create", with(account, "name", "Ann Jones")),
		"an erased e-mail": send(alice, "/web/create", with(account, "email", "")),
	} {
		for other, known := range seen {
			require.NotEqual(t, known, content, "%s and %s", name, other)
		}
		require.NotContains(t, content, "squeal")
		seen[name] = content
	}
}

// TestKeysThatWereUsed: clients read what to do; a follower who went back in the browser finds their words in a form
// with a new key.
func TestKeysThatWereUsed(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, from, path, entity, field, words string }{
		{"a ticket", "/web/new", "/web/create", "ticket", "text", "they howl"},
		{"a message", "/web/tickets/71", "/web/update", "ticket", "text", "they howl"},
		{"an account", "/web/account", "/web/update", "customerAccount", "name", "Ann Jones"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := setup(t)
			b := f.signIn(alice)
			fields := with(b.form(tt.from, tt.entity), "subject", "Brakes", "text", "they howl", "category", "CA_1", "ticket",
				"71",
				"name", "Ann Jones", "phone", "+4930123456", "consent", "1")
			f.backend.err = temporal.NewApplicationError("used", workflows.ErrorKeyReused)
			res := b.post(tt.path, fields)
			require.Equal(t, http.StatusConflict, res.StatusCode, res.body)
			readable(t, res)
			require.Contains(t, res.body, "was sent before")
			require.Contains(t, res.body, tt.words)
			fresh := keyField.FindStringSubmatch(res.body)[1]
			require.NotEqual(t, fields.Get("key"), fresh)

			b.header.Set("Accept", "application/json")
			res = b.post(tt.path, fields)
			require.Equal(t, http.StatusConflict, res.StatusCode)
			var said struct{ Error, Message string }
			require.NoError(t, json.Unmarshal([]byte(res.body), &said), res.body)
			require.Equal(t, "key_reused", said.Error)
			require.Contains(t, said.Message, "a key of its own")

			b.header.Set("Accept", "text/html")
			f.backend.err = nil
			require.Equal(t, http.StatusSeeOther, b.post(tt.path, with(fields, "key", fresh)).StatusCode)
		})
	}
}
