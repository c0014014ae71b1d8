package c4csim

import (
	"slices"
	"strconv"
	"strings"
)

// functions are the function imports, all GET.
var functions = map[string]func(*Simulator, parameters) (view string, rows []*row){
	"GetSocialMediaUserProfile":            (*Simulator).findProfiles,
	"GetAllChildSocialMediaActivity":       (*Simulator).findChildActivities,
	"GetServiceRequestUserLifeCycleStatus": (*Simulator).findStatuses,
}

// parameters are the function import's values without their quotes.
type parameters map[string]string

// functionParameters lists what each function import takes.
var functionParameters = map[string][]string{
	"GetSocialMediaUserProfile": {"SocialMediaUserAccountID", "BusinessPartnerInternalID",
		"ExternalPartyAccountID", "NumberOfRows", "StartRow"},
	"GetAllChildSocialMediaActivity":       {"RootSocialMediaActivityNodeID", "NumberOfRows", "StartRow"},
	"GetServiceRequestUserLifeCycleStatus": {"processingType", "currentUserStatus", "objectID"},
}

func (s *Simulator) callFunction(c *call) answer {
	name := c.odata.root
	in := parameters{}
	for key, values := range c.odata.options {
		if strings.HasPrefix(key, "$") || !slices.Contains(functionParameters[name], key) {
			continue
		}
		text, ok := stringLiteral(values[0])
		if !ok {
			return parameterError(invalidOption("Parameter " + key + " is not a string literal"))
		}
		in[key] = text
	}
	view, rows := functions[name](s, in)
	total := len(rows)
	if start, err := strconv.Atoi(in["StartRow"]); err == nil && start > 0 {
		rows = rows[min(start, len(rows)):]
	}
	if count, err := strconv.Atoi(in["NumberOfRows"]); err == nil && count > 0 {
		rows = rows[:min(count, len(rows))]
	}
	return s.page(c, entityTypes[view], rows, total)
}

func (s *Simulator) findProfiles(in parameters) (string, []*row) {
	if s.set.EmptyProfileReads {
		return typeProfile, nil
	}
	account, partner := in["SocialMediaUserAccountID"], strings.TrimLeft(in["BusinessPartnerInternalID"], "0")
	var candidates []*row
	switch {
	case account != "":
		for _, info := range s.db.find(typeUserInformation, "SocialMediaUserAccountID", account) {
			if p := s.db.get(typeProfile, info.text("ParentObjectID")); p != nil && !slices.Contains(candidates, p) {
				candidates = append(candidates, p)
			}
		}
	case partner != "":
		candidates = s.profilesOfCustomer(partner)
	default:
		candidates = s.db.all(typeProfile)
	}
	channel := in["ExternalPartyAccountID"]
	return typeProfile, filterRows(candidates, func(p *row) bool {
		if c := s.customerOf(p); partner != "" && (c == nil || c.text("CustomerID") != partner) {
			return false
		}
		return channel == "" || slices.ContainsFunc(s.db.find(typeUserInformation, "ParentObjectID", p.id),
			func(info *row) bool {
				own := info.text("ExternalPartyAccountID")
				return own == "" || own == channel // a profile made without a channel id belongs to the only channel there is
			})
	})
}

// findChildActivities returns a thread without its root, in no particular order.
func (s *Simulator) findChildActivities(in parameters) (string, []*row) {
	root := s.db.get(typeActivity, in["RootSocialMediaActivityNodeID"])
	if root == nil {
		return typeActivity, nil
	}
	children := filterRows(s.threadOf(root), func(r *row) bool { return r != root })
	slices.Reverse(children)
	return typeActivity, children
}

// findStatuses lists the user statuses that a ticket may take next.
func (s *Simulator) findStatuses(in parameters) (string, []*row) {
	current := in["currentUserStatus"]
	if t := s.db.get(typeTicket, in["objectID"]); t != nil {
		current = t.text("ServiceRequestUserLifeCycleStatusCode")
	}
	if kind := in["processingType"]; kind != "" && kind != "SRRQ" || current == "6" {
		return typeStatus, nil
	}
	return typeStatus, s.db.all(typeStatus)
}

// seedCodeLists fills the sets that come with the tenant's configuration.
func (d *store) seedCodeLists() {
	for _, st := range userStatuses {
		d.insert(typeCodeList, st.Code, startOfTenant, map[string]any{"Code": st.Code, "Description": st.Text})
		d.insert(typeStatus, st.Code, startOfTenant, map[string]any{
			"UserLifeCycleStatusCode": st.Code, "UserLifeCycleStatusCodeText": st.Text, "UserLifeCycleStatusValue": st.Text,
		})
	}
}
