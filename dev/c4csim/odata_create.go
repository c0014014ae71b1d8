package c4csim

import (
	"bytes"
	"maps"
	"net/http"
	"strings"
	"unicode"
)

// create makes the object of a draft and the children of a deep insert; if any of them is refused, nothing is stored.
func (s *Simulator) create(d draft) (*row, *problem) {
	if p := s.checkParties(d); p != nil {
		return nil, p
	}
	for _, child := range d.children {
		if p := s.checkParties(child); p != nil {
			return nil, p
		}
		if p := child.checkCodes(); p != nil {
			return nil, p
		}
	}
	var r *row
	var p *problem
	switch d.typ.name {
	case typeCustomer:
		r, p = s.createCustomer(d)
	case typeTicket:
		r = s.addTicket(d.props)
	case typeProfile:
		r, p = s.createProfile(d)
	case typeActivity:
		r, p = s.createActivity(activityDraft(d))
	default:
		r, p = s.createChild(d)
	}
	if p != nil {
		return nil, p
	}
	for _, child := range d.children {
		child.props["ParentObjectID"] = r.id
		s.addChild(child, r)
	}
	return r, nil
}

// checkParties refuses business partners, channels, statuses and codes that the tenant does not know.
func (s *Simulator) checkParties(d draft) *problem {
	for _, name := range []string{"BuyerPartyID", "BuyerMainContactPartyID", "ReportedForPartyID", "ReportedPartyID"} {
		if id := d.text(name); id != "" && d.typ.name == typeTicket && s.db.first(typeCustomer, "CustomerID", id) == nil {
			return invalid("Business partner " + id + " does not exist")
		}
	}
	if uuid := d.text("BusinessPartnerUUID"); uuid != "" && s.db.get(typeCustomer, undashed(uuid)) == nil {
		return invalid("Business partner " + uuid + " does not exist")
	}
	if code := d.text("SocialMediaChannelCode"); code != "" && code != s.opts.ChannelCode {
		return invalid("Social media channel code " + code + " is not configured")
	}
	if code := d.text("ServiceRequestUserLifeCycleStatusCode"); code != "" && d.typ.name == typeTicket {
		if st, known := statusNamed(code); !known || st.Code != code {
			return invalid("User status " + code + " is not configured")
		}
	}
	if code := d.text("RoleCode"); d.typ.name == typeCustomer && code != "" && code != "CRM000" && code != "BUP002" {
		return invalid("Role " + code + " is not possible for an individual customer")
	}
	return d.checkExtensions()
}

// createCustomer makes an individual customer. It accepts a second one with the same nickname or phone.
func (s *Simulator) createCustomer(d draft) (*row, *problem) {
	if id := d.text("CustomerID"); id != "" && s.db.first(typeCustomer, "CustomerID", id) != nil {
		return nil, invalid("Customer " + id + " already exists")
	}
	now := s.now()
	props := map[string]any{
		"CustomerID": s.db.number(typeCustomer), "LifeCycleStatusCode": "2", "CreationOn": now, "CreatedBy": "Technical User",
		"ChangedBy": "Technical User",
	}
	maps.Copy(props, d.props)
	r := s.db.add(typeCustomer, now, props)
	if r.text("UUID") == "" {
		s.db.assign(r, "UUID", r.uuid())
	}
	s.deriveCustomer(r)
	return r, nil
}

// deriveCustomer fills the read-only properties that follow from others.
func (s *Simulator) deriveCustomer(r *row) {
	s.db.assign(r, "FormattedName", fullName(r.text("FirstName"), r.text("LastName")))
	s.db.assign(r, "NormalisedPhone", normalised(r.text("Phone")))
	s.db.assign(r, "NormalisedMobile", normalised(r.text("Mobile")))
	s.db.assign(r, "RoleCodeText", map[string]string{"CRM000": "Customer", "BUP002": "Prospect"}[r.text("RoleCode")])
}

// fullName puts the family name last, or first and without a blank if both are written in Chinese.
func fullName(first, last string) string {
	chinese := func(name string) bool {
		return name != "" && !strings.ContainsFunc(name, func(c rune) bool { return !unicode.Is(unicode.Han, c) })
	}
	if chinese(first) && chinese(last) {
		return last + first
	}
	return strings.TrimSpace(first + " " + last)
}

// normalised keeps digits and a leading plus.
func normalised(phone string) string {
	return strings.Map(func(c rune) rune {
		if unicode.IsDigit(c) || c == '+' {
			return c
		}
		return -1
	}, phone)
}

func (s *Simulator) createProfile(d draft) (*row, *problem) {
	if id := d.text("ID"); id != "" && s.db.first(typeProfile, "ID", id) != nil {
		return nil, invalid("Social media user profile " + id + " already exists")
	}
	props := map[string]any{"ID": s.db.number(typeProfile)}
	for name, v := range d.props {
		if name != "AccountInternalID" && name != "AccountUUID" {
			props[name] = v
		}
	}
	if _, p := s.accountOf(d); p != nil {
		return nil, p
	}
	r := s.db.add(typeProfile, s.now(), props)
	return r, s.rebind(r, d)
}

// accountOf finds the customer that AccountInternalID or AccountUUID names.
func (s *Simulator) accountOf(d draft) (*row, *problem) {
	id, uuid := strings.TrimLeft(d.text("AccountInternalID"), "0"), d.text("AccountUUID")
	var c *row
	switch {
	case id != "":
		c = s.db.first(typeCustomer, "CustomerID", id)
	case uuid != "":
		c = s.db.get(typeCustomer, undashed(uuid))
	default:
		return nil, nil
	}
	if c == nil {
		return nil, invalid("Customer " + id + uuid + " does not exist")
	}
	return c, s.lockedProblem(c.id)
}

