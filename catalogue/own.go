package catalogue

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// maxOwn limits an account's own text, in bytes: with its placeholders filled, it must fit into one WeChat message.
const maxOwn = 1800

// Texts is the catalogue of one account: in its language, with its own texts in place of standard ones. A nil *Texts is
// the standard catalogue in Chinese.
type Texts struct {
	lang Language
	own  map[Key]map[Language]string
}

// Standard is the catalogue without own texts.
func Standard(lang Language) *Texts { return &Texts{lang: lang} }

// NewTexts replaces texts of the catalogue by own ones, given by key and language. One error reports all unknown keys
// and languages, empty texts, texts that are too long, and unknown placeholders.
func NewTexts(lang Language, own map[string]map[string]string) (*Texts, error) {
	t := &Texts{lang: lang, own: map[Key]map[Language]string{}}
	var problems []error
	for _, name := range slices.Sorted(maps.Keys(own)) {
		standard := lookup(Key(name))
		if standard == nil {
			problems = append(problems, fmt.Errorf("%s is no text of the catalogue", name))
			continue
		}
		t.own[Key(name)] = map[Language]string{}
		for _, spoken := range slices.Sorted(maps.Keys(own[name])) {
			in, err := ParseLanguage(spoken)
			if err == nil {
				err = checkOwn(own[name][spoken], standard[in])
			}
			if err != nil {
				problems = append(problems, fmt.Errorf("%s in %s %w", name, spoken, err))
				continue
			}
			t.own[Key(name)][in] = own[name][spoken]
		}
	}
	return t, errors.Join(problems...)
}

func checkOwn(text, standard string) error {
	if strings.TrimSpace(text) == "" {
		return errors.New("is empty: leave it out for the standard text")
	}
	if len(text) > maxOwn {
		return fmt.Errorf("has %d bytes, more than %d", len(text), maxOwn)
	}
	for _, name := range placeholders(text) {
		if !slices.Contains(placeholders(standard), name) {
			return fmt.Errorf("has the placeholder {%s}, which nothing fills", name)
		}
	}
	return nil
}

// placeholders are the names in braces.
func placeholders(text string) []string {
	var names []string
	for {
		_, rest, found := strings.Cut(text, "{")
		name, after, closed := strings.Cut(rest, "}")
		if !found || !closed {
			return names
		}
		names, text = append(names, name), after
	}
}

// Language is the account's language.
func (t *Texts) Language() Language {
	if t == nil {
		return Chinese
	}
	return t.lang
}

// Text is the account's text of a key, filled as by [Text].
func (t *Texts) Text(key Key, args ...Arg) string { return t.In(t.Language(), key, args...) }

// In is the account's text in the reader's language, as on the H5 page.
func (t *Texts) In(lang Language, key Key, args ...Arg) string {
	if t != nil {
		if own, ok := t.own[key][lang]; ok {
			return filled(own, args)
		}
	}
	return Text(lang, key, args...)
}
