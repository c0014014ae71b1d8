package c4csim

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func query(path, option, value string) string {
	return path + "?" + option + "=" + url.QueryEscape(value)
}

func TestODataWritesNeedTheTokenAndItsCookies(t *testing.T) {
	t.Parallel()
	n := setup(t)
	const body = `{"LastName":"Test","RoleCode":"CRM000"}`
	post := func(header ...string) reply {
		return n.do(http.MethodPost, odataPath+"IndividualCustomerCollection", body,
			append([]string{"Accept", "application/json", "Content-Type", "application/json"}, header...)...)
	}
	refused := func(r reply) {
		require.Equal(t, http.StatusForbidden, r.status)
		require.Equal(t, "Required", r.header.Get("x-csrf-token"))
		require.Equal(t, "CSRF token validation failed", r.body)
	}
	refused(post())
	fetched := n.do(http.MethodGet, odataPath, "", "Accept", "application/json", "x-csrf-token", "Fetch")
	token := fetched.header.Get("x-csrf-token")
	require.Len(t, fetched.header.Values("Set-Cookie"), 3)
	require.Equal(t, http.StatusCreated, post("x-csrf-token", token).status)
	require.Equal(t, http.StatusCreated, post("x-csrf-token", token, "Authorization", "").status, "a session is a logon")
	refused(post("x-csrf-token", token+"x"))

	jar := n.client.Jar
	n.client.Jar = nil
	refused(post("x-csrf-token", token))
	var some []string
	for _, c := range fetched.header.Values("Set-Cookie")[:2] {
		some = append(some, strings.Split(c, ";")[0])
	}
	refused(post("x-csrf-token", token, "Cookie", strings.Join(some, "; ")))
	n.client.Jar = jar

	n.control(http.MethodPost, "clock", `{"advance":"31m"}`, nil)
	refused(post("x-csrf-token", token))
	again := n.do(http.MethodGet, odataPath, "", "Accept", "application/json", "x-csrf-token",
		"fetch").header.Get("x-csrf-token")
	require.NotEqual(t, token, again)
	require.Equal(t, http.StatusCreated, post("x-csrf-token", again).status)
	n.control(http.MethodPost, "csrf/expire", "", nil)
	refused(post("x-csrf-token", again))
	require.Equal(t, http.StatusUnauthorized, n.do(http.MethodGet, odataPath, "", "Authorization", "Basic eDp5", "Accept",
		"application/json").status)
}

func TestCustomerLifeCycle(t *testing.T) {
	t.Parallel()
	n := setup(t)
	created := n.odata(http.MethodPost, "IndividualCustomerCollection",
		`{"LastName":"张","FirstName":"三","RoleCode":"CRM000","NickName":"`+follower+
			`","Mobile":"+86 138-0000-0001","ObjectID":"IGNORED"}`)
	require.Equal(t, http.StatusCreated, created.status, created.body)
	c := object(t, created)
	key := c["ObjectID"].(string)
	require.Regexp(t, `^[0-9A-F]{32}$`, key)
	require.Equal(t, n.url+odataPath+"IndividualCustomerCollection('"+key+"')", created.header.Get("location"))
	require.Regexp(t, `^W/"datetimeoffset'2026-03-02T08%3A30%3A00\.\d{7}Z'"$`, created.header.Get("etag"))
	require.Equal(t, "2.0", created.header.Get("dataserviceversion"))
	require.Equal(t, "+8613800000001", c["NormalisedMobile"])
	require.Equal(t, "张三", c["FormattedName"])
	require.Equal(t, dashed(key), c["UUID"])
	require.Regexp(t, `^/Date\(\d+\)/$`, c["CreationOn"])

	path := "IndividualCustomerCollection('" + key + "')"
	changed := n.odata(http.MethodPatch, path, `{"Mobile":"+86 1","ETag":"/Date(0)/","RoleCodeText":"whatever"}`,
		"If-Match", created.header.Get("etag"))
	require.Equal(t, http.StatusNoContent, changed.status, changed.body)
	require.Empty(t, changed.body)
	stale := n.odata(http.MethodPatch, path, `{"Mobile":"+86 2"}`, "If-Match", created.header.Get("etag"))
	require.Equal(t, http.StatusPreconditionFailed, stale.status)
	require.Equal(t, http.StatusNoContent, n.odata(http.MethodPost, path, `{"City":"Beijing"}`, "X-HTTP-Method",
		"MERGE").status)
	read := object(t, n.odata(http.MethodGet, path+"?$select=Mobile,City", ""))
	require.Equal(t, "+86 1", read["Mobile"])
	require.Equal(t, "Beijing", read["City"])
	require.NotContains(t, read, "LastName")

	lower := n.odata(http.MethodPatch, "IndividualCustomerCollection('"+strings.ToLower(key)+"')", `{"City":"x"}`)
	require.Equal(t, http.StatusBadRequest, lower.status)
	require.Contains(t, lower.header.Get("sap-message"), `"code":"/APBP/CENT:003"`)
	require.Equal(t, http.StatusNotFound, n.odata(http.MethodGet, "IndividualCustomerCollection('"+strings.ToLower(key)+
		"')", "").status)
	require.Equal(t, http.StatusMethodNotAllowed, n.odata(http.MethodDelete, path, "").status)
}

