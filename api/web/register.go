package web

import (
	"maps"
	"net/http"
	"net/mail"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/wechat-c4c/wechat-c4c/catalogue"
	"github.com/wechat-c4c/wechat-c4c/conversation"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// maxName is the length of FirstName and of LastName of C4C's individual customer, in characters.
const maxName = 40

// Field lengths of C4C's individual customer, in characters.
var customerFields = []struct {
	name string
	max  int
}{{"name", 2*maxName + 1}, {"phone", 40}, {"email", 255}, {"street", 60}, {"city", 40}, {"postal", 10}}

type accountView struct {
	Values     map[string]string
	Bad        map[string]*fault
	CustomerID string
	Consented  bool
	Saved      bool // C4C has the entered data
	Received   bool // it is on its way to C4C
	Stale      int  // minutes
	Unread     bool // it is unknown what C4C has; empty fields stay as they are there
	PrivacyURL string
	Erasure    bool // followers may delete what is stored about them
	Own        []fieldView
	OwnUnread  bool // C4C does not show the tenant's own fields; empty ones stay as they are there
}

// savedDone replaces the submission's key in the address once C4C has the data.
const savedDone = "done"

// showAccount shows the follower's known data for editing.
func (s *Site) showAccount(c echo.Context) error {
	saved := c.QueryParam("saved")
	if _, ok := s.resultOf(c, saved); ok {
		s.markArrived(c) // the customer may have been read before
		return c.Redirect(http.StatusSeeOther, "/web/account?saved="+savedDone)
	}
	view := accountView{
		Values: map[string]string{}, PrivacyURL: s.PrivacyURL, Erasure: s.Erasure, Saved: saved == savedDone,
		Received: saved != "" && saved != savedDone,
	}
	status := s.followStatus(c.Request().Context(), sessionOf(c).OpenID)
	view.Consented = status.Consent.Version == s.PrivacyVersion
	customer, old, err := s.readCustomer(c.Request().Context(), sessionOf(c))
	// Data from before the change must not be in the form: saving it again would undo the change.
	if view.Unread = err != nil || saved != "" && old > 0; !view.Unread {
		view.Stale, view.CustomerID = int(old.Minutes()), customer.ID
		d := customer.Data
		view.Values = map[string]string{"phone": localPhone(d.Mobile), "email": d.Email, "street": d.Street, "city": d.City,
			"postal": d.PostalCode, "name": registeredName(d)}
		maps.Copy(view.Values, s.ownOf(customer))
		view.OwnUnread = customer.ID != "" && customer.Fields == nil && len(s.CustomerFields) > 0
	}
	view.Own = s.own(s.CustomerFields, view.Values, nil)
	return s.render(c, http.StatusOK, "account", "web_account", view)
}

// registeredName is the name of a customer; empty if the customer has not registered.
func registeredName(d workflows.CustomerData) string {
	if placeholder(d.LastName) {
		return ""
	}
	return joinName(d.FirstName, d.LastName)
}

// placeholder reports whether a name is that of a customer who has not registered.
func placeholder(lastName string) bool {
	for _, lang := range catalogue.Languages() {
		if strings.HasPrefix(lastName, catalogue.Text(lang, catalogue.CustomerPlaceholder)) {
			return true
		}
	}
	return false
}

// register saves the follower's data. Only the session identifies the follower: no name or phone number finds a
// customer.
func (s *Site) register(c echo.Context, f *form) error {
	data, keep := f.customer()
	fields := s.readOwn(f, s.CustomerFields, f.get("unread") != "" || f.get("own_unread") != "")
	if f.get("consent") == "" {
		f.fail("consent", "web_bad_consent")
	}
	own := sessionOf(c)
	again := func() error {
		return s.showAgain(c, f, "account", "web_account", accountView{
			Values: f.shown(), Bad: f.bad, PrivacyURL: s.PrivacyURL, Erasure: s.Erasure, Unread: f.get("unread") != "",
			Own: s.own(s.CustomerFields, f.shown(), f.bad), OwnUnread: f.get("own_unread") != "",
		})
	}
	if len(f.bad) > 0 {
		return again()
	}
	now := s.Now().Unix()
	request := conversation.RegisterRequest{
		Key: f.get("key"), OpenID: own.OpenID, At: now,
		Registration: conversation.Registration{
			Customer: data, Keep: keep, Fields: fields, Consent: conversation.Consent{Version: s.PrivacyVersion, At: now},
		},
	}
	request.Content = s.contentOf(own, f, workflows.UpdateRegister, data, keep, fields)
	result, err := s.submit(c, Submission{
		Update: workflows.UpdateRegister, Key: request.Key, Content: request.Content,
		Request: request, Inbound: request.Inbound(),
	})
	if sentBefore(c, f, "name", err) {
		return again()
	}
	if err != nil {
		return err
	}
	saved := request.Key
	if result.Done {
		saved = savedDone
	}
	return s.answerDone(c, result, "/web/account?saved="+saved)
}

// optionalFields are the fields that may stay empty, and their names in CustomerData.
var optionalFields = map[string]string{"email": "email", "street": "street", "city": "city", "postal": "postal_code"}

// customer reads the data of a form and records its errors. keep lists the fields to leave unchanged: fields missing
// from the form, and empty fields of a form that was shown without C4C's data.
func (f *form) customer() (d workflows.CustomerData, keep []string) {
	for _, field := range customerFields {
		if runes(f.get(field.name)) > field.max {
			f.fail(field.name, "web_bad_long", "max", field.max)
		}
	}
	for name, kept := range optionalFields {
		if !f.values.Has(name) || f.get("unread") != "" && f.get(name) == "" {
			keep = append(keep, kept)
		}
	}
	slices.Sort(keep)
	d.FirstName, d.LastName = splitName(f.get("name"))
	d.Email, d.Street, d.City, d.PostalCode = f.get("email"), f.get("street"), f.get("city"), f.get("postal")
	if d.LastName == "" {
		f.fail("name", "web_bad_required")
	}
	if runes(d.FirstName) > maxName || runes(d.LastName) > maxName {
		f.fail("name", "web_bad_name", "max", maxName)
	}
	if f.get("phone") == "" {
		f.fail("phone", "web_bad_required")
	}
	phone, ok := normalPhone(f.get("phone"))
	if !ok {
		f.fail("phone", "web_bad_phone")
	}
	d.Mobile = phone
	if d.Email != "" && !isEmail(d.Email) {
		f.fail("email", "web_bad_email")
	}
	return d, keep
}

func isEmail(s string) bool {
	parsed, err := mail.ParseAddress(s)
	return err == nil && parsed.Address == s && strings.Contains(s[strings.LastIndex(s, "@"):], ".")
}

// shown are the values as entered.
func (f *form) shown() map[string]string {
	values := map[string]string{}
	for name := range f.values {
		values[name] = f.get(name)
	}
	return values
}

type privacyView struct {
	Version string
	Erasure bool
	Back    string // the view that led here
	Fields  string // labels of the tenant's own fields
	about
}

func (s *Site) showPrivacy(c echo.Context) error {
	view := privacyView{
		Version: s.PrivacyVersion, Erasure: s.Erasure, Back: "/web/account", Fields: s.labels(s.language(c)),
		about: s.about(c),
	}
	if c.QueryParam("from") == "home" {
		view.Back = "/web/"
	}
	return s.render(c, http.StatusOK, "privacy", "web_privacy_name", view)
}
