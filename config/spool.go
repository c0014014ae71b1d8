package config

import "path/filepath"

// Spool configures where an api process keeps what Temporal does not accept at once, and how much.
type Spool struct {
	Dir     string `env:"DIR" help:"folder of this api process alone, on a disk that outlives it; what Temporal does not take at once is kept there, encrypted, and handed over later; empty: it is answered with 503, and mostly lost" example:"/var/spool/wechat-c4c"`
	MaxSize int    `env:"MAX_SIZE" envDefault:"256" help:"most that is kept, in MB; its file stays as large as it ever was" example:"256"`
}

func (k *checker) spool() {
	s := k.config.Spool
	k.require(s.Dir == "" || filepath.IsAbs(s.Dir), "SPOOL_DIR", "must be a whole path, which begins with /")
	k.require(s.MaxSize >= 1 && s.MaxSize <= 100_000, "SPOOL_MAX_SIZE", "must lie between 1 and 100000")
}
