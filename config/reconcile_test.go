package config

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestReconcileIsChecked(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		change func(*Config)
		want   string // empty: nothing is wrong
	}{
		{"as it is", func(*Config) {}, ""},
		{"off", func(c *Config) { c.Reconcile.Every = 0 }, ""},
		{"too often", func(c *Config) { c.Reconcile.Every = time.Millisecond }, "RECONCILE_EVERY must be 0 or lie"},
		{"below nothing", func(c *Config) { c.Reconcile.Every = -time.Minute }, "RECONCILE_EVERY must be 0 or lie"},
		{"hardly ever", func(c *Config) { c.Reconcile.Every = 48 * time.Hour }, "RECONCILE_EVERY must be 0 or lie"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := Development()
			tt.change(&c)
			if tt.want == "" {
				require.NoError(t, c.Check())
				return
			}
			require.ErrorContains(t, c.Check(), tt.want)
		})
	}
}