func TestODataRefusesWrongBodies(t *testing.T) {
	t.Parallel()
	n := setup(t)
	c := n.customer("Test", follower)
	customer := "IndividualCustomerCollection"
	one := customer + "('" + c["ObjectID"].(string) + "')"
	tests := []struct {
		name, method, path, body string
		status                   int
		text                     string
	}{
		{"no last name", http.MethodPost, customer, `{"RoleCode":"CRM000"}`, 400, "LastName is mandatory"},
		{"empty role", http.MethodPost, customer, `{"LastName":"x","RoleCode":""}`, 400, "RoleCode is mandatory"},
		{"unknown role", http.MethodPost, customer, `{"LastName":"x","RoleCode":"ABC"}`, 400, "Role ABC"},
		{"unknown property", http.MethodPost, customer, `{"LastName":"x","RoleCode":"CRM000","StreetName":"y"}`, 400,
			"StreetName is invalid"},
		{"read-only on create", http.MethodPost, customer, `{"LastName":"x","RoleCode":"CRM000","NormalisedPhone":"1"}`, 400,
			"NormalisedPhone is not creatable"},
		{"too long in UTF-16", http.MethodPost, customer, `{"LastName":"` + strings.Repeat("😀", 21) +
			`","RoleCode":"CRM000"}`, 400, "LastName is longer than 40"},
		{"too long", http.MethodPost, customer, `{"LastName":"` + strings.Repeat("长", 41) + `","RoleCode":"CRM000"}`, 400,
			"LastName is longer than 40"},
		{"wrong type", http.MethodPost, customer, `{"LastName":7,"RoleCode":"CRM000"}`, 400, "not of type Edm.String"},
		{"wrong guid", http.MethodPost, customer, `{"LastName":"x","RoleCode":"CRM000","OwnerUUID":"1"}`, 400, "Edm.Guid"},
		{"not JSON", http.MethodPost, customer, `LastName=x`, 400, "Malformed"},
		{"number twice", http.MethodPost, customer, `{"LastName":"x","RoleCode":"CRM000","CustomerID":"` +
			c["CustomerID"].(string) + `"}`, 400, "already exists"},
		{"read-only on update", http.MethodPatch, one, `{"CustomerID":"1"}`, 400, "CustomerID is read-only"},
		{"mandatory emptied", http.MethodPatch, one, `{"LastName":""}`, 400, "LastName is mandatory"},
		{"missing entity", http.MethodPatch, customer + "('00163E00000000000000000000000000')", `{"City":"x"}`, 404,
			"has not found any resource"},
		{"unknown set", http.MethodPost, "CustomerCollection", `{}`, 404, "has not found"},
		{"unknown text type", http.MethodPost, "ServiceRequestTextCollectionCollection",
			`{"ParentObjectID":"X","TypeCode":"10011","Text":"x"}`, 400, "Parent object"},
		{"unknown profile of an activity", http.MethodPost, "SocialMediaActivityCollection",
			`{"SocialMediaMessageID":"m","SocialMediaUserProfileUUID":"00163E00-0000-1EE7-8000-000000000001","SocialMediaActivityProviderID":"WECHAT"}`, 400, "does not exist"},
		{"ticket for an unknown customer", http.MethodPost, "ServiceRequestCollection", `{"Name":"x","BuyerPartyID":"4711"}`,
			400, "Business partner 4711"},
		{"batch in JSON", http.MethodPost, "$batch", `{}`, 400, "multipart/mixed"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			a := n.odata(test.method, test.path, test.body)
			require.Equal(t, test.status, a.status, a.body)
			var v struct {
				Error struct {
					Message struct{ Lang, Value string }
				}
			}
			require.NoError(t, json.Unmarshal([]byte(a.body), &v))
			require.Equal(t, "en", v.Error.Message.Lang)
			require.Contains(t, v.Error.Message.Value, test.text)
		})
	}
	require.Equal(t, http.StatusUnsupportedMediaType, n.odata(http.MethodPost, customer, "{}", "Content-Type",
		"text/plain").status)
	require.Equal(t, http.StatusNotAcceptable, n.odata(http.MethodGet, customer, "", "Accept", "*/*").status)
	require.Equal(t, http.StatusOK, n.odata(http.MethodGet, customer+"?$format=json", "", "Accept", "*/*").status)
	same := n.odata(http.MethodPatch, one, fmt.Sprintf(`{"CustomerID":%q,"City":"x"}`, c["CustomerID"]))
	require.Equal(t, http.StatusNoContent, same.status, "a read-only property with its own value is no error")
}

