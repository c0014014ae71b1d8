package app

import (
	"context"
	"encoding/base64"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/config"
	"github.com/wechat-c4c/wechat-c4c/worker"
)

// TestEachRoleStartsWithItsSecretsAlone: an intruder in one process finds no secret that the process does not need.
func TestEachRoleStartsWithItsSecretsAlone(t *testing.T) {
	t.Parallel()
	server := newDevServer(t, config.Development())
	all := append(productionOf(t),
		config.Prefix+"CODEC_KEYS=k1:"+base64.StdEncoding.EncodeToString([]byte(strings.Repeat("k", 32))),
		config.Prefix+"WEB_URL=https://service.example.com", config.Prefix+"PUBLIC_ADDR=127.0.0.1:0", config.Prefix+
			"INTERNAL_ADDR=127.0.0.1:0",
		"TEMPORAL_ADDRESS="+server.FrontendHostPort(), "TEMPORAL_NAMESPACE=default", "TEMPORAL_CONFIG_FILE="+t.TempDir()+
			"/none.toml")
	for _, tt := range []struct {
		args  []string
		roles []config.Role
		says  string // in the log, once it works
	}{
		{[]string{"bootstrap"}, []config.Role{config.RoleWorkflows}, ""},
		{[]string{"sync", "list"}, []config.Role{config.RoleOperator}, ""},
		{[]string{"api"}, []config.Role{config.RoleAPI}, `"public":`},
		{[]string{"worker", "--role", "workflows"}, []config.Role{config.RoleWorkflows}, `"msg":"working"`},
		{[]string{"worker", "--role", "wechat"}, []config.Role{config.RoleWeChat}, `"msg":"working"`},
		{[]string{"worker", "--role", "c4c"}, []config.Role{config.RoleC4C}, `"msg":"working"`},
		{[]string{"worker"}, worker.RoleAll.Secrets(), `"msg":"working"`},
	} {
		t.Run(strings.Join(tt.args, " "), func(t *testing.T) {
			environ := slices.Clone(all)
			for _, f := range config.Fields() {
				if !f.UsedBy(tt.roles...) {
					environ = slices.DeleteFunc(environ, func(pair string) bool { return strings.HasPrefix(pair, f.Name+"=") })
				}
			}
			require.Less(t, len(environ), len(all))
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			log, ended := &syncBuffer{}, make(chan int, 1)
			go func() { ended <- Main(ctx, tt.args, environ, io.Discard, log) }()
			if tt.says != "" {
				require.Eventually(t, func() bool {
					return strings.Contains(log.String(), tt.says) || len(ended) > 0
				}, time.Minute, 20*time.Millisecond)
				require.Contains(t, log.String(), tt.says)
				cancel()
			}
			require.Zero(t, <-ended, log.String())
		})
	}
}
