package config

import (
	"encoding/json"
	"fmt"
	"os"
)

// Texts configures which texts the connector sends by itself, and their wording.
type Texts struct {
	Welcome  bool   `env:"WELCOME" envDefault:"true" help:"whether a new follower is welcomed; costs nothing" example:"true"`
	Received bool   `env:"RECEIVED" envDefault:"true" help:"whether the first message in a while is acknowledged, unless the number of its new ticket does so; costs nothing" example:"true"`
	File     string `env:"FILE" help:"JSON file with own texts instead of those of the catalogue, such as {\"welcome.v1\": {\"zh\": \"您好！\", \"en\": \"Hello!\"}}" example:"/etc/wechat-c4c/texts.json"`
}

// Own reads the file of the account's own texts, by key and language. Without a file there are none.
func (t Texts) Own() (map[string]map[string]string, error) {
	if t.File == "" {
		return nil, nil
	}
	content, err := os.ReadFile(t.File)
	if err != nil {
		return nil, fmt.Errorf("cannot be read: %s", cause(err))
	}
	var own map[string]map[string]string
	if err := json.Unmarshal(Unmarked(content), &own); err != nil {
		return nil, fmt.Errorf("is not a JSON object of texts by key and language: %w", err)
	}
	return own, nil
}

// VariableOf is the variable that an account's setting comes from, or would come from; name is without Prefix.
func (c Config) VariableOf(name string) string {
	if variable := c.variables[Prefix+name]; variable != "" {
		return variable
	}
	return Prefix + name
}

func (k *checker) texts() {
	_, err := k.config.Texts.Own()
	k.require(err == nil, "TEXTS_FILE", fmt.Sprintf("names a file that %v", err))
}
