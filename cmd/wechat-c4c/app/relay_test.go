package app

import (
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestRelayURL(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, configured, bound, temporal, want string }{
		{"configured", "http://api-0.internal:8081", "[::]:8081", "127.0.0.1:7233", "http://api-0.internal:8081"},
		{"one interface", "", "127.0.0.1:18081", "127.0.0.1:7233", "https://127.0.0.1:18081"},
		{"all interfaces, Temporal on this machine", "", "[::]:8081", "127.0.0.1:7233", "https://127.0.0.1:8081"},
		{"all interfaces, version 4", "", "0.0.0.0:8081", "127.0.0.1:7233", "https://127.0.0.1:8081"},
		{"no listener", "", "", "127.0.0.1:7233", ""},
		{"no address", "", "nonsense", "127.0.0.1:7233", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tt.want, relayURL(t.Context(), tt.configured, tt.bound, tt.temporal))
		})
	}
	// a machine without a network has none
	if found := relayURL(t.Context(), "", "[::]:8081", "temporal.invalid:7233"); found != "" {
		at, err := url.Parse(found)
		require.NoError(t, err)
		require.Equal(t, "8081", at.Port())
	}
}
