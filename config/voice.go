package config

// Voice configures how agents' replies look in WeChat.
type Voice struct {
	Name  bool `env:"NAME" envDefault:"false" help:"whether a reply begins with the agent's name" example:"true"`
	Files bool `env:"FILES" envDefault:"true" help:"whether what agents attach to a reply reaches the follower; costs one call to C4C for each reply, and one for each file" example:"true"`
}