func TestFilters(t *testing.T) {
	t.Parallel()
	n := setup(t)
	for _, name := range []string{"Adams", "Baker", "O'Neil", "Clark"} {
		n.customer(name, "nick-"+name)
	}
	id := collected(t, n.odata(http.MethodGet, query("IndividualCustomerCollection", "$filter", "LastName eq 'Clark'"),
		""))[0]
	tests := []struct {
		name, filter string
		want         []string // nil: refused
	}{
		{"equal on an index", "NickName eq 'nick-Baker'", []string{"Baker"}},
		{"equal elsewhere", "LastName eq 'Adams'", []string{"Adams"}},
		{"case matters", "LastName eq 'adams'", []string{}},
		{"doubled quote", "LastName eq 'O''Neil'", []string{"O'Neil"}},
		{"wildcard", "NickName eq '*-*a*'", []string{"Adams", "Baker", "Clark"}},
		{"wildcard at the end", "NickName eq 'nick-B*'", []string{"Baker"}},
		{"and", "NickName eq 'nick-Baker' and LastName eq 'Adams'", []string{}},
		{"range", "LastName ge 'B' and LastName le 'D'", []string{"Baker", "Clark"}},
		{"startswith", "startswith(LastName,'Ba')", []string{"Baker"}},
		{"endswith eq true", "endswith(LastName,'rk') eq true", []string{"Clark"}},
		{"or over one property", "LastName eq 'Adams' or LastName eq 'Baker'", []string{"Adams", "Baker"}},
		{"not equal", "LastName ne 'Adams'", []string{"Baker", "O'Neil", "Clark"}},
		{"guid", "UUID eq guid'" + strings.ToLower(id["UUID"].(string)) + "'", []string{"Clark"}},
		{"since", "EntityLastChangedOn ge datetimeoffset'2026-03-02T08:30:00Z'",
			[]string{"Adams", "Baker", "O'Neil", "Clark"}},
		{"since later", "EntityLastChangedOn ge datetimeoffset'2027-01-01T00:00:00Z'", []string{}},
		{"brackets", "(LastName eq 'Adams')", []string{"Adams"}},
		{"or over two properties", "LastName eq 'Adams' or FirstName eq 'Test'", nil},
		{"greater than", "LastName gt 'A'", nil},
		{"function with the property last", "startswith('Ba',LastName)", nil},
		{"substringof", "substringof('a',LastName)", nil},
		{"unknown property", "Surname eq 'x'", nil},
		{"property that cannot be filtered", "ETag eq datetimeoffset'2026-03-02T08:30:00Z'", nil},
		{"guid as text", "UUID eq 'x'", nil},
		{"unfinished", "LastName eq", nil},
		{"single quote inside", "LastName eq 'O'Neil'", nil},
		{"nothing after and", "LastName eq 'Adams' and", nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			a := n.odata(http.MethodGet, query("IndividualCustomerCollection", "$filter", test.filter), "")
			if test.want == nil {
				require.Equal(t, http.StatusBadRequest, a.status, a.body)
				return
			}
			require.Equal(t, http.StatusOK, a.status, a.body)
			got := []string{}
			for _, c := range collected(t, a) {
				got = append(got, c["LastName"].(string))
			}
			require.Equal(t, test.want, got)
		})
	}
}

