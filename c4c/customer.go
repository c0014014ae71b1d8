package c4c

import (
	"cmp"
	"context"
	"slices"
	"strings"
)

// RoleCustomer is the role code of a customer, the default of [NewCustomer]; the other common one is BUP002, prospect.
const RoleCustomer = "CRM000"

// Customer is an individual customer.
type Customer struct {
	ObjectID    string // OData key, 32 hexadecimal digits in upper case
	ID          string // CustomerID, the number that agents see
	UUID        string // upper case with dashes
	RoleCode    string
	Status      string // life cycle: 1 in preparation, 2 active, 3 blocked, 4 obsolete
	FirstName   string
	LastName    string
	NickName    string
	Mobile      string
	Phone       string
	Email       string
	Street      string
	City        string
	PostalCode  string
	CountryCode string
	ETag        string // for UpdateCustomer
	// More are the further properties that the caller has asked for; see [Client.CustomerByID].
	More map[string]string
}

// NewCustomer is a customer to create. Values longer than their field are cut; empty fields are omitted.
type NewCustomer struct {
	FirstName    string // at most 40 characters
	LastName     string // at most 40, required
	NickName     string // at most 40
	Mobile       string // at most 40
	Phone        string // at most 40
	Email        string // at most 255
	Street       string // at most 60
	City         string // at most 40
	PostalCode   string // at most 10
	CountryCode  string // ISO 3166-1, two letters
	LanguageCode string // ISO 639-1, two letters
	RoleCode     string // empty: RoleCustomer
}

// CustomerChange contains the fields to change; nil fields stay as they are. Lengths are those of [NewCustomer].
type CustomerChange struct {
	FirstName   *string
	LastName    *string
	NickName    *string
	Mobile      *string
	Phone       *string
	Email       *string
	Street      *string
	City        *string
	PostalCode  *string
	CountryCode *string
	// More are further properties. No error contains their values.
	More Properties
}

const customerSet = "IndividualCustomerCollection"

var customerFields = propertiesOf[customerEntity]()

const statusObsolete = "4"

type customerEntity struct {
	identity
	CustomerID  string `json:"CustomerID"`
	UUID        string `json:"UUID"`
	RoleCode    string `json:"RoleCode"`
	Status      string `json:"LifeCycleStatusCode"`
	FirstName   string `json:"FirstName"`
	LastName    string `json:"LastName"`
	NickName    string `json:"NickName"`
	Mobile      string `json:"Mobile"`
	Phone       string `json:"Phone"`
	Email       string `json:"Email"`
	Street      string `json:"Street"`
	City        string `json:"City"`
	PostalCode  string `json:"StreetPostalCode"`
	CountryCode string `json:"CountryCode"`
}

// customerChangeEntity is the body of a create or an update: nil fields are not sent.
type customerChangeEntity struct {
	RoleCode     *string `json:"RoleCode,omitempty"`
	LanguageCode *string `json:"LanguageCode,omitempty"`
	FirstName    *string `json:"FirstName,omitempty"`
	LastName     *string `json:"LastName,omitempty"`
	NickName     *string `json:"NickName,omitempty"`
	Mobile       *string `json:"Mobile,omitempty"`
	Phone        *string `json:"Phone,omitempty"`
	Email        *string `json:"Email,omitempty"`
	Street       *string `json:"Street,omitempty"`
	City         *string `json:"City,omitempty"`
	PostalCode   *string `json:"StreetPostalCode,omitempty"`
	CountryCode  *string `json:"CountryCode,omitempty"`
}

// FindCustomer returns the customer with this nickname, which contains a follower's OpenID. Of several it returns the
// oldest that is not obsolete; [ErrNotFound] if there is none.
//
// Source: help.sap.com, OData API of C4C, IndividualCustomerCollection.
func (c *Client) FindCustomer(ctx context.Context, nickName string) (Customer, error) {
	return c.findCustomer(ctx, "find customer", "NickName", nickName, func(e customerEntity) likeness {
		return same(e.NickName, nickName)
	})
}

// CustomerByID returns the customer with this number (CustomerID), or [ErrNotFound]. more is as for
// [Client.TicketByID].
func (c *Client) CustomerByID(ctx context.Context, id string, more ...string) (Customer, error) {
	return c.findCustomer(ctx, "customer by id", "CustomerID", id, func(e customerEntity) likeness {
		return sameNumber(e.CustomerID, id)
	}, more...)
}

