package config_test

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/config"
)

func TestLimitsAreChecked(t *testing.T) {
	t.Parallel()
	for setting, want := range map[string]string{
		"WORKFLOW_CACHE=99": "WORKFLOW_CACHE must be between 100 and 1000000, for example 2000.",
	} {
		_, _, err := config.Load(production(setting))
		require.ErrorContains(t, err, want, setting)
	}
}

func TestEnvExampleIsInStep(t *testing.T) {
	t.Parallel()
	file, err := os.ReadFile("../.env.example")
	require.NoError(t, err)
	requireWritten(t, config.EnvExample(), string(file))
}

// The settings that are not commented out are a configuration that loads once its secrets exist.
func TestEnvExampleLoads(t *testing.T) {
	t.Parallel()
	values := map[string]string{}
	for line := range strings.SplitSeq(config.EnvExample(), "\n") {
		if name, value, ok := strings.Cut(line, "="); ok && !strings.HasPrefix(line, "#") {
			values[name] = value
		}
	}
	var environ []string
	for name, value := range values {
		if setting, isFile := strings.CutSuffix(name, "_FILE"); isFile {
			require.Regexp(t, `^/run/secrets/(shared|api|worker)/[a-z0-9_]+$`, value)
			secret := map[string]string{
				config.Prefix + "WECHAT_AES_KEY": "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopq", config.Prefix +
					"WECHAT_TOKEN": "atokenofthistest",
				config.Prefix + "CODEC_KEYS": "k1:MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
			}[setting]
			if secret == "" {
				secret = "a secret of this test that is long enough"
			}
			environ = append(environ, setting+"="+secret)
			continue
		}
		environ = append(environ, name+"="+value)
	}
	_, warnings, err := config.Load(environ)
	require.NoError(t, err)
	require.Empty(t, warnings)
}
