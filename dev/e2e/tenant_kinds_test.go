package e2e

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/dev/c4csim"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// TestStoryInEachKindOfSession: tenants differ in the session data that they keep and in how they end a session.
func TestStoryInEachKindOfSession(t *testing.T) {
	long(t)
	t.Parallel()
	for _, kind := range []string{c4csim.SessionFull, c4csim.SessionXSRF, c4csim.SessionNone} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			s := newStack(t)
			s.c4c.post("/switches", map[string]any{"session_kind": kind}, nil)
			ticket := s.withTicket("oAlice")
			for _, as := range []string{"required", "not_found", "logon", "terminated"} {
				s.c4c.post("/csrf/expire", map[string]any{"as": as}, nil)
				before := len(s.attachments(ticket.ID))
				s.send("oAlice", map[string]any{"type": "image"})
				s.waitFor("the picture, after a session that ended with "+as, func() bool {
					return len(s.attachments(ticket.ID)) > before
				})
			}
			s.agentReplies(ticket.ID, "come by", nil)
			s.waitForRead("oAlice", "come by")
			require.Empty(t, s.workflows(`SyncState = "needs_attention"`))
			require.Len(t, s.attachments(ticket.ID), 4, "each once")
		})
	}
}

// TestErrorsInTheUsersLanguage: C4C may ignore the language that a call requests.
func TestErrorsInTheUsersLanguage(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	for _, language := range []string{"zh", "de"} {
		s.c4c.post("/switches", map[string]any{"error_language": language}, nil)
		s.c4c.faults(rule{Match: "POST " + odataSets + "IndividualCustomerCollection", Kind: "lock", Times: 2})
		s.follow("o" + language)
		s.waitFor("the customer of a follower", func() bool {
			return len(s.workflows(`WorkflowType = "OnboardFollower" AND SyncState = "synced"`)) > 0
		})
		s.c4c.heal()
	}
	s.waitForState(workflows.TypeOnboardFollower, workflows.StateSynced, 2)
	require.Empty(t, s.workflows(`SyncState = "needs_attention"`))
}

const odataSets = "/sap/c4c/odata/v1/c4codataapi/"

// TestRulesOfTheTenant: a rule may change a new ticket, or create none for a message.
func TestRulesOfTheTenant(t *testing.T) {
	t.Parallel()
	s := newStack(t, inEnglish, notifying(c4csim.EventCurrent))
	s.c4c.post("/switches", map[string]any{"new_ticket_status": "2"}, nil)
	ticket := s.withTicket("oAlice")
	s.waitForRead("oAlice", "Our service team is working on your ticket "+ticket.ID+".")

	s.c4c.post("/switches", map[string]any{"no_tickets": true}, nil)
	s.follow("oBob")
	s.say("oBob", "one")
	s.say("oBob", "two")
	s.waitFor("both lines in C4C", func() bool {
		lines := 0
		for _, r := range s.c4c.requests() {
			if r.Operation == addActivity && r.Status == http.StatusOK {
				lines++
			}
		}
		return lines == 3
	})
}

// TestInfectedFile: a file in which C4C's scan finds a virus is refused for good, and the agent is told.
func TestInfectedFile(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	ticket := s.withTicket("oAlice")
	before := len(s.tickets()[0].Notes)
	s.send("oAlice", map[string]any{"type": "image", "data": []byte("\x89PNG\r\n\x1a\nEICAR-STANDARD-ANTIVIRUS-TEST-FILE"),
		"filename": "a.png"})
	row := s.waitForState(workflows.TypeAttachMedia, workflows.StateNeedsAttention, 1)[0]
	require.Equal(t, activities.ErrorC4CRejected, attributes(row)["SyncError"])
	s.waitFor("the note", func() bool { return len(s.tickets()[0].Notes) > before })
	require.Empty(t, s.attachments(ticket.ID))
	uploads := 0
	for _, r := range s.c4c.requests() {
		if r.Operation == "POST ServiceRequestAttachmentFolderCollection" {
			uploads++
		}
	}
	require.Equal(t, 1, uploads)
}