func TestPaging(t *testing.T) {
	t.Parallel()
	n := setup(t)
	n.sim.mu.Lock()
	for i := range 2005 {
		n.sim.db.add(typeCustomer, n.sim.now(), map[string]any{"CustomerID": fmt.Sprintf("%05d", i), "LastName": "Many",
			"RoleCode": "CRM000"})
	}
	n.sim.mu.Unlock()
	a := n.odata(http.MethodGet,
		"IndividualCustomerCollection?$inlinecount=allpages&$orderby=CustomerID%20desc&$select=CustomerID", "")
	var page struct {
		D struct {
			Count   string `json:"__count"`
			Next    string `json:"__next"`
			Results []map[string]any
		}
	}
	require.NoError(t, json.Unmarshal([]byte(a.body), &page))
	require.Equal(t, "2005", page.D.Count)
	require.Len(t, page.D.Results, 1000)
	require.Equal(t, "02004", page.D.Results[0]["CustomerID"])
	next, err := url.Parse(page.D.Next)
	require.NoError(t, err)
	require.Equal(t, "1001", next.Query().Get("$skiptoken"))
	second := collected(t, n.odata(http.MethodGet, strings.TrimPrefix(next.RequestURI(), odataPath), ""))
	require.Equal(t, "01004", second[0]["CustomerID"])
	require.NotContains(t, n.odata(http.MethodGet, "IndividualCustomerCollection?$skip=1500", "").body, "__next")
	top := collected(t, n.odata(http.MethodGet, "IndividualCustomerCollection?$top=2&$skip=3&$orderby=CustomerID", ""))
	require.Equal(t, "00003", top[0]["CustomerID"])
	require.Len(t, top, 2)
	require.Equal(t, "2005", n.odata(http.MethodGet, "IndividualCustomerCollection/$count", "").body)
	for _, bad := range []string{"$top=-1", "$top=x", "$orderby=Colour", "$orderby=CustomerID%20up", "$select=Colour",
		"$expand=Colour", "$search=x", "$inlinecount=some"} {
		require.Equal(t, http.StatusBadRequest, n.odata(http.MethodGet, "IndividualCustomerCollection?"+bad, "").status, bad)
	}
}

