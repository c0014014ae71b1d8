package c4c

import (
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"unicode/utf16"
)

// node is an XML element.
type node struct {
	name     xml.Name
	attrs    []xml.Attr
	children []*node
	text     string
}

func parseNode(r io.Reader) (*node, error) {
	d := xml.NewDecoder(r)
	root := &node{}
	stack := []*node{root}
	for {
		token, err := d.Token()
		if err == io.EOF && len(stack) == 1 && len(root.children) == 1 {
			return root.children[0], nil
		}
		if err != nil {
			return nil, err
		}
		top := stack[len(stack)-1]
		switch x := token.(type) {
		case xml.StartElement:
			n := &node{name: x.Name, attrs: x.Attr}
			top.children = append(top.children, n)
			stack = append(stack, n)
		case xml.EndElement:
			stack = stack[:len(stack)-1]
		case xml.CharData:
			top.text += string(x)
		}
	}
}

func (n *node) child(path ...string) *node {
	for _, name := range path {
		i := slices.IndexFunc(n.children, func(c *node) bool { return c.name.Local == name })
		if i < 0 {
			return &node{}
		}
		n = n.children[i]
	}
	return n
}

func (n *node) attr(name string) string {
	for _, a := range n.attrs {
		if a.Name.Local == name && a.Name.Space == "" {
			return a.Value
		}
	}
	return ""
}

// soapServices maps a service to the one message it takes.
var soapServices = map[string]string{
	"managesocialmediauserprofilein": "SocialMediaUserProfileBundleMaintainRequest_sync",
	"requestforsocialmediauserprofi": "SocialMediaUserProfileRequest_sync",
	"managesocialmediaactivityin":    "SocialMediaActivityBundleMaintainRequestsync",
	"querysocialmediaactivityin":     "SocialMediaActivityByElementsQuery_sync",
}

// soapSequences lists the children of an element in order; an exclamation mark means required, a number is the
// maximum length.
var soapSequences = map[string]string{
	"SocialMediaUserProfileBundleMaintainRequest_sync": "BasicMessageHeader! SocialMediaUserProfile!",
	"SocialMediaActivityBundleMaintainRequestsync":     "BasicMessageHeader! SocialMediaActivity!",
	"SocialMediaUserProfileRequest_sync":               "SocialMediaUserProfileSelectionByElements!",
	"SocialMediaActivityByElementsQuery_sync":          "SocialMediaActivitySelectionByElements!",
	"BasicMessageHeader":                               "ID UUID!36 ReferenceID ReferenceUUID",
	"SocialMediaUserProfile":                           "UUID:36 ID:10 SocialMediaUserCategoryCode:2 UserInformation! ContactPartyInternalID CustomerInternalID:10",
	"UserInformation": "SocialMediaUserAccountID!255 GenderCode SocialMediaChannelCode:3 FamilyName:40 GivenName:40 " +
		"SocialMediaUserName:40 ExternalPartyAccountID:255",
	"SocialMediaActivity": "SocialMediaMessageID!256 ParentSocialMediaMessageID:256 RootSocialMediaMessageID:256 " +
		"SocialMediaUserProfileID!10 SocialMediaActivityProviderID!35 InteractionContent",
	"InteractionContent":                             "Text!",
	"SocialMediaUserProfileSelectionByElements":      "SelectionBySocialMediaUserProfileUserAccountID SelectionBySocialMediaUserProfileID",
	"SocialMediaActivitySelectionByElements":         "SelectionBySocialMediaMessageID!",
	"SelectionBySocialMediaUserProfileUserAccountID": "InclusionExclusionCode! IntervalBoundaryTypeCode! LowerBoundarySocialMediaUserProfileUserAccountID!255",
	"SelectionBySocialMediaUserProfileID":            "InclusionExclusionCode! IntervalBoundaryTypeCode! LowerBoundarySocialMediaUserProfileID!10",
	"SelectionBySocialMediaMessageID":                "InclusionExclusionCode! IntervalBoundaryTypeCode! LowerBoundarySocialMediaMessageID!256",
}

// check compares an element with its sequence: names without namespace, order, required children, lengths.
func (n *node) check() error {
	sequence, known := soapSequences[n.name.Local]
	if !known && len(n.children) > 0 {
		return fmt.Errorf("%s must have no children", n.name.Local)
	}
	next := 0
	for part := range strings.FieldsSeq(sequence) {
		name, limit, required := part, 0, strings.Contains(part, "!")
		if i := strings.IndexAny(part, "!:"); i >= 0 {
			name = part[:i]
			_, _ = fmt.Sscan(part[i+1:], &limit)
		}
		if next >= len(n.children) || n.children[next].name.Local != name {
			if required {
				return fmt.Errorf("%s lacks %s at its place", n.name.Local, name)
			}
			continue
		}
		child := n.children[next]
		next++
		switch {
		case child.name.Space != "":
			return fmt.Errorf("%s is qualified", name)
		case limit > 0 && (child.text == "" || len(utf16.Encode([]rune(child.text))) > limit):
			return fmt.Errorf("%s has a wrong length", name)
		}
		for _, a := range child.attrs {
			if a.Name.Space != "" || a.Name.Local != "actionCode" || a.Value < "01" || a.Value > "06" {
				return fmt.Errorf("%s has a wrong attribute", name)
			}
		}
		if err := child.check(); err != nil {
			return err
		}
	}
	if next != len(n.children) {
		return fmt.Errorf("%s does not take %s there", n.name.Local, n.children[next].name.Local)
	}
	return nil
}

