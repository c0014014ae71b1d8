package workflows

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/conversation"
)

// sendPicture has the follower send a picture and returns the workflow id of the file's sync.
func (s *stage) sendPicture() string {
	in := s.event(conversation.KindMessage)
	in.MsgID, in.MsgType, in.Text, in.Media = "77", "image", "[Picture]", &conversation.Media{Kind: "image", ID: "media-1"}
	s.inbound(in)
	return AttachID(testAccount, testFollower, "77", 1)
}

func attaching() Policy {
	policy := testPolicy
	policy.TellNumber, policy.MediaMax = false, 5<<20
	policy.Texts.Media = MediaTexts{
		NoteExpired: "{message} is gone.", NoteTooLarge: "{message} is too large.", NoteRefused: "{message} is missing.",
		NoteAttached: "{message} is there.",
	}
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

func TestPictureThatCannotBeAttached(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name    string
		answers []error
		act     func(*stage, string)
		state   string
		reason  string
		notes   []string
	}{
		{"deleted at WeChat", []error{parking(activities.ErrorWeChatMediaExpired)}, nil,
			StateSkipped, activities.ErrorWeChatMediaExpired, []string{"1: [Picture] is gone."}},
		{"retried for three days", times(10_000, transient(activities.ErrorC4CUnavailable)), nil,
			StateSkipped, activities.ErrorWeChatMediaExpired, []string{"1: [Picture] is gone."}},
		{"parked for three days", []error{parking(activities.ErrorC4CRejected)}, nil,
			StateSkipped, activities.ErrorWeChatMediaExpired, []string{"1: [Picture] is missing.", "1: [Picture] is gone."}},
		{"too large for three days", []error{parking(activities.ErrorWeChatMediaTooLarge)}, nil,
			StateSkipped, activities.ErrorWeChatMediaExpired, []string{"1: [Picture] is too large.", "1: [Picture] is gone."}},
		{"credentials refused for three days", times(200, parking(activities.ErrorC4CCredentials)), nil,
			StateSkipped, activities.ErrorWeChatMediaExpired, []string{"1: [Picture] is gone."}},
		{"retried with success", []error{parking(activities.ErrorC4CRejected), parking(activities.ErrorC4CRejected)},
			func(s *stage, file string) {
				s.command(file, CommandRetry, "ada")
				s.command(file, CommandRetry, "ada")
			}, StateSynced, "", []string{"1: [Picture] is missing.", "1: [Picture] is there."}},
		{"skipped", []error{parking(activities.ErrorC4CRejected)},
			func(s *stage, file string) { s.command(file, CommandSkip, "ada") },
			StateSkipped, activities.ErrorC4CRejected, []string{"1: [Picture] is missing."}},
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
