package config

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

var propertyForm = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]{0,59}$`)

// ownFields are the properties of a customer that the connector searches by or fills itself, or that C4C assigns.
var ownFields = []string{"NickName", "LastName", "CustomerID", "ObjectID", "UUID"}

// NewCustomerFields parses CustomerFields: texts and booleans by property.
func (c C4C) NewCustomerFields() (map[string]any, error) {
	fields := map[string]any{}
	for item := range strings.SplitSeq(c.CustomerFields, ",") {
		if strings.TrimSpace(item) == "" {
			continue
		}
		name, value, found := strings.Cut(item, "=")
		name, value = strings.TrimSpace(name), strings.TrimSpace(value)
		switch {
		case !found || value == "" || !propertyForm.MatchString(name):
			return nil, fmt.Errorf("must be a list of property=value, and %q is none", strings.TrimSpace(item))
		case slices.Contains(ownFields, name):
			return nil, fmt.Errorf("must not hold %s, which the connector or C4C fills", name)
		case fields[name] != nil:
			return nil, fmt.Errorf("holds %s twice", name)
		}
		fields[name] = value
		if value == "true" || value == "false" {
			fields[name] = value == "true"
		}
	}
	return fields, nil
}

func (k *checker) customerFields() {
	if _, err := k.config.C4C.NewCustomerFields(); err != nil {
		k.require(false, "C4C_CUSTOMER_FIELDS", err.Error())
	}
}
