package e2e

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/config"
	"github.com/wechat-c4c/wechat-c4c/dev/c4csim"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// inEnglish sets the language of what followers read.
var inEnglish = withSettings(func(c *config.Config) { c.Language = "en" })

func TestFollowerIsToldOfTheTicketsProgress(t *testing.T) {
	t.Parallel()
	for _, form := range []c4csim.EventForm{c4csim.EventCurrent, c4csim.EventLegacy} {
		t.Run(string(form), func(t *testing.T) {
			t.Parallel()
			s := newStack(t, inEnglish, notifying(form))
			ticket := s.withTicket("oAlice")
			for status, text := range map[string]string{
				"2": "Our service team is working on your ticket " + ticket.ID + ".",
			} {
				s.setStatus(ticket.ID, status)
				s.waitForRead("oAlice", text)
			}
			s.setStatus(ticket.ID, "YJ")
			s.waitForRead("oAlice", "Your ticket "+ticket.ID+": the technician is on the way. Please keep your phone at hand.")
			s.setStatus(ticket.ID, "5")
			s.waitForRead("oAlice", "Your ticket "+ticket.ID+
				" has been resolved. If something is still wrong, please write to us right here.")
			require.Len(t, s.read("oAlice", "customer_service"), 4, "the number, and each status once")
			require.Empty(t, s.workflows(`SyncState = "needs_attention"`))
		})
	}
}

// asked waits for the question and returns the id of its first item, as the phone has it.
func (s *scene) asked(openid string) string {
	s.t.Helper()
	id := ""
	s.waitFor("the question", func() bool {
		var items []struct {
			Type string `json:"type"`
			Menu struct {
				Items []struct {
					ID string `json:"id"`
				} `json:"items"`
			} `json:"menu"`
		}
		s.wechat.get("/followers/"+openid+"/inbox", &items)
		for _, item := range items {
			if len(item.Menu.Items) == 3 {
				id = item.Menu.Items[0].ID
			}
		}
		return id != ""
	})
	return id
}

func TestSatisfactionIsAskedForAndNoted(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name  string
		takes bool // a completed ticket takes notes
	}{{"in the ticket", true}, {"at the customer", false}} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newStack(t, inEnglish, recording("survey"), withSettings(func(c *config.Config) { c.Tickets.Survey = true }))
			s.c4c.post("/switches", map[string]any{"completed_takes_notes": test.takes}, nil)
			ticket := s.withTicket("oAlice")
			s.setStatus(ticket.ID, "5")
			item := s.asked("oAlice")
			require.Equal(t, "survey:"+ticket.ID+":3", item)
			s.send("oAlice", map[string]any{"type": "text", "content": "Satisfied", "menu_id": item})
			s.waitForRead("oAlice", "Thank you for your feedback!")
			s.waitForState(workflows.TypeNoteTicket, workflows.StateSynced, 1)

			got := s.waitForThread("my brakes squeal")
			require.Equal(t, "5", got.Status, "the answer opens no ticket again")
			want := "WeChat satisfaction rating (ticket " + ticket.ID + "): Satisfied"
			var notes []string
			for _, note := range got.Notes {
				notes = append(notes, note.Text)
			}
			var customers []struct {
				Notes []string `json:"notes"`
			}
			s.c4c.get("/customers", &customers)
			require.Equal(t, test.takes, slices.Contains(notes, want), "%q", notes)
			require.Equal(t, !test.takes, slices.Contains(customers[0].Notes, want), "%q", customers[0].Notes)
			require.Empty(t, s.workflows(`SyncState = "needs_attention"`))
			require.False(t, slices.ContainsFunc(s.calls(0), func(call string) bool {
				return strings.HasPrefix(call, "PATCH ServiceRequest")
			}))
		})
	}
}

// The QR code that brought the follower is recorded on the customer and in the ticket.
func TestSceneOfAQRCodeIsKept(t *testing.T) {
	t.Parallel()
	s := newStack(t, inEnglish, recording("origin"))
	s.wechat.post("/followers/oAlice/scan", map[string]any{"scene": "shop-7"}, nil)
	s.waitForState(workflows.TypeOnboardFollower, workflows.StateSynced, 1)
	s.say("oAlice", "my brakes squeal")
	s.waitForState(workflows.TypeNoteTicket, workflows.StateSynced, 1)
	const want = "The customer came through a QR code of the account, scene: shop-7"
	got := s.waitForThread("my brakes squeal")
	require.Len(t, got.Notes, 1)
	require.Equal(t, want, got.Notes[0].Text)
	var customers []struct {
		Notes []string `json:"notes"`
	}
	s.c4c.get("/customers", &customers)
	require.Equal(t, []string{want}, customers[0].Notes)
}