const genericFault = "Web service processing error; more details in the Web service error log on provider side " +
	"(UTC timestamp 20260102030405; Transaction ID 00163E0000001EE28000000000000005)"

func soapFaultBody(text string) string {
	return `<soap-env:Envelope xmlns:soap-env="http://schemas.xmlsoap.org/soap/envelope/"><soap-env:Header/><soap-env:Body>` +
		`<soap-env:Fault><faultcode>soap-env:Server</faultcode><faultstring xml:lang="en">` + escape(text) +
		`</faultstring><detail/></soap-env:Fault></soap-env:Body></soap-env:Envelope>`
}

func escape(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s))
	return b.String()
}

func soapEnvelope(root, inner string) string {
	return `<soap-env:Envelope xmlns:soap-env="http://schemas.xmlsoap.org/soap/envelope/"><soap-env:Header/><soap-env:Body>` +
		`<n0:` + root + ` xmlns:n0="http://sap.com/xi/SAPGlobal20/Global" xmlns:prx="urn:sap.com:proxy:XXX">` + inner +
		`</n0:` + root + `></soap-env:Body></soap-env:Envelope>`
}

func soapLogBody(typeID, note string) string {
	return soapEnvelope("Confirmation_sync", `<Log><MaximumLogItemSeverityCode>3</MaximumLogItemSeverityCode>`+
		`<Item><SeverityCode>2</SeverityCode><Note>a warning beside it</Note></Item>`+
		`<Item><TypeID>`+typeID+`</TypeID><SeverityCode>3</SeverityCode><Note>`+escape(note)+`</Note></Item></Log>`)
}

func (f *fake) serveSOAP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	w.Header().Set("Content-Type", "text/xml; charset=utf-8")
	message, err := f.openSOAP(r)
	if err != nil {
		f.complaints = append(f.complaints, err.Error())
		w.WriteHeader(http.StatusInternalServerError)
		_, _ = io.WriteString(w, soapFaultBody(genericFault))
		return
	}
	id := message.child("BasicMessageHeader", "UUID").text
	if stored, ok := f.answers[id]; ok && id != "" {
		_, _ = io.WriteString(w, stored)
		return
	}
	var answer string
	switch r.PathValue("service") {
	case "managesocialmediauserprofilein":
		answer = f.maintainProfile(message.child("SocialMediaUserProfile"))
	case "requestforsocialmediauserprofi":
		answer = f.queryProfiles(message.children[0].children)
	case "managesocialmediaactivityin":
		answer = f.maintainActivity(message.child("SocialMediaActivity"))
	default:
		answer = f.queryActivities(message.children[0].children[0].children[2].text)
	}
	if id != "" {
		f.answers[id] = answer
	}
	_, _ = io.WriteString(w, answer)
}

func (f *fake) openSOAP(r *http.Request) (*node, error) {
	root, known := soapServices[r.PathValue("service")]
	envelope, err := parseNode(r.Body)
	const soapNS = "http://schemas.xmlsoap.org/soap/envelope/"
	switch {
	case err != nil:
		return nil, err
	case !known:
		return nil, fmt.Errorf("unknown service %s", r.PathValue("service"))
	case r.Method != http.MethodPost || r.URL.Query().Get("sap-vhost") != "127.0.0.1":
		return nil, fmt.Errorf("not a POST with sap-vhost")
	case !strings.HasPrefix(r.Header.Get("Content-Type"), "text/xml"):
		return nil, fmt.Errorf("wrong content type")
	case !strings.HasPrefix(r.Header.Get("SOAPAction"), "http://sap.com/xi/A1S/Global/"):
		return nil, fmt.Errorf("no soap action")
	case r.ContentLength <= 0:
		return nil, fmt.Errorf("no content length")
	case envelope.name != xml.Name{Space: soapNS, Local: "Envelope"} || len(envelope.child("Body").children) != 1:
		return nil, fmt.Errorf("not an envelope")
	}
	message := envelope.child("Body").children[0]
	if message.name != (xml.Name{Space: "http://sap.com/xi/SAPGlobal20/Global", Local: root}) {
		return nil, fmt.Errorf("wrong root %v", message.name)
	}
	return message, message.check()
}

