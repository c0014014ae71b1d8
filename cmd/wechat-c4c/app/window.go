package app

import (
	"github.com/wechat-c4c/wechat-c4c/config"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// windowPolicy is what the account decides about the reply window.
func windowPolicy(w config.Window) workflows.WindowPolicy {
	return workflows.WindowPolicy{
		WindowRules: workflows.WindowRules{
			Message: w.MessageCount, MessageLife: w.MessageLife,
			Click: w.ClickCount, Follow: w.FollowCount, Scan: w.ScanCount, ShortLife: w.ShortLife,
		},
		AutomaticLife: w.AutomaticLife,
	}
}
