package config

// Media configures what happens to followers' files.
type Media struct {
	MaxSize int `env:"MAX_SIZE" envDefault:"25" help:"largest file of a follower that is attached to the ticket, in megabytes; C4C has a limit of its own, which its administrator knows" example:"25"`
}

func (k *checker) media() {
	k.require(k.config.Media.MaxSize >= 1 && k.config.Media.MaxSize <= 1024, "MEDIA_MAX_SIZE",
		"must be between 1 and 1024")
}
