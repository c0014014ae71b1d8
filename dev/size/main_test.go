package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestRefuses(t *testing.T) {
	t.Parallel()
	for args, want := range map[string]string{
		"-followers -1": "-followers must lie between", "-accounts 0": "-accounts must be", "-cap 0": "-cap must be",
		"-call 0s": "-call must be a time such as",
		"-hour 24": "-hour must lie", "-write 2": "-write must lie", "-messages 9000000": "at most 5000000 acts",
		"-retention 0s": "-retention must be",
	} {
		require.ErrorContains(t, run(strings.Fields(args), t.Output()), want, args)
	}
}

func TestSizeOfAShop(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	require.NoError(t,
		run(strings.Fields("-followers 5000 -messages 300 -tickets 80 -replies 200 -follows 10 -accounts 1 -campaign 500"),
			&out))
	require.Contains(t, out.String(), "5,000 followers of one account")
	require.Contains(t, out.String(), "| with it, messages first | follows | 510 |")
}
