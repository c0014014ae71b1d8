package c4csim

import (
	"slices"
	"strings"
)

// action is what an actionCode does to an object.
type action int

const (
	actionNothing action = iota
	actionCreate
	actionUpdate
	actionDelete
)

// decide is the actionCode table: 01 create, 02 update, 03 delete, 04 save (the default), 05 remove, 06 no action.
func decide(code string, exists bool) (action, *problem) {
	switch code {
	case "01":
		if exists {
			return actionNothing, &problem{text: "Object already exists; action code 01 cannot create it"}
		}
		return actionCreate, nil
	case "02", "03":
		if !exists {
			return actionNothing, &problem{text: "Object does not exist; action code " + code + " is not possible"}
		}
		if code == "02" {
			return actionUpdate, nil
		}
		return actionDelete, nil
	case "05":
		if exists {
			return actionDelete, nil
		}
		return actionNothing, nil
	case "06":
		return actionNothing, nil
	}
	if exists {
		return actionUpdate, nil
	}
	return actionCreate, nil
}

func (s *Simulator) maintainProfiles(request *node) (string, bool) {
	var inner strings.Builder
	var problems []problem
	for _, n := range request.children {
		if n.name != typeProfile {
			continue
		}
		r, p := s.maintainProfile(n)
		if p != nil {
			problems = append(problems, *p)
			continue
		}
		if r != nil {
			inner.WriteString("<SocialMediaUserProfile>" + element("ID", r.text("ID")) +
				element("UUID", strings.ToLower(r.uuid())) +
				element("ChangeStateID", r.changeState()) + "</SocialMediaUserProfile>")
		}
	}
	if len(problems) > 0 {
		inner.WriteString(logXML(problems...))
	}
	return inner.String(), len(problems) > 0
}

func (s *Simulator) maintainProfile(n *node) (*row, *problem) {
	r := s.profileOf(n)
	what, p := decide(n.attr("actionCode"), r != nil)
	if p != nil {
		return nil, p
	}
	if what == actionDelete {
		s.db.remove(r)
		s.changed()
		return r, nil
	}
	if what == actionNothing {
		return r, nil
	}
	if r == nil && (n.has("UUID") || n.has("ID")) && n.attr("actionCode") != "01" {
		return nil, &problem{text: "Social media user profile does not exist"}
	}
	customer, p := s.bondOf(n)
	if p != nil {
		return nil, p
	}
	if p := s.checkInformation(n, r); p != nil {
		return nil, p
	}
	now := s.now()
	if r == nil {
		r = s.db.add(typeProfile, now, map[string]any{"ID": s.db.number(typeProfile)})
	}
	if v := n.value("SocialMediaUserCategoryCode"); v != "" {
		s.db.assign(r, "SocialMediaUserCategoryCode", v)
	}
	s.saveInformation(r, n)
	if customer != nil {
		s.bind(r, customer)
	}
	s.db.touch(r, now)
	s.changed()
	return r, nil
}

// profileOf finds the profile that a node names by UUID or ID.
func (s *Simulator) profileOf(n *node) *row {
	if uuid := n.value("UUID"); uuid != "" {
		return s.db.get(typeProfile, undashed(uuid))
	}
	if id := n.value("ID"); id != "" {
		return s.db.first(typeProfile, "ID", id)
	}
	return nil
}

// bondOf finds the customer that a node names, either as customer or as contact.
func (s *Simulator) bondOf(n *node) (*row, *problem) {
	id := n.value("CustomerInternalID")
	if id == "" {
		id = n.value("ContactPartyInternalID")
	}
	if id == "" {
		return nil, nil
	}
	customer := s.db.first(typeCustomer, "CustomerID", strings.TrimLeft(id, "0"))
	if customer == nil {
		return nil, &problem{text: "Customer " + id + " does not exist"}
	}
	return customer, s.lockedProblem(customer.id)
}

func (s *Simulator) checkInformation(n *node, profile *row) *problem {
	for _, info := range n.children {
		if info.name != "UserInformation" {
			continue
		}
		if code := info.value("SocialMediaChannelCode"); code != "" && code != s.opts.ChannelCode {
			return &problem{text: "Social media channel " + code + " is not configured"}
		}
		existing := s.informationOf(profile, info.verbatim("SocialMediaUserAccountID"))
		if _, p := decide(info.attr("actionCode"), existing != nil); p != nil {
			return p
		}
	}
	return nil
}

func (s *Simulator) informationOf(profile *row, account string) *row {
	if profile == nil {
		return nil
	}
	for _, r := range s.db.find(typeUserInformation, "ParentObjectID", profile.id) {
		if r.text("SocialMediaUserAccountID") == account {
			return r
		}
	}
	return nil
}

