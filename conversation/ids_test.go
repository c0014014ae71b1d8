package conversation

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestTicketNumbersWithZeros: one ticket, however its number is padded.
func TestTicketNumbersWithZeros(t *testing.T) {
	t.Parallel()
	require.True(t, sameTicket("8000012", "0008000012"))
	require.True(t, sameTicket("8000012", "8000012"))
	require.False(t, sameTicket("8000012", "80000120"))
	require.False(t, sameTicket("", "0"))
	s := &State{}
	s.Known.Thread = Thread{RootMessageID: "wx:acme:o:1", TicketID: "0008000012"}
	found, ok := s.thread("8000012")
	require.True(t, ok)
	require.Equal(t, s.Known.Thread, found)
}

// TestCaseIsLost: only an openid as long as WeChat's can have lost its capitals.
func TestCaseIsLost(t *testing.T) {
	t.Parallel()
	require.True(t, CaseIsLost("oabcdefghijklmnopqrstuvwxy_1"))
	require.False(t, CaseIsLost("oAbcdefghijklmnopqrstuvwxy_1"))
	require.False(t, CaseIsLost("oalice"))
}
