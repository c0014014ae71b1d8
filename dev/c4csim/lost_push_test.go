package c4csim

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// answered is a ticket with a follower's message, in a tenant whose pushes reach a receiver.
func answered(t *testing.T) (*tenant, *receiver, string) {
	t.Helper()
	n, v := pushing(t)
	id, _ := n.profile(follower)
	n.activity(id, "wx:t:1", "", "My brakes squeal").contains(t, "<UUID>")
	return n, v, n.tickets()[0].ID
}

func TestLostPush(t *testing.T) {
	t.Parallel()
	n, v, ticket := answered(t)
	var out replyResult
	n.control(http.MethodPost, "tickets/"+ticket+"/replies", `{"text":"one","author_name":"Chen Li","lost":true}`, &out)
	require.False(t, out.Pushed)
	require.NotEmpty(t, out.SMAID)
	n.control(http.MethodPost, "switches", `{"lose_replies":true}`, nil)
	n.control(http.MethodPost, "tickets/"+ticket+"/replies", `{"text":"two"}`, nil)
	require.Empty(t, v.all())
	require.Len(t, n.tickets()[0].Thread, 3, "the tenant has them")

	var late replyResult
	n.control(http.MethodPost, "replies/"+out.SMAID+"/push", "", &late)
	require.Equal(t, replyResult{SMAID: out.SMAID, Pushed: true, Status: http.StatusOK, Body: "taken"}, late)
	form, err := url.ParseQuery(v.all()[0])
	require.NoError(t, err)
	var payload mashupReply
	require.NoError(t, json.Unmarshal([]byte(form.Get("content")), &payload))
	require.Equal(t, mashupReply{
		OriginalID: "wx:t:1", SMAID: out.SMAID, ServiceRequestNo: ticket, AuthorName: "Chen Li",
		CreatedAt: "2026-03-02T08:30:00Z",
		Private:   "FALSE", Text: "one",
	}, payload)
	for _, unknown := range []string{"4711", n.tickets()[0].Thread[0].ID} {
		require.Equal(t, http.StatusNotFound, n.do(http.MethodPost, "/_sim/replies/"+unknown+"/push", "").status)
	}
}

func TestCorrectedReply(t *testing.T) {
	t.Parallel()
	n, v, ticket := answered(t)
	var out replyResult
	n.control(http.MethodPost, "tickets/"+ticket+"/replies", `{"text":"one"}`, &out)
	n.control(http.MethodPost, "replies/"+out.SMAID+"/text", `{"text":"one, corrected"}`, nil)
	require.Equal(t, "one, corrected", n.tickets()[0].Thread[1].Text)
	require.Len(t, v.all(), 1, "a correction is not pushed")
	require.Equal(t, http.StatusNotFound, n.do(http.MethodPost, "/_sim/replies/4711/text", `{"text":"x"}`).status)
}

// The comparison's queries for replies, and those that the service refuses.
func TestRepliesByTheTimeTheyWereWritten(t *testing.T) {
	t.Parallel()
	n, _, ticket := answered(t)
	n.control(http.MethodPost, "tickets/"+ticket+"/replies", `{"text":"early"}`, nil)
	n.control(http.MethodPost, "clock", `{"advance":"1h"}`, nil)
	n.control(http.MethodPost, "tickets/"+ticket+"/replies", `{"text":"late"}`, nil)
	n.control(http.MethodPost, "tickets/"+ticket+"/replies", `{"text":"note","private":true}`, nil)
	list := func(filter string) reply {
		return n.odata(http.MethodGet, query("SocialMediaActivityCollection", "$filter", filter)+
			"&$orderby=SocialMediaMessageCreationDateTime&$select=ObjectID,ID,Text,PrivateSocialMediaMessageIndicator", "")
	}
	const replies = "SocialMediaActivityProviderID eq 'WECHAT' and InitiatorCode eq '1' and SocialMediaMessageCreationDateTime ge "
	for since, want := range map[string][]string{
		"datetimeoffset'2026-03-02T08:30:00Z'": {"early", "late", "note"},
		"datetimeoffset'2026-03-02T09:00:00Z'": {"late", "note"},
		"datetimeoffset'2026-03-02T10:00:00Z'": {},
	} {
		texts := []string{}
		for _, r := range collected(t, list(replies+since)) {
			texts = append(texts, r["Text"].(string))
		}
		require.Equal(t, want, texts, since)
	}
	root, answer := n.tickets()[0].Thread[0].ID, n.tickets()[0].Thread[1].ID
	require.Len(t, collected(t, list("ID eq '"+root+"' or ID eq '"+answer+"'")), 2)
	for _, refused := range []string{
		replies + "datetime'2026-03-02T08:30:00'", replies + "'2026-03-02'", strings.Replace(replies, " ge ", " gt ", 1) +
			"datetimeoffset'2026-03-02T08:30:00Z'",
		"ID eq '1' or UUID eq guid'00163E0A-0001-1EE9-8000-000000000001'", "ETag ge datetimeoffset'2026-03-02T08:30:00Z'",
	} {
		require.Equal(t, http.StatusBadRequest, list(refused).status, refused)
	}
}
