package catalogue

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

// places says which places each text about a waiting reply leaves open. A key without a row here fails the test.
var places = map[Key][]string{
	NoteReplyHeld:        {"next", "reason", "words"},
	NoteReplyParked:      {"reason", "words"},
	NoteReplyArrived:     {"words"},
	NoteReplyExpired:     {"words"},
	NoteReplyUnsure:      {"words"},
	NoteWindowEnding:     {"until"},
	NoteWindowLow:        {"count", "until"},
	NoteAnnounced:        {},
	NoteNoticeTaken:      {},
	NoteNotAnnounced:     {"reason"},
	NextWhenFollowerActs: {}, NextOnPage: {}, NextAnnouncement: {"minutes"}, NextNoAnnouncement: {},
	NextExpiry: {"days"}, NextRetry: {},
	ReplyPartly:        {"parts", "rest", "sent"},
	ReasonWindowClosed: {}, ReasonWindowUsedUp: {}, ReasonBehind: {}, ReasonGone: {}, ReasonUnreachable: {},
	ReasonRejected: {}, ReasonRefused: {},
	ReasonOutcomeUnknown: {}, ReasonInDoubt: {}, ReasonNotPermitted: {}, ReasonUnrouted: {}, ReasonOther: {},
	ReasonTemplateRefused: {}, ReasonNotDelivered: {},
	NoteAutomatic: {"words"}, NoteAutomaticUnsure: {"words"}, AnnouncementText: {}, AnnouncementChat: {},
}

func TestTextsOfWaitingRepliesAreComplete(t *testing.T) {
	t.Parallel()
	require.Len(t, replyWaitTexts, len(places))
	for key, want := range places {
		t.Run(string(key), func(t *testing.T) {
			t.Parallel()
			require.Regexp(t, `^[a-z_]+\.v[1-9][0-9]*$`, string(key))
			require.NotContains(t, texts, key)
			var args []Arg
			for _, place := range want {
				args = append(args, Place(place))
			}
			for _, lang := range Languages() {
				text := replyWaitTexts[key][lang]
				require.Equal(t, lang == Chinese, strings.ContainsFunc(text, han), "%s: script", lang)
				got := []string{}
				for _, match := range placeholder.FindAllStringSubmatch(text, -1) {
					got = append(got, match[1])
				}
				slices.Sort(got)
				require.Equal(t, want, got, "%s: places", lang)
				require.Equal(t, text, Text(lang, key, args...), "%s: places are kept", lang)
			}
		})
	}
}

// WeChat refuses a longer value of a keyword of the kind "thing".
func TestAnnouncementFitsItsKeyword(t *testing.T) {
	t.Parallel()
	for _, lang := range Languages() {
		require.LessOrEqual(t, utf8.RuneCountInString(Text(lang, AnnouncementText)), 20)
		require.LessOrEqual(t, utf8.RuneCountInString(Text(lang, AnnouncementChat)), 20)
	}
}
