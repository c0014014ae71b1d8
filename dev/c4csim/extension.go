package c4csim

import (
	"regexp"
	"strings"
	"time"
)

// extensionSuffix ends the name of an extension field that a key user has made.
const extensionSuffix = "_KUT"

// extensionCodes are the code lists of extension fields.
var extensionCodes = map[string]map[string]string{
	"ZUse_KUT": {"101": "Private", "102": "Company", "103": "Taxi"},
}

// checkExtensions refuses codes that the tenant does not have.
func (d draft) checkExtensions() *problem {
	for name, codes := range extensionCodes {
		if code := d.text(name); code != "" && codes[code] == "" {
			return invalid("Value " + code + " of property " + name + " is not in its code list")
		}
	}
	return nil
}

var patternDecimal = regexp.MustCompile(`^[+-]?[0-9]{1,17}(\.[0-9]{1,14})?$`)

// noDecimal is how C4C shows a decimal number that is not set.
const noDecimal = "0.00000000000000"

// extensions are the extension fields of an object that are set, as people read them.
func extensions(r *row) map[string]string {
	var found map[string]string
	for _, p := range r.typ.properties {
		value, set := "", false
		switch v := r.props[p.name].(type) {
		case string:
			value, set = v, v != ""
		case bool:
			value, set = map[bool]string{true: "true", false: "false"}[v], true
		case time.Time:
			value, set = v.Format(time.DateOnly), true
		}
		if !set || !strings.HasSuffix(p.name, extensionSuffix) {
			continue
		}
		if found == nil {
			found = map[string]string{}
		}
		found[p.name] = value
	}
	return found
}