func (f *fake) maintainProfile(p *node) string {
	const root = "SocialMediaUserProfileBundleMaintainConfirmation_sync"
	var stored row
	user := p.child("UserInformation")
	if id := p.child("UUID").text; id != "" {
		stored = f.find("SocialMediaUserProfileCollection", "ObjectID", strings.ToUpper(strings.ReplaceAll(id, "-", "")))
		if stored == nil || p.attr("actionCode") == "01" {
			return soapLogBody("015(/CL_CDA_SMUP/)", "Profile does not exist")
		}
	} else {
		stored = f.addProfile(user.child("SocialMediaUserAccountID").text, user.child("GivenName").text)
	}
	if customer := p.child("CustomerInternalID").text; customer != "" {
		if id := stored.text("AccountInternalID"); id != "" && strings.TrimLeft(id, "0") != customer {
			return soapLogBody("016(/CL_CDA_SMUP/)", "Profile belongs to another customer")
		}
		stored["AccountInternalID"] = fmt.Sprintf("%010s", customer)
	}
	return soapEnvelope(root, `<SocialMediaUserProfile><ID>`+stored.text("ID")+`</ID><UUID>`+
		strings.ToLower(dashed(stored.text("ObjectID")))+
		`</UUID><ChangeStateID>   20171226064442.5352610</ChangeStateID></SocialMediaUserProfile>`)
}

func hits(n int) string {
	return fmt.Sprintf(
		`<ProcessingConditions><ReturnedQueryHitsNumberValue>%d</ReturnedQueryHitsNumberValue></ProcessingConditions>`, n)
}

func (f *fake) queryProfiles(selections []*node) string {
	var found strings.Builder
	n := 0
	for _, p := range f.sets["SocialMediaUserProfileCollection"] {
		users := ""
		match := false
		wanted := selections[0].children[2].text
		for _, u := range f.usersOf(p) {
			users += `<UserInformation><SocialMediaUserAccountID>` + u.text("SocialMediaUserAccountID") +
				`</SocialMediaUserAccountID><ExternalPartyAccountID>` + u.text("ExternalPartyAccountID") +
				`</ExternalPartyAccountID></UserInformation>`
			match = match || u.text("SocialMediaUserAccountID") == wanted
		}
		if selections[0].name.Local == "SelectionBySocialMediaUserProfileID" {
			match = p.text("ID") == wanted
		}
		if match {
			n++
			fmt.Fprintf(&found,
				`<SocialMediaUserProfile><ID>%s</ID><UUID>%s</UUID>%s<CustomerInternalID>%s</CustomerInternalID></SocialMediaUserProfile>`,
				p.text("ID"), strings.ToLower(dashed(p.text("ObjectID"))), users, strings.TrimLeft(p.text("AccountInternalID"),
					"0"))
		}
	}
	return soapEnvelope("SocialMediaUserProfileResponse_sync", found.String()+hits(n))
}

func (f *fake) maintainActivity(a *node) string {
	profile := f.find("SocialMediaUserProfileCollection", "ID", a.child("SocialMediaUserProfileID").text)
	if profile == nil {
		return soapLogBody("020(/CL_CDA_SMA/)", "Social media user profile does not exist")
	}
	var root row
	if id := a.child("RootSocialMediaMessageID").text; id != "" {
		if root = f.find("SocialMediaActivityCollection", "SocialMediaMessageID", id); root == nil {
			return soapLogBody("021(/CL_CDA_SMA/)", "Root message does not exist")
		}
	}
	stored := f.addActivity(a.child("SocialMediaMessageID").text, a.child("InteractionContent", "Text").text, profile,
		root)
	return soapEnvelope("SocialMediaActivityBundleMaintainConfirmationsync", `<SocialMediaActivity><UUID>`+
		strings.ToLower(stored.text("UUID"))+`</UUID><ID>`+stored.text("ID")+`</ID></SocialMediaActivity>`)
}

func (f *fake) queryActivities(messageID string) string {
	var found strings.Builder
	n := 0
	for _, a := range f.sets["SocialMediaActivityCollection"] {
		if a.text("SocialMediaMessageID") != messageID {
			continue
		}
		n++
		profile := f.find("SocialMediaUserProfileCollection", "ObjectID",
			strings.ReplaceAll(a.text("SocialMediaUserProfileUUID"), "-", ""))
		fmt.Fprintf(&found, `<SocialMediaActivity><UUID>%s</UUID><ID>%s</ID><SocialMediaMessageID>%s</SocialMediaMessageID>`+
			`<SocialMediaUserProfileID>%s</SocialMediaUserProfileID><InteractionContent><Text>%s</Text></InteractionContent></SocialMediaActivity>`,
			strings.ToLower(a.text("UUID")), a.text("ID"), messageID, profile.text("ID"), escape(a.text("Text")))
	}
	return soapEnvelope("SocialMediaActivityByElementsResponse_sync", found.String()+hits(n))
}
