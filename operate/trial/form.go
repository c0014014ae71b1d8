package trial

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"strings"

	"golang.org/x/net/html/charset"
)

// Kinds of fields.
const (
	kindNothing = "nothing" // null, or an empty element
	kindText    = "text"
	kindNumber  = "number"
	kindTruth   = "true or false"
	kindObject  = "object"
	kindList    = "list"
)

// form maps a document's fields to their kinds. An unreadable document has none.
func form(body []byte) map[string]string {
	fields := map[string]string{}
	trimmed := bytes.TrimSpace(body)
	switch {
	case len(trimmed) == 0:
	case trimmed[0] == '<':
		xmlForm(trimmed, fields)
	default:
		var value any
		if json.Unmarshal(trimmed, &value) == nil {
			jsonForm("", value, fields)
		}
	}
	return fields
}

func jsonForm(path string, value any, fields map[string]string) {
	kind := kindNothing
	switch value := value.(type) {
	case string:
		kind = kindText
	case float64:
		kind = kindNumber
	case bool:
		kind = kindTruth
	case []any:
		kind = kindList
		for _, each := range value {
			jsonForm(path+"[]", each, fields)
		}
	case map[string]any:
		kind = kindObject
		for name, inner := range value {
			if path != "" {
				name = path + "." + name
			}
			jsonForm(name, inner, fields)
		}
	}
	if path != "" && (fields[path] == "" || fields[path] == kindNothing) {
		fields[path] = kind
	}
}

// xmlForm uses local names: prefixes are the sender's choice.
func xmlForm(body []byte, fields map[string]string) {
	decoder := xml.NewDecoder(bytes.NewReader(body))
	decoder.CharsetReader = charset.NewReaderLabel
	decoder.Strict = false
	var path []string
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) || err != nil {
			return
		}
		switch token := token.(type) {
		case xml.StartElement:
			if here := strings.Join(path, "."); len(path) > 0 {
				fields[here] = kindObject
			}
			path = append(path, token.Name.Local)
			if here := strings.Join(path, "."); fields[here] == "" {
				fields[here] = kindNothing
			}
		case xml.CharData:
			here := strings.Join(path, ".")
			if len(bytes.TrimSpace(token)) > 0 && fields[here] == kindNothing {
				fields[here] = kindText
			}
		case xml.EndElement:
			if len(path) > 0 {
				path = path[:len(path)-1]
			}
		}
	}
}
