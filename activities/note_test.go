package activities

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// The same words may be noted twice, for example if a follower unfollows twice. A note only counts as written if it
// can be the one sought.
func TestNotesOfTheSameWords(t *testing.T) {
	t.Parallel()
	const text = "The follower left.\nReplies no longer arrive."
	now := time.Now()
	before := now.Add(-3 * time.Hour)
	for name, test := range map[string]struct {
		since   time.Time
		round   int
		at      time.Time // of a note in C4C
		text    string
		written bool
	}{
		"of this activity":                   {at: now, text: text, written: true},
		"as C4C changed it":                  {at: now, text: "The follower left. Replies no longer arrive. ", written: true},
		"C4C's clock is behind":              {at: now.Add(-clocksDiffer / 2), text: text, written: true},
		"C4C does not say when":              {text: text, written: true},
		"of the time before":                 {at: before, text: text},
		"other words":                        {at: now, text: "another"},
		"of an earlier round":                {since: before, round: 1, at: before, text: text, written: true},
		"of the time before, in a new round": {since: before, round: 1, at: before.Add(-time.Hour), text: text},
		"nobody knows since when":            {round: 1, at: before, text: text, written: true},
	} {
		row := map[string]any{"ObjectID": "N1", "TypeCode": "10011", "Text": test.text}
		if !test.at.IsZero() {
			row["CreatedOn"] = "/Date(" + millis(test.at) + ")/"
		}
		for _, note := range []struct {
			activity, look, write string
			in                    any
		}{
			{"AddNote", ticketTexts, addText, AddNoteInput{
				Account: testAccount, ObjectID: ticketKey, Language: "en", Text: text, Round: test.round, Since: test.since,
			}},
			{"AddCustomerNote", customerTexts, addCustomerText, AddCustomerNoteInput{
				Account: testAccount, ObjectID: ticketKey, Text: text, Round: test.round, Since: test.since,
			}},
		} {
			t.Run(name+"/"+note.activity, func(t *testing.T) {
				t.Parallel()
				s := newServers(t)
				s.usual[note.look] = entities(row)
				s.usual[note.write] = created(map[string]any{"ObjectID": "00163E0A00011EE98000000000000006"})
				wrote := 1
				if test.round == 0 {
					s.will(note.write, cut) // so that it looks
					wrote = 2
				}
				require.NoError(t, s.run(note.activity, note.in, nil, 3))
				if test.written {
					wrote--
				}
				require.Len(t, s.times(note.write), wrote)
			})
		}
	}
}
