package config_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/config"
)

// everything is a set of settings with every possible secret.
func everything() map[string]string {
	values := map[string]string{}
	for _, pair := range production("WEB_URL=https://service.example.com", "WEB_SESSION_KEY="+strings.Repeat("s", 32),
		"CODEC_TOKEN="+strings.Repeat("t", 16), "C4C_OAUTH_CLIENT_SECRET=client-secret-of-this-test") {
		name, value, _ := strings.Cut(pair, "=")
		values[name] = value
	}
	return values
}

func environOf(values map[string]string) []string {
	var environ []string
	for name, value := range values {
		environ = append(environ, name+"="+value)
	}
	return environ
}

func TestEverySecretSaysWhoUsesIt(t *testing.T) {
	t.Parallel()
	given := everything()
	for _, f := range config.Fields() {
		require.Equal(t, f.Secret, len(f.Roles) > 0, f.Name)
		for _, role := range f.Roles {
			require.Contains(t, config.Roles, role, f.Name)
		}
		if f.Secret {
			require.Contains(t, given, f.Name, "the tests below try it")
		}
	}
}

// A process reads only the secrets of its roles: of others neither values nor files, and it does not miss them.
func TestRolesNeedTheirSecretsAlone(t *testing.T) {
	t.Parallel()
	optional := []string{"C4C_OAUTH_CLIENT_SECRET", "CODEC_TOKEN"}
	for _, role := range config.Roles {
		t.Run(string(role), func(t *testing.T) {
			t.Parallel()
			own, all := everything(), everything()
			for _, f := range config.Fields() {
				if f.UsedBy(role) {
					continue
				}
				delete(own, f.Name)
				delete(all, f.Name)
				all[f.Name+"_FILE"] = filepath.Join(t.TempDir(), "is not mounted here")
			}
			for _, values := range []map[string]string{own, all, everything()} {
				cfg, warnings, err := config.Load(environOf(values), role)
				require.NoError(t, err)
				require.Empty(t, warnings)
				require.NoError(t, cfg.Check(), "also when it is looked at again")
				var printed strings.Builder
				require.NoError(t, cfg.Print(&printed))
				for _, f := range config.Fields() {
					if f.Secret && !f.UsedBy(role) {
						require.Contains(t, printed.String(), f.Name+"=\n", "it is not even in memory")
					}
				}
			}
			for _, f := range config.Fields() {
				short := strings.TrimPrefix(f.Name, prefix)
				if !f.Secret || !f.UsedBy(role) || slices.Contains(optional, short) {
					continue
				}
				lacking := everything()
				delete(lacking, f.Name)
				_, _, err := config.Load(environOf(lacking), role)
				require.ErrorContains(t, err, f.Name+" is not set")
			}
		})
	}
	_, _, err := config.Load(environOf(everything()), config.RoleAPI, config.RoleC4C)
	require.NoError(t, err)
}

// A process that does not call C4C does not need the key of its certificate.
func TestOnlyWhoCallsC4CNeedsItsCertificate(t *testing.T) {
	t.Parallel()
	values := everything()
	values[prefix+"C4C_AUTH"], values[prefix+"C4C_CLIENT_CERT"], values[prefix+"C4C_CLIENT_KEY"] = "certificate",
		"/not/mounted.crt", "/not/mounted.key"
	_, _, err := config.Load(environOf(values), config.RoleAPI)
	require.NoError(t, err)
	_, _, err = config.Load(environOf(values), config.RoleC4C)
	require.ErrorContains(t, err, "C4C_CLIENT_CERT")
}

// A secret that is set to a wrong value is only wrong for processes that use it.
func TestSecretsOfOthersAreNotLookedAt(t *testing.T) {
	t.Parallel()
	values := everything()
	values[prefix+"WEB_SESSION_KEY"] = "short"
	_, _, err := config.Load(environOf(values), config.RoleAPI)
	require.ErrorContains(t, err, "WEB_SESSION_KEY must have at least 32 characters")
	_, _, err = config.Load(environOf(values), config.RoleC4C)
	require.NoError(t, err)
}