func TestSocialOverOData(t *testing.T) {
	t.Parallel()
	n := setup(t)
	c := n.customer("Test", follower)
	created := n.odata(http.MethodPost, "SocialMediaUserProfileCollection",
		`{"SocialMediaUserCategoryCode":"02","SocialMediaUserProfileUserInformation":[{"SocialMediaChannelCode":"008",`+
			`"ExternalPartyAccountID":"WECHAT","SocialMediaUserAccountID":"`+follower+
			`","GivenName":"Test"}],"SocialMediaUserProfileBupaReference":[{"BusinessPartnerCategoryCode":"1",`+
			`"BusinessPartnerRoleCode":"BUP001","BusinessPartnerUUID":"`+c["UUID"].(string)+`"}]}`)
	require.Equal(t, http.StatusCreated, created.status, created.body)
	profile := object(t, created)
	uuid := dashed(profile["ObjectID"].(string))

	found := collected(t, n.odata(http.MethodGet, "GetSocialMediaUserProfile?SocialMediaUserAccountID='"+follower+
		"'&$expand=SocialMediaUserProfileUserInformation", ""))
	require.Len(t, found, 1)
	information := found[0]["SocialMediaUserProfileUserInformation"].([]any)[0].(map[string]any)
	require.Equal(t, follower, information["SocialMediaUserAccountID"])
	require.Len(t,
		collected(t, n.odata(http.MethodGet, "GetSocialMediaUserProfile?BusinessPartnerInternalID='"+c["CustomerID"].(string)+
			"'&ExternalPartyAccountID='WECHAT'", "")), 1)
	require.Empty(t, collected(t, n.odata(http.MethodGet, "GetSocialMediaUserProfile?SocialMediaUserAccountID='nobody'",
		"")))
	require.Equal(t, http.StatusBadRequest, n.odata(http.MethodGet, "GetSocialMediaUserProfile?SocialMediaUserAccountID="+
		follower, "").status, "a literal needs quotes")

	activity := func(body string) map[string]any {
		a := n.odata(http.MethodPost, "SocialMediaActivityCollection", body)
		require.Equal(t, http.StatusCreated, a.status, a.body)
		return object(t, a)
	}
	common := `"SocialMediaChannelCode":"008","InitiatorCode":"2","PrivateSocialMediaMessageIndicator":true,"SocialMediaUserProfileUUID":"` + uuid + `","SocialMediaActivityProviderID":"WECHAT","SocialMediaMessageAuthor":"nick"`
	root := activity(`{"CategoryCode":"001","SocialMediaMessageID":"wx:t:1","Text":"brakes squeal",` + common + `}`)
	require.Equal(t, root["UUID"], root["RootSocialMediaActivityUUID"])
	require.Equal(t, root["UUID"], root["ParentSocialMediaActivityUUID"])
	child := activity(`{"CategoryCode":"003","SocialMediaMessageID":"wx:t:2","ParentSocialMediaActivityUUID":"` +
		root["UUID"].(string) + `","Text":"again",` + common + `}`)
	require.Equal(t, root["UUID"], child["RootSocialMediaActivityUUID"])

	references := collected(t,
		n.odata(http.MethodGet, query("ServiceRequestBusinessTransactionDocumentReferenceCollection", "$filter",
			"ID eq '"+root["ID"].(string)+"' and TypeCode eq '1607'")+"&$expand=ServiceRequest", ""))
	require.Len(t, references, 1)
	ticket := references[0]["ServiceRequest"].(map[string]any)
	require.Equal(t, "brakes squeal", ticket["Name"])
	require.Equal(t, c["CustomerID"], ticket["BuyerPartyID"])
	require.Equal(t, "1", ticket["ServiceRequestUserLifeCycleStatusCode"])
	require.Equal(t, references[0]["ParentObjectID"], ticket["ObjectID"])
	through := object(t, n.odata(http.MethodGet, "ServiceRequestBusinessTransactionDocumentReferenceCollection('"+
		references[0]["ObjectID"].(string)+"')/ServiceRequest", ""))
	require.Equal(t, ticket["ObjectID"], through["ObjectID"])

	children := collected(t, n.odata(http.MethodGet, "GetAllChildSocialMediaActivity?RootSocialMediaActivityNodeID='"+
		root["ObjectID"].(string)+"'", ""))
	require.Len(t, children, 1)
	require.Equal(t, child["ID"], children[0]["ID"])
	nodes := collected(t, n.odata(http.MethodGet, "SocialMediaActivityCollection('"+root["ObjectID"].(string)+
		"')/SocialMediaActivityToChildSocialMediaActivity", ""))
	require.Equal(t, child["ObjectID"], nodes[0]["ObjectID"])

	require.Equal(t, http.StatusNoContent, n.odata(http.MethodPatch, "SocialMediaUserProfileCollection('"+
		profile["ObjectID"].(string)+"')", `{"AccountInternalID":"`+c["CustomerID"].(string)+`"}`).status)
	bound := object(t, n.odata(http.MethodGet, "SocialMediaUserProfileCollection('"+profile["ObjectID"].(string)+"')", ""))
	require.Equal(t, "000"+c["CustomerID"].(string), bound["AccountInternalID"])
}

