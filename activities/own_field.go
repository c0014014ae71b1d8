package activities

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"

	"github.com/wechat-c4c/wechat-c4c/c4c"
)

// Kinds of the page's own fields. They are part of histories.
const (
	OwnText   = "text"
	OwnNumber = "number"
	OwnDate   = "date"
	OwnChoice = "choice"
	OwnYesNo  = "yes_no"
)

// OwnField is what a follower entered in a field that the tenant has added to the page's forms.
type OwnField struct {
	Property string `json:"property"` // OData property of C4C that it goes to
	Kind     string `json:"kind"`     // OwnText, …
	// Value has the form of its kind: 12.5, 2026-03-01, true or false, the code of a choice. Empty: none.
	Value string `json:"value,omitempty"`
}

// String is the property without the value: people entered it.
func (f OwnField) String() string { return f.Property + "=" + masked }

// GoString is String, for %#v.
func (f OwnField) GoString() string { return f.String() }

// LogValue is String, for logs.
func (f OwnField) LogValue() slog.Value { return slog.StringValue(f.String()) }

const masked = "•••"

// Masked lists properties of fields without their values, for titles that operators read.
func Masked(fields []OwnField) string {
	names := make([]string, 0, len(fields))
	for _, f := range fields {
		names = append(names, f.String())
	}
	return strings.Join(names, ", ")
}

// odata is the value as C4C takes it.
func (f OwnField) odata() any {
	switch {
	case f.Kind == OwnYesNo:
		return f.Value == "true" // C4C has no third value
	case f.Kind == OwnDate:
		return c4c.Date(f.Value)
	case f.Kind == OwnNumber && f.Value == "":
		return nil
	}
	return f.Value
}

// is reports whether C4C has the value already. A number may be written in many ways.
func (f OwnField) is(present string) bool {
	switch f.Kind {
	case OwnYesNo:
		return (f.Value == "true") == (present == "true")
	case OwnNumber:
		return PlainNumber(f.Value) == PlainNumber(present)
	}
	return f.Value == present
}

// PlainNumber is a decimal number without trailing zeros: 12.5 for 12.50000000000000. It is empty for 0, which is how
// C4C writes a number that is not set.
func PlainNumber(number string) string {
	whole, rest, fraction := strings.Cut(strings.TrimSpace(number), ".")
	if fraction {
		if rest = strings.TrimRight(rest, "0"); rest != "" {
			whole += "." + rest
		}
	}
	if whole == "0" || whole == "-0" {
		return ""
	}
	return whole
}

func propertiesOf(fields []OwnField) c4c.Properties {
	if len(fields) == 0 {
		return nil
	}
	values := c4c.Properties{}
	for _, f := range fields {
		values[f.Property] = f.odata()
	}
	return values
}

func namesOf(fields []OwnField) []string {
	var names []string
	for _, f := range fields {
		names = append(names, f.Property)
	}
	return names
}

// withOwn changes an object together with the tenant's own fields. C4C refuses a change as a whole. So if it refuses
// one with such fields, the rest is changed without them, and the error names them.
func withOwn(ctx context.Context, fields []OwnField, change func(own c4c.Properties) error) error {
	own := propertiesOf(fields)
	err := change(own)
	if len(own) == 0 || !errors.Is(err, c4c.ErrRejected) {
		return fromC4C(ctx, err)
	}
	if rest := change(nil); rest != nil {
		return fromC4C(ctx, rest)
	}
	failure := failureOf(err)
	failure.Properties = own.Named(err)
	if len(failure.Properties) == 0 {
		failure.Properties = slices.Sorted(slices.Values(namesOf(fields)))
	}
	return temporal.NewApplicationErrorWithOptions(err.Error(), ErrorC4CFieldRefused,
		temporal.ApplicationErrorOptions{NonRetryable: true, Details: []any{failure}})
}

// readWithOwn reads an object together with further properties. If C4C does not know one of them, it reads the object
// without any; read reports whether they were read.
func readWithOwn[T any](ctx context.Context, properties []string, get func(more ...string) (T, error)) (
	found T, read bool, err error,
) {
	found, err = get(properties...)
	if len(properties) == 0 || !errors.Is(err, c4c.ErrRejected) {
		return found, err == nil, err
	}
	activity.GetLogger(ctx).Warn("C4C does not show the fields of the page; the doctor says which", "properties",
		properties)
	found, err = get()
	return found, false, err
}