// saveInformation applies the UserInformation nodes. Code 02 overwrites the whole row; 04 changes only what is sent.
func (s *Simulator) saveInformation(profile *row, n *node) {
	var sent []string
	for _, info := range n.children {
		if info.name != "UserInformation" {
			continue
		}
		account := info.verbatim("SocialMediaUserAccountID")
		sent = append(sent, account)
		existing := s.informationOf(profile, account)
		code := info.attr("actionCode")
		what, _ := decide(code, existing != nil) // checkInformation refused the rest
		if what == actionDelete {
			s.db.remove(existing)
			continue
		}
		if what == actionNothing {
			continue
		}
		if existing == nil {
			existing = s.db.add(typeUserInformation, s.now(),
				map[string]any{"ParentObjectID": profile.id, "SocialMediaUserAccountID": account})
		}
		overwrite := code == "02" || n.attr("actionCode") == "02"
		for _, name := range []string{"SocialMediaChannelCode", "FamilyName", "GivenName", "SocialMediaUserName",
			"ExternalPartyAccountID"} {
			if info.has(name) || overwrite {
				s.db.assign(existing, name, strings.TrimSpace(info.verbatim(name)))
			}
		}
	}
	if !isTrue(n.attr("userInformationListCompleteTransmissionIndicator")) {
		return
	}
	for _, r := range s.db.find(typeUserInformation, "ParentObjectID", profile.id) {
		if !slices.Contains(sent, r.text("SocialMediaUserAccountID")) {
			s.db.remove(r)
		}
	}
}

// bind connects a profile with a customer, as a tenant shows it over OData: the customer's number padded with zeros.
func (s *Simulator) bind(profile, customer *row) {
	s.db.assign(profile, "AccountInternalID", paddedNumber(customer.text("CustomerID")))
	s.db.assign(profile, "AccountUUID", customer.uuid())
}

// paddedNumber is a business partner's number in the ten digits that OData shows.
func paddedNumber(number string) string { return strings.Repeat("0", max(0, 10-len(number))) + number }

// customerOf is the customer that a profile is bound to, directly or through a business partner reference, or nil.
func (s *Simulator) customerOf(profile *row) *row {
	if profile == nil {
		return nil
	}
	if id := strings.TrimLeft(profile.text("AccountInternalID"), "0"); id != "" {
		return s.db.first(typeCustomer, "CustomerID", id)
	}
	for _, ref := range s.db.find(typeBupaReference, "ParentObjectID", profile.id) {
		if c := s.db.get(typeCustomer, undashed(ref.text("BusinessPartnerUUID"))); c != nil {
			return c
		}
	}
	return nil
}

func (s *Simulator) queryProfiles(request *node) (string, bool) {
	ranges := request.child("SocialMediaUserProfileSelectionByElements")
	hits := func(r *row) bool {
		return selected(ranges, "SelectionBySocialMediaUserProfileID", "LowerBoundarySocialMediaUserProfileID",
			r.text("ID")) &&
			selected(ranges, "SelectionBySocialMediaUserProfileUserAccountID",
				"LowerBoundarySocialMediaUserProfileUserAccountID", s.accountsOf(r)...)
	}
	var rows []*row
	if !s.set.EmptyProfileReads {
		rows = filterRows(s.candidateProfiles(ranges), hits)
	}
	return answerQuery(request, rows, func(r *row) string {
		var b strings.Builder
		b.WriteString(element("ID", r.text("ID")) + element("UUID", strings.ToLower(r.uuid())) +
			optional("SocialMediaUserCategoryCode", r.text("SocialMediaUserCategoryCode")))
		for _, info := range s.db.find(typeUserInformation, "ParentObjectID", r.id) {
			b.WriteString("<UserInformation>" + element("SocialMediaUserAccountID", info.text("SocialMediaUserAccountID")))
			for _, name := range []string{"SocialMediaChannelCode", "FamilyName", "GivenName", "SocialMediaUserName",
				"ExternalPartyAccountID"} {
				b.WriteString(optional(name, info.text(name)))
			}
			b.WriteString("</UserInformation>")
		}
		if customer := s.customerOf(r); customer != nil {
			b.WriteString(element("CustomerInternalID", customer.text("CustomerID")))
		}
		return "<SocialMediaUserProfile>" + b.String() + "</SocialMediaUserProfile>"
	}), false
}

// accountsOf lists the account ids (openids) of a profile.
func (s *Simulator) accountsOf(profile *row) []string {
	var out []string
	for _, info := range s.db.find(typeUserInformation, "ParentObjectID", profile.id) {
		out = append(out, info.text("SocialMediaUserAccountID"))
	}
	return out
}

// candidateProfiles uses an index for the usual query by one account, and reads everything for any other.
func (s *Simulator) candidateProfiles(ranges *node) []*row {
	account, ok := plainRange(ranges, "SelectionBySocialMediaUserProfileUserAccountID",
		"LowerBoundarySocialMediaUserProfileUserAccountID")
	if !ok {
		return s.db.all(typeProfile)
	}
	var out []*row
	for _, info := range s.db.find(typeUserInformation, "SocialMediaUserAccountID", account) {
		if p := s.db.get(typeProfile, info.text("ParentObjectID")); p != nil && !slices.Contains(out, p) {
			out = append(out, p)
		}
	}
	return out
}