func TestTextsAndAttachments(t *testing.T) {
	t.Parallel()
	n := setup(t)
	ticket := object(t, n.odata(http.MethodPost, "ServiceRequestCollection",
		`{"Name":"Brake noise","ServiceRequestTextCollection":[{"TypeCode":"10004","Text":"Noise when braking"}]}`))
	key := ticket["ObjectID"].(string)
	for _, body := range []string{`{"ParentObjectID":"` + key + `","TypeCode":"10011","Text":"held","LanguageCode":"EN"}`,
		`{"ServiceRequestID":"` + ticket["ID"].(string) + `","TypeCode":"10008","Text":"from the page"}`} {
		require.Equal(t, http.StatusCreated, n.odata(http.MethodPost, "ServiceRequestTextCollectionCollection", body).status)
	}
	require.Equal(t, http.StatusCreated,
		n.odata(http.MethodPost, "ServiceRequestCollection('"+key+"')/ServiceRequestTextCollection",
			`{"TypeCode":"10007","Text":"by navigation"}`).status)
	require.Equal(t, http.StatusBadRequest, n.odata(http.MethodPost, "ServiceRequestTextCollectionCollection",
		`{"ParentObjectID":"`+key+`","TypeCode":"99999","Text":"x"}`).status)
	texts := collected(t,
		n.odata(http.MethodGet, "ServiceRequestCollection('"+key+"')/ServiceRequestTextCollection?$select=TypeCode,Text", ""))
	require.Len(t, texts, 4)
	require.Equal(t, "held", texts[1]["Text"])

	file := n.odata(http.MethodPost, "ServiceRequestAttachmentFolderCollection", `{"ParentObjectID":"`+key+
		`","CategoryCode":"2","TypeCode":"10001","MimeType":"text/plain","Name":"a.txt","Binary":"aGVsbG8="}`)
	require.Equal(t, http.StatusCreated, file.status, file.body)
	attachment := object(t, file)
	path := "ServiceRequestAttachmentFolderCollection('" + attachment["ObjectID"].(string) + "')"
	require.Equal(t, n.url+odataPath+path+"/Binary/$value", attachment["DocumentLink"])
	require.Equal(t, "hello", n.odata(http.MethodGet, path+"/Binary/$value", "").body)
	require.Equal(t, http.StatusBadRequest, n.odata(http.MethodPatch, path, `{"Name":"b.txt"}`).status,
		"an attachment is create-only")
	require.Equal(t, http.StatusBadRequest, n.odata(http.MethodPost, "ServiceRequestAttachmentFolderCollection",
		`{"ParentObjectID":"`+key+`","Name":"x"}`).status, "the category is mandatory")
	view := n.tickets()[0]
	require.Equal(t, attachmentView{Name: "a.txt", MimeType: "text/plain", Size: 5,
		SHA256:   "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824",
		ObjectID: attachment["ObjectID"].(string)}, view.Attachments[0])
	require.Equal(t, http.StatusNoContent, n.odata(http.MethodDelete, path, "").status)
	require.Empty(t, n.tickets()[0].Attachments)
}