// rebind binds a profile to the account that a draft names, and takes the two properties out of it.
func (s *Simulator) rebind(profile *row, d draft) *problem {
	c, p := s.accountOf(d)
	if p != nil {
		return p
	}
	delete(d.props, "AccountInternalID")
	delete(d.props, "AccountUUID")
	if c != nil {
		s.bind(profile, c)
	}
	return nil
}

// activityDraft picks what the tenant itself interprets; the rest of the properties is kept as sent.
func activityDraft(d draft) newActivity {
	a := newActivity{
		messageID: d.text("SocialMediaMessageID"), parentUUID: d.text("ParentSocialMediaActivityUUID"),
		profileUUID: d.text("SocialMediaUserProfileUUID"),
		providerID:  d.text("SocialMediaActivityProviderID"), channelCode: d.text("SocialMediaChannelCode"),
		categoryCode: d.text("CategoryCode"),
		author:       d.text("SocialMediaMessageAuthor"), language: d.text("languageCode"), text: d.text("Text"),
		private: d.flag("PrivateSocialMediaMessageIndicator"), extra: map[string]any{},
	}
	if a.parentUUID == "" {
		a.parentUUID = d.text("RootSocialMediaActivityUUID")
	}
	for _, name := range []string{"SocialMediaMessageCreationDateTime", "SocialMediaMessageURI",
		"SocialMediaMessageDomain", "PriorityCode", "InitiatorCode"} {
		if v, sent := d.props[name]; sent && v != nil {
			a.extra[name] = v
		}
	}
	return a
}

// createChild makes a text, attachment, reference, user information or partner reference below its parent.
func (s *Simulator) createChild(d draft) (*row, *problem) {
	parent := s.db.get(d.typ.parent, d.text("ParentObjectID"))
	if number := d.text("CustomerID"); parent == nil && number != "" {
		parent = s.db.first(typeCustomer, "CustomerID", number)
	}
	if number := d.text("ServiceRequestID"); parent == nil && number != "" {
		parent = s.db.first(typeTicket, "ID", number)
	}
	if id := d.text("SocialMediaActivitySocialMediaMessageID"); parent == nil && id != "" {
		parent = s.db.first(typeActivity, "SocialMediaMessageID", id)
	}
	if parent == nil {
		return nil, invalid("Parent object of " + d.typ.name + " does not exist")
	}
	d.props["ParentObjectID"] = parent.id
	if p := s.childAllowed(d, parent); p != nil {
		return nil, p
	}
	return s.addChild(d, parent), nil
}

// childAllowed returns why nothing can be added to the parent now.
func (s *Simulator) childAllowed(d draft, parent *row) *problem {
	if p := s.lockedProblem(parent.id); p != nil {
		return p
	}
	if parent.typ.name == typeTicket && !openTicket(parent) && !s.takesNote(d, parent) {
		return problemReadOnly("Ticket " + parent.text("ID"))
	}
	return d.checkCodes()
}

// takesNote reports whether the tenant lets a completed ticket, unlike a closed one, accept texts.
func (s *Simulator) takesNote(d draft, ticket *row) bool {
	return s.set.CompletedNotes && d.typ.name == typeTicketText && ticket.text("ServiceRequestLifeCycleStatusCode") == "3"
}

// checkCodes refuses text types and attachment categories that do not exist.
func (d draft) checkCodes() *problem {
	switch d.typ.name {
	case typeTicketText:
		if code := d.text("TypeCode"); textTypes[code] == "" {
			return invalid("Text type " + code + " is not configured")
		}
	case typeTicketAttachment, typeActivityAttachment:
		if bytes.Contains(d.bytes("Binary"), []byte(eicar)) {
			return &problem{status: http.StatusInternalServerError, class: "CL_VSI", number: "007",
				text: "The file could not be scanned: virus found in " + d.text("Name")}
		}
		if code := d.text("CategoryCode"); code != "2" && code != "3" {
			return invalid("Attachment category " + code + " is not possible")
		}
	}
	return nil
}

func (s *Simulator) addChild(d draft, parent *row) *row {
	now := s.now()
	r := s.db.add(d.typ.name, now, d.props)
	set := func(name string, v any) {
		if d.typ.byName[name] != nil {
			s.db.assign(r, name, v)
		}
	}
	if d.typ.name != typeReference {
		set("UUID", r.uuid())
	}
	if parent.typ.name == typeTicket {
		set("ServiceRequestID", parent.text("ID"))
	}
	if d.typ.name == typeCustomerText {
		set("CustomerID", parent.text("CustomerID"))
		set("UpdatedOn", now)
	}
	if d.typ.name == typeTicketText {
		set("TypeCodeText", textTypes[r.text("TypeCode")])
		set("TextCreatedOn", now)
		set("UpdatedOn", now)
	}
	if parent.typ.name == typeActivity {
		set("SocialMediaActivitySocialMediaMessageID", parent.text("SocialMediaMessageID"))
	}
	if partner := s.db.get(typeCustomer, undashed(d.text("BusinessPartnerUUID"))); partner != nil {
		set("AccountInternalID", paddedNumber(partner.text("CustomerID")))
	}
	set("CreatedOn", now)
	set("CreatedBy", "Technical User")
	s.db.touch(parent, now)
	return r
}

// eicar is part of the file with which virus scanners are tested.
//
// https://www.eicar.org/download-anti-malware-testfile/
const eicar = "EICAR-STANDARD-ANTIVIRUS-TEST-FILE"
