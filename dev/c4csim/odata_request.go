package c4csim

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

const odataPath = "/sap/c4c/odata/v1/c4codataapi/"

// odataRequest is the address of an OData call: what it names, and its query options.
type odataRequest struct {
	method   string // after tunnelling through X-HTTP-Method
	root     string // entity set, function import, $metadata, $batch or "" for the service document
	keyed    bool
	key      string
	path     []string // what follows the first segment: a navigation, $count, Binary, $value
	options  url.Values
	pageFrom int // $skiptoken - 1
	skip     int
	top      int // -1: all
	sel      []string
	expand   []string
}

var (
	patternSegment = regexp.MustCompile(`^([A-Za-z]\w*)(?:\((?:ObjectID=)?'([^']*)'\))?$`)
	optionNames    = []string{"$filter", "$top", "$skip", "$skiptoken", "$orderby", "$inlinecount", "$select", "$expand",
		"$format"}
)

// operation is the name under which a call is recorded and matched by fault rules, e.g. "GET
// ServiceRequestCollection/ServiceRequestTextCollection".
func (o odataRequest) operation() string {
	name := o.root
	if name == "" {
		name = "$service"
	}
	return strings.Join(append([]string{o.method + " " + name}, o.path...), "/")
}

func (o odataRequest) wantsCount() bool {
	return len(o.path) > 0 && o.path[len(o.path)-1] == "$count"
}

func parseODataRequest(r *http.Request) (odataRequest, error) {
	o := odataRequest{method: r.Method, top: -1}
	if tunnelled := strings.ToUpper(r.Header.Get("X-HTTP-Method")); r.Method == http.MethodPost && tunnelled != "" {
		o.method = tunnelled
	}
	if o.method == "MERGE" || o.method == http.MethodPut {
		o.method = http.MethodPatch
	}
	var problem error
	segments := strings.Split(strings.Trim(strings.TrimPrefix(r.URL.Path, odataPath[:len(odataPath)-1]), "/"), "/")
	if segments[0] != "" && segments[0][0] != '$' {
		m := patternSegment.FindStringSubmatch(segments[0])
		if m == nil {
			problem = invalidOption("Malformed URI segment")
			m = []string{"", segments[0], ""}
		}
		o.root, o.key, o.keyed = m[1], m[2], strings.Contains(segments[0], "(")
	} else {
		o.root = segments[0]
	}
	o.path = segments[1:]
	if err := o.parseOptions(r.URL.RawQuery); err != nil && problem == nil {
		problem = err
	}
	return o, problem
}

// optionError is a system query option that the service does not support.
type optionError struct{ text string }

func (e optionError) Error() string { return e.text }

func invalidOption(text string) error { return optionError{text} }

func (o *odataRequest) parseOptions(raw string) error {
	var err error
	if o.options, err = url.ParseQuery(raw); err != nil {
		return invalidOption("Malformed query string")
	}
	for name, values := range o.options {
		if strings.HasPrefix(name, "$") && (!slices.Contains(optionNames, name) || len(values) != 1) {
			return invalidOption("System query option " + name + " is not supported here")
		}
	}
	number := func(name string, into *int) {
		if v := o.options.Get(name); v != "" && err == nil {
			n, e := strconv.Atoi(v)
			if e != nil || n < 0 {
				err = invalidOption("Invalid value for " + name)
			}
			*into = n
		}
	}
	token := 1
	number("$top", &o.top)
	number("$skip", &o.skip)
	number("$skiptoken", &token)
	if err != nil {
		return err
	}
	o.pageFrom = max(token-1, 0)
	o.sel, o.expand = list(o.options.Get("$select")), list(o.options.Get("$expand"))
	if v := o.options.Get("$inlinecount"); v != "" && v != "allpages" && v != "none" {
		return invalidOption("Invalid value for $inlinecount")
	}
	return nil
}

func list(text string) []string {
	var out []string
	for v := range strings.SplitSeq(text, ",") {
		if v = strings.TrimSpace(v); v != "" {
			out = append(out, v)
		}
	}
	return out
}
