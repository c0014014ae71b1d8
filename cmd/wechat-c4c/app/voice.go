package app

import (
	"github.com/wechat-c4c/wechat-c4c/config"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// voiceOf is the format of the account's replies.
func voiceOf(cfg config.Config) workflows.Voice {
	return workflows.Voice{Name: cfg.Voice.Name, MaxParts: cfg.Fixed.VoiceMaxParts, Files: cfg.Voice.Files}
}