func TestTicketStatusRules(t *testing.T) {
	t.Parallel()
	n := setup(t)
	id, _ := n.profile(follower)
	n.activity(id, "root", "", "hello")
	key := collected(t, n.odata(http.MethodGet, "ServiceRequestCollection", ""))[0]["ObjectID"].(string)
	path := "ServiceRequestCollection('" + key + "')"
	patch := func(body string) reply { return n.odata(http.MethodPatch, path, body) }
	status := func(code string) reply { return patch(`{"ServiceRequestUserLifeCycleStatusCode":"` + code + `"}`) }

	require.Equal(t, http.StatusBadRequest, status("ZZ").status)
	require.Equal(t, http.StatusBadRequest, patch(`{"ServiceRequestLifeCycleStatusCode":"3"}`).status,
		"the life cycle follows the user status")
	require.Equal(t, http.StatusNoContent, status("YJ").status)
	require.Equal(t, "2", object(t, n.odata(http.MethodGet, path, ""))["ServiceRequestLifeCycleStatusCode"])
	require.Equal(t, http.StatusNoContent, status("5").status)
	require.Contains(t, patch(`{"Name":"x"}`).header.Get("sap-message"), "AP_ESI_COMMON:107")
	require.Contains(t, n.odata(http.MethodPost, "ServiceRequestTextCollectionCollection", `{"ParentObjectID":"`+key+
		`","TypeCode":"10011","Text":"x"}`).header.Get("sap-message"), "AP_ESI_COMMON:107")
	n.activity(id, "next", "root", "more").contains(t, "<TypeID>107(/AP_ESI_COMMON/)</TypeID>")
	require.Equal(t, http.StatusNoContent, status("1").status, "a completed ticket can be reopened")
	n.activity(id, "next", "root", "more").contains(t, "<UUID>")
	require.Equal(t, http.StatusNoContent, status("6").status)
	require.Contains(t, status("1").header.Get("sap-message"), "AP_ESI_COMMON:106")

	list := collected(t,
		n.odata(http.MethodGet, "GetServiceRequestUserLifeCycleStatus?processingType='SRRQ'&currentUserStatus='1'", ""))
	require.Len(t, list, len(userStatuses))
	require.Equal(t, "Technician Underway", list[3]["UserLifeCycleStatusValue"])
	codes := collected(t, n.odata(http.MethodGet, "ServiceRequestServiceRequestUserLifeCycleStatusCodeCollection", ""))
	require.Equal(t, "Open", codes[0]["Description"])
}

func TestServiceDocumentAndMetadata(t *testing.T) {
	t.Parallel()
	n := setup(t)
	n.odata(http.MethodGet, "", "").contains(t, `"EntitySets"`, `"ServiceRequestTextCollectionCollection"`,
		`"SocialMediaActivityCollection"`)
	n.odata(http.MethodGet, "$metadata", "").contains(t, `<EntityType Name="IndividualCustomer">`,
		`Name="RoleCode" Type="Edm.String" Nullable="false" MaxLength="6"`,
		`<FunctionImport Name="GetSocialMediaUserProfile"`)
	require.Equal(t, http.StatusNotFound, n.odata(http.MethodGet, "AccountCollection", "").status)
	require.Equal(t, http.StatusNotFound,
		n.odata(http.MethodGet, "ServiceRequestCollection('00163E00000000000000000000000000')", "").status)
	n.control(http.MethodPost, "switches", `{"unauthorized":["odata"]}`, nil)
	require.Equal(t, http.StatusForbidden, n.odata(http.MethodGet, "", "").status)
}

func FuzzFilter(f *testing.F) {
	f.Add("LastName eq 'a' and startswith(NickName,'b')")
	f.Add("(UUID eq guid'00163E00-0000-1EE7-8000-000000000001')")
	f.Add("LastName eq '*''*' or LastName le 'x'")
	r := &row{typ: entityTypes[typeCustomer], props: map[string]any{"LastName": "abc"}}
	f.Fuzz(func(_ *testing.T, text string) {
		if c, err := parseFilter(entityTypes[typeCustomer], text); err == nil && c.match != nil {
			c.match(r) // must not panic
		}
	})
}
