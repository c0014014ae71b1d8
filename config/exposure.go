package config

import (
	"cmp"
	"fmt"
)

// Modes of the callback in which no signature covers a push's content.
const (
	modePlain      = "plain"
	modeCompatible = "compatible"
)

// exposure refuses settings that let strangers in.
func (k *checker) exposure() {
	c := k.config
	k.require(c.WeChat.Mode != modePlain || c.WeChat.OAuth == "on" || c.Web.URL == "", "WECHAT_MODE",
		"must not be plain where followers reach the page by personal links ("+Prefix+
			"WECHAT_OAUTH=off): whoever has seen one push "+
			"in a proxy's log could ask for another follower's link, so none is given")
}

// exposed are sentences about what strangers can do with otherwise valid settings.
func (c Config) exposed() []string {
	if c.Environment != EnvProduction {
		return nil
	}
	secure := fmt.Sprintf("Choose 安全模式 in WeChat's console and set %s=secure.",
		cmp.Or(c.variables[Prefix+"WECHAT_MODE"], Prefix+"WECHAT_MODE"))
	switch c.WeChat.Mode {
	case modePlain:
		return []string{
			fmt.Sprintf(
				"Account %s takes pushes that are not encrypted: no signature covers what they say, and everybody on the way reads it. "+
					"Whoever knows the token writes in any follower's name. %s", c.Account, secure)}
	case modeCompatible:
		return []string{
			fmt.Sprintf(
				"Account %s takes pushes that are not encrypted until the first encrypted one comes, after each start: no signature covers what they say. "+
					"It is meant for the minutes in which the console is switched. %s", c.Account, secure)}
	}
	return nil
}
