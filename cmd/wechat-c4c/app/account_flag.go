package app

import (
	"fmt"
	"strings"

	"github.com/wechat-c4c/wechat-c4c/config"
)

// accountOf is the account that a command names. The name may be omitted if there is only one account.
func accountOf(cfg config.Config, name string) (config.Config, error) {
	names := strings.Join(cfg.Names(), ", ")
	if name == "" {
		if len(cfg.Others) > 0 {
			return config.Config{}, fmt.Errorf("this installation has several accounts (%s): choose one with --account", names)
		}
		return cfg, nil
	}
	one, ok := cfg.Of(name)
	if !ok {
		return config.Config{}, fmt.Errorf("--account %s is not one of %s", name, names)
	}
	return one, nil
}
