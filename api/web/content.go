package web

import (
	"encoding/json"
	"net/http"

	"github.com/labstack/echo/v4"
)

const purposeContent = "content"

// contentOf is a hash of what a follower submits: the same words and pictures give the same, in every process. It is
// part of an update's id, which Temporal keeps in plain text, so only who has the session key can compare it with a
// guess.
func (s *Site) contentOf(own *session, f *form, update string, what ...any) string {
	sums := make([]string, len(f.pictures))
	for i, p := range f.pictures {
		sums[i] = p.sum
	}
	text, err := json.Marshal([]any{own.OpenID, update, what, sums})
	if err != nil {
		panic("web: a submission that JSON cannot hold: " + err.Error())
	}
	return s.signer.mac(purposeContent, string(text))
}

// sentBefore shows a form again whose key has gone with other words, as after a step back in the browser: the view gets
// a key of its own, so that what was entered can be sent as well. It reports whether that is what is wrong.
func sentBefore(c echo.Context, f *form, field string, err error) bool {
	if err == nil || wantsJSON(c) || problemOf(err).code != errKeyReused.code {
		return false
	}
	f.fail(field, "web_bad_sent")
	f.status = http.StatusConflict
	return true
}
