package app

import (
	"fmt"

	"github.com/wechat-c4c/wechat-c4c/api/web"
	"github.com/wechat-c4c/wechat-c4c/catalogue"
	"github.com/wechat-c4c/wechat-c4c/config"
	"github.com/wechat-c4c/wechat-c4c/operate/doctor"
)

// ownFields are the fields that the account's file adds to the page's forms.
func ownFields(cfg config.Config) (ticket, customer []web.OwnField, err error) {
	fields, err := cfg.Web.OwnFields()
	if err != nil {
		return nil, nil, err
	}
	constants, err := cfg.C4C.NewCustomerFields()
	if err != nil {
		return nil, nil, err
	}
	for _, f := range fields.Ticket {
		field, err := ownField(f)
		if err != nil {
			return nil, nil, err
		}
		ticket = append(ticket, field)
	}
	for _, f := range fields.Customer {
		field, err := ownField(f)
		if err != nil {
			return nil, nil, err
		}
		if constant, ok := constants[f.Property]; ok {
			field.Constant = fmt.Sprint(constant)
		}
		customer = append(customer, field)
	}
	return ticket, customer, nil
}

func ownField(f config.WebField) (web.OwnField, error) {
	field := web.OwnField{
		Name: f.Name, Property: f.Property, Kind: f.Kind, Label: wordsOf(f.Label), Required: f.Required,
		MinLength: f.MinLength, MaxLength: f.MaxLength, Example: f.Example, Compact: f.Compact,
		Min: string(f.Min), Max: string(f.Max), Decimals: f.Decimals,
	}
	if f.Hint != nil {
		field.Hint = wordsOf(*f.Hint)
	}
	if f.Pattern != "" {
		var err error
		if field.Pattern, err = f.Matcher(); err != nil {
			return field, err
		}
	}
	for _, o := range f.Options {
		field.Options = append(field.Options, web.OwnOption{Code: o.Code, Label: wordsOf(o.Label)})
	}
	return field, nil
}

func wordsOf(w config.Words) map[catalogue.Language]string {
	return map[catalogue.Language]string{catalogue.Chinese: w.Chinese, catalogue.English: w.English}
}

// fieldChecks configures the comparison of the page's own fields with C4C.
func fieldChecks(cfg config.Config) []doctor.OwnField {
	fields, _ := cfg.Web.OwnFields() // Load has rejected unreadable settings
	var checks []doctor.OwnField
	for entity, of := range map[string][]config.WebField{
		"ServiceRequest": fields.Ticket, "IndividualCustomer": fields.Customer,
	} {
		for _, f := range of {
			checks = append(checks, doctor.OwnField{
				Entity: entity, Name: f.Name, Property: f.Property, Kind: f.Kind, MaxLength: f.MaxLength, Decimals: f.Decimals,
			})
			for _, o := range f.Options {
				last := &checks[len(checks)-1]
				last.MaxLength = max(last.MaxLength, len(o.Code))
			}
		}
	}
	return checks
}
