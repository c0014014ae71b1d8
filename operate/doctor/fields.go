package doctor

import (
	"cmp"
	"context"
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/c4c"
)

// OwnField is a field that the tenant has added to the page's forms.
type OwnField struct {
	Entity    string // entity type in $metadata: ServiceRequest, IndividualCustomer
	Name      string
	Property  string
	Kind      string // activities.OwnText, …
	MaxLength int    // of a text or a code, in characters; 0: no text
	Decimals  int    // of a number
}

// edmTypes are the types of property that each kind of field is written to.
var edmTypes = map[string][]string{
	activities.OwnText: {"Edm.String"}, activities.OwnChoice: {"Edm.String"}, activities.OwnNumber: {"Edm.Decimal"},
	activities.OwnDate: {"Edm.DateTime"}, activities.OwnYesNo: {"Edm.Boolean"},
}

// fields compares the page's own fields with $metadata. The document is large, but it alone says of which type and
// length a property is, and whether it may be written.
func (t tenant) fields(ctx context.Context) Finding {
	known, err := t.Reader.Properties(ctx)
	if err != nil {
		return failed(ctx, err)
	}
	fields := slices.Clone(t.Fields)
	slices.SortStableFunc(fields, func(a, b OwnField) int {
		return cmp.Or(cmp.Compare(a.Entity, b.Entity), cmp.Compare(a.Property, b.Property))
	})
	var wrong []words
	for _, f := range fields {
		if bad := f.compare(known[f.Entity][f.Property]); bad != nil {
			wrong = append(wrong, bad)
		}
	}
	if len(wrong) == 0 {
		return ok("all %d are properties of C4C", len(fields))
	}
	return fail(joined(wrong),
		"Create the extension field in C4C, add it to the OData service c4codataapi and let it be changed there, or correct WECHAT_C4C_WEB_FIELDS_FILE. Until then what followers enter parks as C4CFieldRefused.")
}

// compare says what is wrong with a field; nil: nothing.
func (f OwnField) compare(p Property) words {
	length, _ := strconv.Atoi(p.MaxLength)
	scale, scaled := strconv.Atoi(p.Scale)
	switch {
	case p.Name == "":
		return say("%s has no property %s (field %s).", f.Entity, f.Property, f.Name)
	case !slices.Contains(edmTypes[f.Kind], p.Type):
		return say("%s of %s is %s, and field %s needs %s.", f.Property, f.Entity, p.Type, f.Name,
			strings.Join(edmTypes[f.Kind], ", "))
	case p.Creatable == "false" || p.Updatable == "false":
		return say("%s of %s cannot be changed over OData (field %s).", f.Property, f.Entity, f.Name)
	case p.Type == "Edm.String" && length > 0 && f.MaxLength > length:
		return say("%s of %s takes %d characters, and field %s allows %d.", f.Property, f.Entity, length, f.Name, f.MaxLength)
	case p.Type == "Edm.Decimal" && scaled == nil && f.Decimals > scale:
		return say("%s of %s takes %d decimals, and field %s allows %d.", f.Property, f.Entity, scale, f.Name, f.Decimals)
	}
	return nil
}

// Property is a property of an entity type, as $metadata declares it.
type Property struct {
	Name      string `xml:"Name,attr"`
	Type      string `xml:"Type,attr"`
	MaxLength string `xml:"MaxLength,attr"`
	Scale     string `xml:"Scale,attr"`
	Creatable string `xml:"creatable,attr"`
	Updatable string `xml:"updatable,attr"`
}

// maxMetadata is more than a tenant's $metadata has, in bytes.
const maxMetadata = 64 << 20

// Properties are the properties of all entity types, by type and name.
func (r *Reader) Properties(ctx context.Context) (map[string]map[string]Property, error) {
	const op = "$metadata"
	response, err := r.open(ctx, op, "/"+op, nil, http.Header{"Accept": {"application/xml"}})
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if err := statusOf(op, response.StatusCode); err != nil {
		return nil, err
	}
	unreadable := &c4c.TransportError{
		Op: op, Status: response.StatusCode, Err: errors.New("the answer is not readable XML"),
	}
	found := map[string]map[string]Property{}
	entity := ""
	decoder := xml.NewDecoder(io.LimitReader(response.Body, maxMetadata))
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) && len(found) > 0 {
			return found, nil
		}
		if err != nil {
			return nil, unreadable
		}
		start, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		switch start.Name.Local {
		case "EntityType", "ComplexType":
			entity = ""
			for _, a := range start.Attr {
				if a.Name.Local == "Name" && start.Name.Local == "EntityType" {
					entity = a.Value
					found[entity] = map[string]Property{}
				}
			}
		case "Property":
			var p Property
			if decoder.DecodeElement(&p, &start) != nil {
				return nil, unreadable
			}
			if entity != "" {
				found[entity][p.Name] = p
			}
		}
	}
}
