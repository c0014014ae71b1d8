package config

// Voice configures how agents' replies look in WeChat.
type Voice struct {
	Name     bool `env:"NAME" envDefault:"false" help:"whether the agent's name stands before a reply" example:"true"`
	Files    bool `env:"FILES" envDefault:"true" help:"whether what agents attach to a reply reaches the follower; costs one call to C4C for each reply, and one for each file" example:"true"`
	MaxParts int  `env:"MAX_PARTS" envDefault:"3" help:"messages that the text of one reply may take; a longer one ends with a link to the ticket on the H5 page, where the account has one that links open; 0: any number" example:"3"`
}

func (k *checker) voice() {
	k.require(k.config.Voice.MaxParts >= 0, "VOICE_MAX_PARTS", "must not be negative")
}
