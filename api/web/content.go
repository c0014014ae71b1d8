package web

import (
	"encoding/json"
	"net/http"

	"github.com/labstack/echo/v4"
)

const purposeContent = "content"

// contentOf is a hash of a submission. The same words and pictures have the same hash in every process. The hash is
// part of an update's id, which Temporal stores in plain text, so it is keyed: only someone with the session key can
// compare it with a guess.
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

// sentBefore shows a form again if its key was already used with different content, for example after going back in
// the browser. The form gets a new key, so that the entries can still be sent. It reports whether this was the error.
func sentBefore(c echo.Context, f *form, field string, err error) bool {
	if err == nil || wantsJSON(c) || problemOf(err).code != errKeyReused.code {
		return false
	}
	f.fail(field, "web_bad_sent")
	f.status = http.StatusConflict
	return true
}
