package config

import (
	"fmt"
	"reflect"
	"time"
)

// Field is one setting as described by the struct's tags.
type Field struct {
	Name    string // variable, with prefix
	Default string
	Dev     string // what ENVIRONMENT=development fills in; empty: nothing
	Help    string
	Example string
	Secret  bool
	Process bool   // the same for all accounts
	Roles   []Role // roles that use the secret

	path []int
	typ  reflect.Type
}

// scopeProcess, as the value of the tag scope, prevents accounts from overriding a setting.
const scopeProcess = "process"

// Fields lists every setting in the order of the struct.
func Fields() []Field { return fieldsOf(reflect.TypeFor[Config](), Prefix, nil, false) }

func fieldsOf(t reflect.Type, prefix string, path []int, process bool) []Field {
	var fields []Field
	for i := range t.NumField() {
		f := t.Field(i)
		if !f.IsExported() || f.Tag.Get("env") == "-" {
			continue
		}
		at, ofProcess := append(append([]int(nil), path...), i), process || f.Tag.Get("scope") == scopeProcess
		if f.Type.Kind() == reflect.Struct {
			fields = append(fields, fieldsOf(f.Type, prefix+f.Tag.Get("envPrefix"), at, ofProcess)...)
			continue
		}
		fields = append(fields, Field{
			Name: prefix + f.Tag.Get("env"), Default: f.Tag.Get("envDefault"), Dev: f.Tag.Get("dev"),
			Help: f.Tag.Get("help"), Example: f.Tag.Get("example"),
			Secret: f.Type == reflect.TypeFor[Secret](), Process: ofProcess, Roles: rolesOf(f.Tag.Get("roles")),
			path: at, typ: f.Type,
		})
	}
	return fields
}

// fileName is the variable that names the file with this secret.
func (f Field) fileName() string { return f.Name + fileSuffix }

const fileSuffix = "_FILE"

// from is the field under the variable that an account's setting comes from.
func (f Field) from(variables map[string]string) Field {
	if variable := variables[f.Name]; variable != "" {
		f.Name = variable
	}
	return f
}

// value is the setting's value in c as text; secrets are unmasked.
func (f Field) value(c Config) string {
	switch v := reflect.ValueOf(c).FieldByIndex(f.path).Interface().(type) {
	case Secret:
		return v.Reveal()
	case time.Duration:
		return v.String()
	default:
		return fmt.Sprint(v)
	}
}

// kind names the type of this setting's values, for the sentence about an invalid one.
func (f Field) kind() string {
	switch {
	case f.typ == reflect.TypeFor[time.Duration]():
		return "a duration"
	case f.typ.Kind() == reflect.Int:
		return "a whole number"
	case f.typ.Kind() == reflect.Float64:
		return "a number"
	case f.typ.Kind() == reflect.Bool:
		return "true or false"
	default:
		return "a text"
	}
}
