package config

import (
	"errors"
	"fmt"
	"os"
	"reflect"
	"sort"
	"strings"

	"github.com/caarlos0/env/v11"
)

// Problems is everything that is wrong with a configuration: one sentence per setting, each with the variable, what
// is wrong with it and an example. No sentence shows the value of a secret.
type Problems []string

// Error joins the sentences.
func (p Problems) Error() string { return "config: " + strings.Join(p, " ") }

// Load reads the settings from environ, in the form of os.Environ. It returns warnings about WECHAT_C4C_ variables
// that do not belong to a setting, and Problems if a setting is missing or wrong. If ACCOUNTS names several accounts,
// the same settings are read once for each: ACCOUNT_SHOP_<REST> overrides <REST> for the account shop, even if it is
// empty. Settings of the process cannot be overridden.
//
// Only secrets that one of the roles uses are read; the others may be missing, and are empty in any case. Without
// roles, all are read.
func Load(environ []string, roles ...Role) (Config, []string, error) {
	values := map[string]string{}
	for name, value := range env.ToMap(environ) {
		if strings.HasPrefix(name, Prefix) {
			values[name] = value
		}
	}
	fields := Fields()
	names, problems := accountNames(values, fields)
	warnings := unknown(values, names, fields)
	problems = append(problems, shared(values, names, fields)...)
	var accounts []Config
	var unreadable []map[string]bool
	for _, name := range names {
		own, variables := overlay(values, name, fields)
		unused := withhold(own, fields, roles)
		c, bad, wrong, err := parse(own, variables, unused, fields)
		if err != nil {
			return Config{}, warnings, err
		}
		c.Account = name
		accounts, unreadable, problems = append(accounts, c), append(unreadable, bad), append(problems, wrong...)
	}
	c := accounts[0]
	c.Others = accounts[1:]
	problems = distinct(append(problems, c.problems(unreadable)...))
	if len(problems) > 0 {
		return Config{}, warnings, Problems(problems)
	}
	return c, warnings, nil
}

// parse reads the settings of one account, and returns those that cannot be read.
func parse(values, variables map[string]string, unused map[string]bool, fields []Field) (
	Config, map[string]bool, []string, error,
) {
	problems, files := readFiles(values, variables, fields)
	if values[Prefix+"ENVIRONMENT"] == EnvDevelopment {
		for _, f := range fields {
			if f.Dev != "" && values[f.Name] == "" && variables[f.Name] == "" && !unused[f.Name] {
				values[f.Name] = f.Dev
			}
		}
	}
	c := Config{
		variables: variables, files: files, unused: unused, internalUnchosen: values[internalAddr] == "",
	}
	unreadable := map[string]bool{}
	if err := env.ParseWithOptions(&c, env.Options{Environment: values, Prefix: Prefix}); err != nil {
		for _, f := range unparsed(values, fields) {
			unreadable[f.Name] = true
			problems = append(problems, sentence(f.from(variables), "is not "+f.kind()))
		}
		if len(unreadable) == 0 {
			return Config{}, nil, nil, fmt.Errorf("config: %w", err)
		}
	}
	c.Fixed = fixed(c.Environment)
	if c.Environment == EnvDevelopment && c.WeChat.APIURL != byName(fields, "WECHAT_API_URL").Default {
		c.Fixed.WeChatPages = simulatorPages
	}
	c.PublicAddr, c.InternalAddr = listener(c.PublicAddr), listener(c.InternalAddr)
	return c, unreadable, problems, nil
}

// internalAddr is the variable of the internal listener's address.
const internalAddr = Prefix + "INTERNAL_ADDR"

// InternalAddrIsDefault reports whether no variable sets the internal address. If the default is in use, any other
// address will do.
func (c Config) InternalAddrIsDefault() bool {
	return c.internalUnchosen && c.InternalAddr == byName(Fields(), "INTERNAL_ADDR").Default
}

func listener(addr string) string {
	if addr == Off {
		return ""
	}
	return addr
}

// unknown warns about variables that look like settings but are not, mostly misspelt ones.
func unknown(values map[string]string, accounts []string, fields []Field) []string {
	known := map[string]bool{}
	for _, f := range fields {
		for _, account := range accounts {
			variable := AccountVariable(account, f.Name)
			known[variable], known[variable+fileSuffix] = true, f.Secret
		}
		known[f.Name] = true
		if f.Secret {
			known[f.fileName()] = true
		}
	}
	var warnings []string
	for name := range values {
		if !known[name] {
			warnings = append(warnings, name+" is not a setting of wechat-c4c and is ignored.")
		}
	}
	sort.Strings(warnings)
	return warnings
}

// readFiles sets NAME to the content of each NAME_FILE, and returns which files those were.
func readFiles(values, variables map[string]string, fields []Field) (problems []string, files map[string]string) {
	files = map[string]string{}
	for _, f := range fields {
		path := values[f.fileName()]
		if !f.Secret || path == "" {
			continue
		}
		variable := f.from(variables)
		if values[f.Name] != "" {
			problems = append(problems, fmt.Sprintf("%s and %s are both set: set one of them.", variable.Name,
				variable.fileName()))
			continue
		}
		content, err := readSecret(path)
		if err != nil {
			problems = append(problems, fmt.Sprintf("%s names a file that cannot be read: %s.", variable.fileName(), cause(err)))
			continue
		}
		values[f.Name], files[f.Name] = content, path
		if values[f.Name] == "" {
			problems = append(problems, fmt.Sprintf("%s names an empty file.", variable.fileName()))
		}
	}
	return problems, files
}

func readSecret(path string) (string, error) {
	content, err := os.ReadFile(path)
	return strings.TrimRight(string(Unmarked(content)), "\r\n"), err
}

// SecretReader returns a function that reads a secret from its file again; name is without Prefix. It is nil for a
// secret that did not come from a file.
func (c Config) SecretReader(name string) func() (string, error) {
	path := c.files[Prefix+name]
	if path == "" {
		return nil
	}
	return func() (string, error) { return readSecret(path) }
}

func cause(err error) string {
	if path, ok := errors.AsType[*os.PathError](err); ok {
		return path.Path + ": " + path.Err.Error()
	}
	return err.Error()
}

// unparsed finds the settings whose values the parser refuses, by trying each separately. The parser's own errors
// contain the struct's field, which several sections may share, but not the variable.
func unparsed(values map[string]string, fields []Field) []Field {
	var found []Field
	for _, f := range fields {
		if f.typ.Kind() == reflect.String || values[f.Name] == "" {
			continue
		}
		single := map[string]string{f.Name: values[f.Name]}
		if env.ParseWithOptions(&Config{}, env.Options{Environment: single, Prefix: Prefix}) != nil {
			found = append(found, f)
		}
	}
	return found
}
