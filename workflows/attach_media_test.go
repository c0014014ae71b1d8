package workflows

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/catalogue"
	"github.com/wechat-c4c/wechat-c4c/conversation"
)

// sendPicture sends a picture as the follower and returns the workflow id of the file's sync.
func (s *stage) sendPicture() string {
	in := s.event(conversation.KindMessage)
	in.MsgID, in.MsgType, in.Text, in.Media = "77", "image", "[Picture]", &conversation.Media{Kind: "image", ID: "media-1"}
	s.inbound(in)
	return AttachID(testAccount, testFollower, "77", 1)
}

func attaching() Policy {
	policy := testPolicy
	policy.TellNumber, policy.MediaMax = false, 5<<20
	return policy
}

func TestPictureIsAttached(t *testing.T) {
	t.Parallel()
	s := newStageWith(t, attaching())
	file := s.sendPicture()
	s.advance(time.Minute)
	s.run()
	require.Equal(t, []activities.AttachMediaInput{{
		Account: testAccount, ObjectID: "object-1", MediaID: "media-1", Kind: "image", Name: "image-77-1", MaxBytes: 5 << 20,
		SentAt: s.tenant.web.attached[0].SentAt,
	}}, s.tenant.web.attached)
	require.Empty(t, s.tenant.notes)
	s.requireSynced(file)
}

// Above a follower's daily limit the ticket gets a line that says so, at once and for good: WeChat is not asked,
// nothing parks, and the next day everything is normal again.
func TestTooManyPicturesStayAtWeChat(t *testing.T) {
	t.Parallel()
	policy := attaching()
	policy.FilesPerDay = 1
	s := newStageWith(t, policy)
	var lines []string
	send := func(id string) {
		in := s.event(conversation.KindMessage)
		in.MsgID, in.MsgType, in.Text = id, "image", "[Picture "+id+"]"
		in.Media = &conversation.Media{Kind: "image", ID: "media-" + id, Unfetched: "[no picture " + id + "]"}
		s.inbound(in)
	}
	for _, id := range []string{"1", "2", "3"} {
		send(id)
		s.advance(time.Minute)
	}
	s.advance(24 * time.Hour)
	send("4")
	s.advance(time.Minute)
	s.run()
	for _, texts := range s.tenant.texts() {
		lines = append(lines, texts...)
	}
	require.Equal(t, []string{"[Picture 1]", "[no picture 2]", "[no picture 3]", "[Picture 4]"}, lines)
	require.Len(t, s.tenant.web.attached, 2)
	require.Equal(t, "media-1", s.tenant.web.attached[0].MediaID)
	require.Equal(t, "media-4", s.tenant.web.attached[1].MediaID)
	for _, id := range []string{"1", "2", "3", "4"} {
		s.requireSynced(conversation.TicketSyncID(testAccount, testFollower, id))
	}
	require.Empty(t, s.tenant.notes)
}

func TestPictureThatCannotBeAttached(t *testing.T) {
	t.Parallel()
	about := catalogue.Message("[Picture]")
	expired, tooLarge := agentReads(catalogue.NoteMediaExpired, about), agentReads(catalogue.NoteMediaTooLarge, about)
	missing, attached := agentReads(catalogue.NoteMediaRefused, about), agentReads(catalogue.NoteMediaAttached, about)
	for _, test := range []struct {
		name    string
		answers []error
		act     func(*stage, string)
		state   string
		reason  string
		notes   []string
	}{
		{"deleted at WeChat", []error{parking(activities.ErrorWeChatMediaExpired)}, nil,
			StateSkipped, activities.ErrorWeChatMediaExpired, []string{expired}},
		{"retried for three days", times(10_000, transient(activities.ErrorC4CUnavailable)), nil,
			StateSkipped, activities.ErrorWeChatMediaExpired, []string{expired}},
		{"parked for three days", []error{parking(activities.ErrorC4CRejected)}, nil,
			StateSkipped, activities.ErrorWeChatMediaExpired, []string{missing, expired}},
		{"too large for three days", []error{parking(activities.ErrorWeChatMediaTooLarge)}, nil,
			StateSkipped, activities.ErrorWeChatMediaExpired, []string{tooLarge, expired}},
		{"credentials refused for three days", times(200, parking(activities.ErrorC4CCredentials)), nil,
			StateSkipped, activities.ErrorWeChatMediaExpired, []string{expired}},
		{"retried with success", []error{parking(activities.ErrorC4CRejected), parking(activities.ErrorC4CRejected)},
			func(s *stage, file string) {
				s.command(file, CommandRetry, "ada")
				s.command(file, CommandRetry, "ada")
			}, StateSynced, "", []string{missing, attached}},
		{"skipped", []error{parking(activities.ErrorC4CRejected)},
			func(s *stage, file string) { s.command(file, CommandSkip, "ada") },
			StateSkipped, activities.ErrorC4CRejected, []string{missing}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newStageWith(t, attaching())
			s.will("AttachMedia", test.answers...)
			file := s.sendPicture()
			s.advance(time.Minute)
			if test.act != nil {
				test.act(s, file)
			}
			s.advance(80 * time.Hour)
			s.run()
			require.Equal(t, test.state, s.state(file))
			require.Equal(t, test.reason, s.reason(file))
			require.Contains(t, s.closed, file)
			require.Equal(t, test.notes, s.tenant.notes)
			if test.state == StateSkipped {
				require.Empty(t, s.tenant.web.attached)
			}
		})
	}
}
