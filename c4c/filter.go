package c4c

import (
	"net/url"
	"strings"
)

// query holds the parameters of an OData request.
type query map[string]string

// encode writes blanks as %20, because a plus sign means a blank only in forms.
func (q query) encode() string {
	values := url.Values{}
	for name, value := range q {
		values.Set(name, value)
	}
	return strings.NewReplacer("+", "%20", "%24", "$").Replace(values.Encode())
}

// quote makes an OData string literal of a filter value. An asterisk would be a wildcard even within eq, so it is
// refused with an *ArgumentError.
func quote(op, name, value string) (string, error) {
	if err := identifier(op, name, value, 1000); err != nil {
		return "", err
	}
	return "'" + strings.ReplaceAll(value, "'", "''") + "'", nil
}

// equal is the filter "property eq 'value'".
func equal(op, property, value string) (string, error) {
	literal, err := quote(op, property, value)
	return property + " eq " + literal, err
}

// entity is the path of one entity.
func entity(op, set, key string) (string, error) {
	key, err := entityKey(op, key)
	return set + "('" + key + "')", err
}

// entityKey writes a key in upper case; C4C refuses other keys with an unclear error.
func entityKey(op, key string) (string, error) {
	key = objectID(key)
	if key == "" || len(key) > 70 || strings.Trim(key, "0123456789ABCDEF") != "" {
		return "", &ArgumentError{Op: op, Field: "ObjectID", Reason: "must be 32 hexadecimal digits"}
	}
	return key, nil
}
