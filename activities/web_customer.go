package activities

import (
	"context"
	"errors"
	"slices"

	"github.com/wechat-c4c/wechat-c4c/c4c"
)

// CustomerData is what followers enter about themselves. Lengths are those of C4C's individual customer.
type CustomerData struct {
	FirstName  string `json:"first_name,omitempty"`
	LastName   string `json:"last_name"`
	Mobile     string `json:"mobile"`
	Email      string `json:"email,omitempty"`
	Street     string `json:"street,omitempty"`
	City       string `json:"city,omitempty"`
	PostalCode string `json:"postal_code,omitempty"`
}

// SaveCustomerInput is the data of the follower's customer.
type SaveCustomerInput struct {
	Follower
	CustomerID string       `json:"customer_id"`
	Data       CustomerData `json:"data"`
	// Keep lists the fields that stay as they are in C4C, whatever Data contains: email, street, city, postal_code.
	Keep []string `json:"keep,omitempty"`
	// Fields are those that the tenant has added to the page's form.
	Fields []OwnField `json:"fields,omitempty"`
}

// SaveCustomer writes the data of the follower's customer. Repeating it changes nothing.
func (a *C4C) SaveCustomer(ctx context.Context, in SaveCustomerInput) error {
	client, err := a.client(in.Account)
	if err != nil {
		return err
	}
	customer, _, err := readWithOwn(ctx, namesOf(in.Fields), func(more ...string) (c4c.Customer, error) {
		return client.CustomerByID(ctx, in.CustomerID, more...)
	})
	if err != nil {
		return fromC4C(ctx, err)
	}
	return withOwn(ctx, changed(in.Fields, customer.More), func(own c4c.Properties) error {
		change := in.change()
		change.More = own
		return client.UpdateCustomer(ctx, customer.ObjectID, customer.ETag, change)
	})
}

// changed are the fields whose values C4C does not have yet, as far as it shows them.
func changed(fields []OwnField, present map[string]string) []OwnField {
	return slices.DeleteFunc(slices.Clone(fields), func(f OwnField) bool {
		value, shown := present[f.Property]
		return shown && f.is(value)
	})
}

func (in SaveCustomerInput) change() c4c.CustomerChange {
	d := in.Data
	said := func(name string, value *string) *string {
		if slices.Contains(in.Keep, name) {
			return nil
		}
		return value
	}
	return c4c.CustomerChange{
		FirstName: &d.FirstName, LastName: &d.LastName, Mobile: &d.Mobile, Email: said("email", &d.Email),
		Street: said("street", &d.Street), City: said("city", &d.City), PostalCode: said("postal_code", &d.PostalCode),
	}
}

// CustomerQuery asks for the follower's customer. CustomerID saves the look-up by openid; may be empty.
type CustomerQuery struct {
	Follower
	CustomerID string `json:"customer_id,omitempty"`
	// Properties are further ones to read, for the fields that the tenant has added to the page's form.
	Properties []string `json:"properties,omitempty"`
}

// CustomerView is the follower's customer. Without an ID, there is no customer yet.
type CustomerView struct {
	ID   string       `json:"id,omitempty"`
	Data CustomerData `json:"data"`
	// Fields are the values of the further properties; nil: C4C does not show them.
	Fields map[string]string `json:"fields,omitempty"`
}

// ReadCustomer reads the follower's customer. Having none is not an error.
func (a *C4C) ReadCustomer(ctx context.Context, in CustomerQuery) (CustomerView, error) {
	client, err := a.client(in.Account)
	if err != nil {
		return CustomerView{}, err
	}
	id, err := customerID(ctx, client, in)
	if err != nil || id == "" {
		return CustomerView{}, fromC4C(ctx, err)
	}
	c, _, err := readWithOwn(ctx, in.Properties, func(more ...string) (c4c.Customer, error) {
		return client.CustomerByID(ctx, id, more...)
	})
	if err != nil {
		return CustomerView{}, fromC4C(ctx, err)
	}
	phone := c.Mobile
	if phone == "" {
		phone = c.Phone
	}
	return CustomerView{ID: c.ID, Data: CustomerData{
		FirstName: c.FirstName, LastName: c.LastName, Mobile: phone, Email: c.Email, Street: c.Street, City: c.City,
		PostalCode: c.PostalCode,
	}, Fields: c.More}, nil
}

// customerID finds the number of the follower's customer by the openid: through the profile's bond, or by the
// nickname; empty: there is none.
func customerID(ctx context.Context, client *c4c.Client, in CustomerQuery) (string, error) {
	if in.CustomerID != "" {
		return in.CustomerID, nil
	}
	profile, err := client.Social().FindProfile(ctx, in.OpenID)
	if err != nil && !errors.Is(err, c4c.ErrNotFound) {
		return "", err
	}
	if profile.CustomerID != "" {
		return profile.CustomerID, nil
	}
	customer, err := client.FindCustomer(ctx, in.OpenID)
	if errors.Is(err, c4c.ErrNotFound) {
		return "", nil
	}
	return customer.ID, err
}