// CreateCustomer creates a customer. C4C accepts a second one with the same nickname: look first whenever an earlier
// attempt may have been processed. An empty last name is an [ArgumentError].
func (c *Client) CreateCustomer(ctx context.Context, n NewCustomer) (Customer, error) {
	const op = "create customer"
	sent := func(s string) *string {
		if s == "" {
			return nil
		}
		return &s
	}
	in := customerChangeEntity{
		RoleCode: sent(cmp.Or(n.RoleCode, RoleCustomer)), LanguageCode: sent(strings.ToUpper(n.LanguageCode)),
		FirstName: sent(n.FirstName), LastName: sent(n.LastName), NickName: sent(n.NickName), Mobile: sent(n.Mobile),
		Phone: sent(n.Phone), Email: sent(n.Email), Street: sent(n.Street), City: sent(n.City),
		PostalCode: sent(n.PostalCode), CountryCode: sent(n.CountryCode),
	}
	in.cut()
	if in.LastName == nil || *in.LastName == "" {
		return Customer{}, &ArgumentError{Op: op, Field: "LastName", Reason: "is empty"}
	}
	body, err := c.mandatory.with(in)
	if err != nil {
		return Customer{}, &TransportError{Op: op, Unsent: true, Err: errNotJSON}
	}
	e, err := create[customerEntity](ctx, c.odata, op, customerSet, body, func(e customerEntity) likeness {
		if in.NickName == nil {
			return unsaid
		}
		return kept(e.NickName, *in.NickName)
	})
	if err != nil {
		return Customer{}, err
	}
	return e.customer(), nil
}

// UpdateCustomer changes a customer. With an etag it fails with [ErrConflict] if the customer has changed since it
// was read. A change without fields makes no call.
func (c *Client) UpdateCustomer(ctx context.Context, objectID, etag string, change CustomerChange) error {
	const op = "update customer"
	path, err := entity(op, customerSet, objectID)
	if err != nil {
		return err
	}
	in := customerChangeEntity{
		FirstName: change.FirstName, LastName: change.LastName, NickName: change.NickName, Mobile: change.Mobile,
		Phone: change.Phone, Email: change.Email, Street: change.Street, City: change.City,
		PostalCode: change.PostalCode, CountryCode: change.CountryCode,
	}
	if in == (customerChangeEntity{}) && len(change.More) == 0 {
		return nil
	}
	in.cut()
	if in.LastName != nil && *in.LastName == "" {
		return &ArgumentError{Op: op, Field: "LastName", Reason: "is empty"}
	}
	body, err := change.More.with(in)
	if err != nil {
		return &TransportError{Op: op, Unsent: true, Err: errNotJSON}
	}
	return change.More.conceal(patch(ctx, c.odata, op, path, etag, body))
}

// cut shortens each field to the length in $metadata, in copies, because the values are the caller's.
func (e *customerChangeEntity) cut() {
	for _, f := range []struct {
		value **string
		max   int
	}{
		{&e.RoleCode, 6}, {&e.LanguageCode, 2}, {&e.FirstName, maxName}, {&e.LastName, maxName}, {&e.NickName, maxName},
		{&e.Mobile, 40}, {&e.Phone, 40}, {&e.Email, 255}, {&e.Street, 60}, {&e.City, 40}, {&e.PostalCode, 10},
		{&e.CountryCode, 3},
	} {
		if *f.value != nil {
			short := field(**f.value, f.max)
			*f.value = &short
		}
	}
}

func (c *Client) findCustomer(
	ctx context.Context, op, property, value string, is func(customerEntity) likeness, more ...string,
) (Customer, error) {
	filter, err := equal(op, property, value)
	if err != nil {
		return Customer{}, err
	}
	found, err := readLike(ctx, c.odata, op, customerSet,
		query{"$filter": filter, "$select": selecting(customerFields, more)},
		func(e withMore[customerEntity]) likeness { return is(e.entity) })
	if err != nil {
		return Customer{}, err
	}
	if len(found) == 0 {
		return Customer{}, notFound(op)
	}
	first := slices.MinFunc(found, func(one, other withMore[customerEntity]) int {
		a, b := one.entity, other.entity
		if obsolete := a.Status == statusObsolete; obsolete != (b.Status == statusObsolete) {
			if obsolete {
				return 1
			}
			return -1
		}
		return older(a.CustomerID, b.CustomerID)
	})
	customer := first.entity.customer()
	customer.More = first.more(more)
	return customer, nil
}

func (e customerEntity) customer() Customer {
	return Customer{
		ObjectID: objectID(e.ObjectID), ID: e.CustomerID, UUID: canonicalUUID(cmp.Or(e.UUID, e.ObjectID)),
		RoleCode: e.RoleCode, Status: e.Status, FirstName: e.FirstName, LastName: e.LastName, NickName: e.NickName,
		Mobile: e.Mobile, Phone: e.Phone, Email: e.Email, Street: e.Street, City: e.City, PostalCode: e.PostalCode,
		CountryCode: e.CountryCode, ETag: e.Metadata.ETag,
	}
}
