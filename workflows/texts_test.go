package workflows

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/catalogue"
	"github.com/wechat-c4c/wechat-c4c/conversation"
)

// The agent may have to pass on a text that the follower did not get, so the note has all of it.
func TestNoteHasTheTextThatWasNotSent(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("Your request is in good hands. ", 12) + "Its number is 71."
	for name, tt := range map[string]struct{ text, want string }{
		"all of it":          {long, long},
		"as much as is read": {strings.Repeat("很", 600), strings.Repeat("很", 500) + "…"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			note := testPolicy.noteText(conversation.StartNote{Kind: conversation.NoteUntold, TicketID: "71", Words: tt.text})
			require.Equal(t, said(catalogue.NoteAutomatic, catalogue.Words(tt.want)), note)
		})
	}
}

// What a reader sees as one character is never cut: here a thumb and the colour of its skin.
func TestTextsAreCutBetweenCharacters(t *testing.T) {
	t.Parallel()
	const thumb = "👍🏽"
	at := func(before int) string { return strings.Repeat("x", before) + thumb + strings.Repeat("y", 300) }
	for name, cut := range map[string]struct {
		limit int
		do    func(string) string
	}{
		"words of a reply": {maxWords, wordsOf},
		"a name":           {maxName, nameOf},
		"a file's name":    {maxFileName - 1, fileName},
		"a notice":         {19, func(s string) string { return fitNotice("thing1", s) }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, strings.Repeat("x", cut.limit-1), strings.TrimSuffix(cut.do(at(cut.limit-1)), "…"))
			require.Equal(t, strings.Repeat("x", cut.limit-2)+thumb, strings.TrimSuffix(cut.do(at(cut.limit-2)), "…"))
		})
	}
}
