package app

import (
	"fmt"

	"github.com/wechat-c4c/wechat-c4c/api"
	"github.com/wechat-c4c/wechat-c4c/catalogue"
	"github.com/wechat-c4c/wechat-c4c/config"
	"github.com/wechat-c4c/wechat-c4c/conversation/window"
)

// textsOf is the catalogue with the account's own texts.
func textsOf(cfg config.Config) (*catalogue.Texts, error) {
	lang, err := catalogue.ParseLanguage(cfg.Language)
	if err != nil {
		return nil, err
	}
	own, err := cfg.Texts.Own()
	if err != nil {
		return nil, fmt.Errorf("%s names a file that %w", cfg.VariableOf("TEXTS_FILE"), err)
	}
	texts, err := catalogue.NewTexts(lang, own)
	if err != nil {
		return nil, fmt.Errorf("%s names a file with texts that cannot be used: %w", cfg.VariableOf("TEXTS_FILE"), err)
	}
	return texts, nil
}

// checkTexts checks the own texts of all accounts.
func checkTexts(cfg config.Config) error {
	for _, one := range cfg.All() {
		if _, err := textsOf(one); err != nil {
			return err
		}
	}
	return nil
}

// autoRepliesOf are the texts with which the account answers at once.
func autoRepliesOf(cfg config.Config, conversations api.Updater) (api.AutoReplies, error) {
	c := api.AutoReplies{NoWelcome: !cfg.Texts.Welcome, Received: cfg.Texts.Received, Life: window.MessageLife,
		Conversations: conversations}
	if cfg.Hours.Open == "" {
		return c, nil
	}
	schedule, err := cfg.Hours.Schedule()
	if err != nil {
		return c, fmt.Errorf("business hours: %w", err)
	}
	c.Hours = schedule.Opens
	return c, nil
}
