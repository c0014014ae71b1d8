package c4csim

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSOAPAcceptsTheDocumentedMessages(t *testing.T) {
	t.Parallel()
	n := setup(t)

	created := n.soap(serviceManageProfile,
		profileMessage(
			`<SocialMediaUserProfile><SocialMediaUserCategoryCode>02</SocialMediaUserCategoryCode><UserInformation>`+
				`<SocialMediaUserAccountID>`+follower+
				`</SocialMediaUserAccountID><SocialMediaChannelCode>008</SocialMediaChannelCode><FamilyName>Test</FamilyName></UserInformation></SocialMediaUserProfile>`))
	require.Equal(t, http.StatusOK, created.status)
	require.Equal(t, "text/xml; charset=utf-8", created.header.Get("Content-Type"))
	created.contains(t, "<n0:SocialMediaUserProfileBundleMaintainConfirmation_sync",
		`xmlns:n0="http://sap.com/xi/SAPGlobal20/Global"`, `xmlns:prx="urn:sap.com:proxy:`)
	require.NotContains(t, created.body, "<Log>")
	require.Less(t, strings.Index(created.body, "<ID>"), strings.Index(created.body, "<UUID>"),
		"a profile's ID comes first")
	require.Regexp(t, `^ {17}\d{14}\.\d{7}$`, between(t, created.body, "ChangeStateID"))
	id, uuid := between(t, created.body, "ID"), between(t, created.body, "UUID")
	require.Equal(t, strings.ToLower(uuid), uuid)

	message := n.activity(id, "wx:t:1", "", "hello")
	message.contains(t, "<n0:SocialMediaActivityBundleMaintainConfirmationsync")
	require.NotContains(t, message.body, "<Log>")
	require.Less(t, strings.Index(message.body, "<UUID>"), strings.Index(message.body, "<ID>"),
		"an activity's UUID comes first")

	byAccount := n.soap(serviceQueryProfile, profileQuery("SelectionBySocialMediaUserProfileUserAccountID",
		"LowerBoundarySocialMediaUserProfileUserAccountID", follower))
	byAccount.contains(t, "<ID>"+id+"</ID>", "<UUID>"+uuid+"</UUID>", "<SocialMediaUserAccountID>"+follower+"<",
		"<ReturnedQueryHitsNumberValue>1<", "<LastReturnedObjectID>"+undashed(uuid)+"<")
	byID := n.soap(serviceQueryProfile, profileQuery("SelectionBySocialMediaUserProfileID",
		"LowerBoundarySocialMediaUserProfileID", id))
	byID.contains(t, "<SocialMediaUserAccountID>"+follower+"<")
	none := n.soap(serviceQueryProfile, profileQuery("SelectionBySocialMediaUserProfileID",
		"LowerBoundarySocialMediaUserProfileID", "77"))
	none.contains(t, "<ReturnedQueryHitsNumberValue>0<", "<MoreHitsAvailableIndicator>false<")
	require.NotContains(t, none.body, "<SocialMediaUserProfile>")

	found := n.soap(serviceQueryActivity, activityQuery("wx:t:1"))
	found.contains(t, "<SocialMediaMessageID>wx:t:1<", "<SocialMediaUserProfileID>"+id+"<", "<Text>hello</Text>",
		"<ReturnedQueryHitsNumberValue>1<")
	require.NotContains(t, found.body, "ParentSocialMediaMessageID", "a root has no parent")
}

func profileQuery(name, lower, value string) string {
	return `<glob:SocialMediaUserProfileRequest_sync><SocialMediaUserProfileSelectionByElements><` + name +
		`><InclusionExclusionCode>I</InclusionExclusionCode>` +
		`<IntervalBoundaryTypeCode>1</IntervalBoundaryTypeCode><` + lower + `>` + value + `</` + lower + `></` + name +
		`></SocialMediaUserProfileSelectionByElements></glob:SocialMediaUserProfileRequest_sync>`
}

func activityQuery(value string) string {
	return `<glob:SocialMediaActivityByElementsQuery_sync><SocialMediaActivitySelectionByElements><SelectionBySocialMediaMessageID><InclusionExclusionCode>I</InclusionExclusionCode>` +
		`<IntervalBoundaryTypeCode>1</IntervalBoundaryTypeCode><LowerBoundarySocialMediaMessageID>` + value +
		`</LowerBoundarySocialMediaMessageID></SelectionBySocialMediaMessageID></SocialMediaActivitySelectionByElements></glob:SocialMediaActivityByElementsQuery_sync>`
}

func TestSOAPRefusesMalformedMessages(t *testing.T) {
	t.Parallel()
	n := setup(t)
	id, _ := n.profile(follower)
	const account = "<SocialMediaUserAccountID>" + follower + "</SocialMediaUserAccountID>"
	activity := func(inner string) string {
		return activityMessage("", "<SocialMediaActivity>"+inner+"</SocialMediaActivity>")
	}
	const ids = "<SocialMediaMessageID>m</SocialMediaMessageID><SocialMediaUserProfileID>1</SocialMediaUserProfileID><SocialMediaActivityProviderID>WECHAT</SocialMediaActivityProviderID>"
	tests := []struct{ name, service, body string }{
		{"root with an underscore", serviceManageActivity, strings.ReplaceAll(activity(ids), "Requestsync", "Request_sync")},
		{"root without namespace", serviceManageActivity, strings.ReplaceAll(activity(ids), "glob:", "")},
		{"root in another namespace", serviceManageActivity,
			strings.Replace(activity(ids), "sync>", `sync xmlns:glob="http://sap.com/xi/A1S/Global">`, 1)},
		{"qualified child", serviceManageActivity, activity("<glob:SocialMediaMessageID>m</glob:SocialMediaMessageID>")},
		{"children in a default namespace", serviceManageActivity,
			`<SocialMediaActivityBundleMaintainRequestsync xmlns="http://sap.com/xi/SAPGlobal20/Global"><SocialMediaActivity>` +
				ids + `</SocialMediaActivity></SocialMediaActivityBundleMaintainRequestsync>`},
		{"qualified attribute", serviceManageActivity, activityMessage("", `<SocialMediaActivity glob:actionCode="01">`+ids+
			`</SocialMediaActivity>`)},
		{"attribute in upper case", serviceManageActivity, activityMessage("", `<SocialMediaActivity ActionCode="01">`+ids+
			`</SocialMediaActivity>`)},
		{"unknown action code", serviceManageActivity, activityMessage("", `<SocialMediaActivity actionCode="07">`+ids+
			`</SocialMediaActivity>`)},
		{"text before the message id", serviceManageActivity,
			activity("<InteractionContent><Text>t</Text></InteractionContent>" + ids)},
		{"channel before the profile", serviceManageActivity,
			activity(
				"<SocialMediaMessageID>m</SocialMediaMessageID><SocialMediaActivityProviderID>WECHAT</SocialMediaActivityProviderID><SocialMediaUserProfileID>1</SocialMediaUserProfileID>")},
		{"parent after the text", serviceManageActivity,
			activity(ids +
				"<InteractionContent><Text>t</Text></InteractionContent><ParentSocialMediaMessageID>r</ParentSocialMediaMessageID>")},
		{"message id missing", serviceManageActivity,
			activity(strings.Replace(ids, "<SocialMediaMessageID>m</SocialMediaMessageID>", "", 1))},
		{"message id empty", serviceManageActivity, activity(strings.Replace(ids, ">m<", "><", 1))},
		{"message id too long", serviceManageActivity,
			activity(strings.Replace(ids, ">m<", ">"+strings.Repeat("m", 257)+"<", 1))},
		{"message id twice", serviceManageActivity, activity("<SocialMediaMessageID>m</SocialMediaMessageID>" + ids)},
		{"profile id too long", serviceManageActivity, activity(strings.Replace(ids, ">1<", ">12345678901<", 1))},
		{"unknown element", serviceManageActivity, activity(ids + "<Colour>red</Colour>")},
		{"text between elements", serviceManageActivity, activity(ids + "stray")},
		{"header after the object", serviceManageActivity,
			strings.Replace(activity(ids), "</glob:", "<BasicMessageHeader/></glob:", 1)},
		{"header UUID of a wrong form", serviceManageActivity,
			activityMessage("<BasicMessageHeader><UUID>1234</UUID></BasicMessageHeader>", "<SocialMediaActivity>"+ids+
				"</SocialMediaActivity>")},
		{"no object", serviceManageActivity, activityMessage("", "")},
		{"message of another service", serviceManageProfile, activity(ids)},
		{"two messages", serviceManageActivity, activity(ids) + activity(ids)},
		{"no message", serviceManageActivity, ""},
		{"not well-formed", serviceManageActivity, "<glob:SocialMediaActivityBundleMaintainRequestsync>"},
		{"family name too long", serviceManageProfile, profileMessage("<SocialMediaUserProfile><UserInformation>" + account +
			"<FamilyName>" + strings.Repeat("名", 41) + "</FamilyName></UserInformation></SocialMediaUserProfile>")},
		{"family name too long in UTF-16", serviceManageProfile, profileMessage("<SocialMediaUserProfile><UserInformation>" +
			account + "<FamilyName>" + strings.Repeat("😀", 21) + "</FamilyName></UserInformation></SocialMediaUserProfile>")},
		{"names before the channel", serviceManageProfile, profileMessage("<SocialMediaUserProfile><UserInformation>" +
			account +
			"<FamilyName>a</FamilyName><SocialMediaChannelCode>008</SocialMediaChannelCode></UserInformation></SocialMediaUserProfile>")},
		{"no account id", serviceManageProfile,
			profileMessage("<SocialMediaUserProfile><UserInformation/></SocialMediaUserProfile>")},
		{"unlimited query with a maximum", serviceQueryActivity, strings.Replace(activityQuery("m"), "</glob:",
			"<ProcessingConditions><QueryHitsMaximumNumberValue>5</QueryHitsMaximumNumberValue><QueryHitsUnlimitedIndicator>true</QueryHitsUnlimitedIndicator></ProcessingConditions></glob:", 1)},
		{"unknown service", "managesomething", activity(ids)},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			a := n.soap(test.service, test.body)
			require.Equal(t, http.StatusInternalServerError, a.status, a.body)
			a.contains(t, "<faultcode>soap-env:Server</faultcode>",
				"Web service processing error; more details in the Web service error log on provider side (UTC timestamp ",
				"Transaction ID 00163E")
		})
	}
	require.Contains(t, n.activity(id, "wx:t:1", "", "still works").body, "<ID>")

	var history []Request
	n.control(http.MethodGet, "requests", "", &history)
	refused := 0
	for _, r := range history {
		if r.Refused {
			refused++
		}
	}
	require.Equal(t, len(tests), refused)
}

func TestSOAPKeepsTheOrderOfReferencesOpen(t *testing.T) {
	t.Parallel()
	n := setup(t)
	id, _ := n.profile(follower)
	n.activity(id, "root", "", "first")
	a := n.soap(serviceManageActivity,
		activityMessage("",
			`<SocialMediaActivity><SocialMediaMessageID>next</SocialMediaMessageID><RootSocialMediaMessageID>root</RootSocialMediaMessageID>`+
				`<SocialMediaUserProfileID>`+id+
				`</SocialMediaUserProfileID><SocialMediaActivityProviderID>WECHAT</SocialMediaActivityProviderID>`+
				`<ParentSocialMediaMessageID>root</ParentSocialMediaMessageID><InteractionContent><Text>second</Text></InteractionContent></SocialMediaActivity>`))
	a.contains(t, "<UUID>")
	require.Len(t, n.tickets(), 1)
}

func TestSOAPVersionsAndRefusals(t *testing.T) {
	t.Parallel()
	n := setup(t)
	soap12 := `<env:Envelope xmlns:env="http://www.w3.org/2003/05/soap-envelope" xmlns:glob="http://sap.com/xi/SAPGlobal20/Global"><env:Body>%s</env:Body></env:Envelope>`
	path := soapPath + serviceQueryActivity

	ok := n.do(http.MethodPost, path, fmt.Sprintf(soap12, activityQuery("m")), "Content-Type",
		"application/soap+xml; charset=utf-8")
	require.Equal(t, http.StatusOK, ok.status)
	ok.contains(t, `<env:Envelope xmlns:env="http://www.w3.org/2003/05/soap-envelope">`,
		"<ReturnedQueryHitsNumberValue>0<")
	bad := n.do(http.MethodPost, path, fmt.Sprintf(soap12, "<glob:Nothing/>"), "Content-Type", "application/soap+xml")
	require.Equal(t, http.StatusInternalServerError, bad.status)
	bad.contains(t, "<env:Value>env:Receiver</env:Value>", `<env:Text xml:lang="en">Web service processing error`)

	doctype := `<!DOCTYPE a [<!ENTITY b "c">]>` + fmt.Sprintf(envelope11, activityQuery("m"))
	require.Equal(t, http.StatusInternalServerError, n.do(http.MethodPost, path, doctype, "Content-Type",
		"text/xml").status)
	require.Equal(t, http.StatusInternalServerError, n.soap(serviceQueryActivity, activityQuery("m"), "Content-Type",
		"application/json").status)
	require.Equal(t, http.StatusMethodNotAllowed, n.do(http.MethodGet, path, "").status)

	for _, credentials := range []string{"", "Basic d2VjaGF0Ondyb25n"} {
		a := n.soap(serviceQueryActivity, activityQuery("m"), "Authorization", credentials)
		require.Equal(t, http.StatusUnauthorized, a.status)
		require.Contains(t, a.header.Get("WWW-Authenticate"), "Basic")
	}

	missing := n.soap("managecustomerin1", "<glob:CustomerBundleMaintainRequest_sync_V1/>")
	require.Equal(t, http.StatusInternalServerError, missing.status)
	missing.contains(t,
		"Authorization role missing for service &#34;ServiceInterface http://sap.com/xi/A1S/Global ManageCustomerIn &lt;default&gt; &lt;default&gt;&#34;")

	n.control(http.MethodPost, "switches", `{"unauthorized":["querysocialmediaactivityin"]}`, nil)
	n.soap(serviceQueryActivity, activityQuery("m")).contains(t, "Authorization role missing",
		"QuerySocialMediaActivityIn", "FindByElements")
	n.control(http.MethodPost, "switches", `{"unauthorized":[],"refuse_credentials":true}`, nil)
	require.Equal(t, http.StatusUnauthorized, n.soap(serviceQueryActivity, activityQuery("m")).status)
	require.Equal(t, http.StatusUnauthorized, n.odata(http.MethodGet, "", "").status)
}

func TestActionCodes(t *testing.T) {
	t.Parallel()
	n := setup(t)
	_, known := n.profile(follower)
	const unknown = "00163e00-0000-1ee7-8000-00000000dead"
	tests := []struct {
		name, code, uuid string
		failed           bool
	}{
		{"create what exists", "01", known, true},
		{"update what is missing", "02", unknown, true},
		{"delete what is missing", "03", unknown, true},
		{"save what exists", "04", known, false},
		{"remove what is missing", "05", unknown, false},
		{"no action", "06", known, false},
		{"update what exists", "02", known, false},
		{"delete what exists", "03", known, false},
		{"delete it again", "03", known, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			a := n.soap(serviceManageProfile, profileMessage(`<SocialMediaUserProfile actionCode="`+test.code+`"><UUID>`+
				test.uuid+`</UUID><UserInformation>`+
				`<SocialMediaUserAccountID>`+follower+`</SocialMediaUserAccountID></UserInformation></SocialMediaUserProfile>`))
			require.Equal(t, http.StatusOK, a.status, a.body)
			require.Equal(t, test.failed, strings.Contains(a.body, "<MaximumLogItemSeverityCode>3<"), a.body)
			if test.failed {
				require.NotContains(t, a.body, "<UUID>")
			}
		})
	}
}

func TestSaveWithoutKeyMakesASecondObject(t *testing.T) {
	t.Parallel()
	n := setup(t)
	first, _ := n.profile(follower)
	second, _ := n.profile(follower)
	require.NotEqual(t, first, second)
	n.activity(first, "wx:t:1", "", "once")
	n.activity(first, "wx:t:1", "", "twice")
	n.soap(serviceQueryActivity, activityQuery("wx:t:1")).contains(t, "<ReturnedQueryHitsNumberValue>2<")
	require.Len(t, n.tickets(), 2)
}

func TestMessageHeaderUUIDIsExecutedOnce(t *testing.T) {
	t.Parallel()
	n := setup(t)
	id, _ := n.profile(follower)
	send := func(uuid, profile, text string) reply {
		return n.soap(serviceManageActivity, activityMessage("<BasicMessageHeader><UUID>"+uuid+"</UUID></BasicMessageHeader>",
			`<SocialMediaActivity><SocialMediaMessageID>m</SocialMediaMessageID>`+
				`<SocialMediaUserProfileID>`+profile+
				`</SocialMediaUserProfileID><SocialMediaActivityProviderID>WECHAT</SocialMediaActivityProviderID><InteractionContent><Text>`+text+`</Text></InteractionContent></SocialMediaActivity>`))
	}
	const key, other = "5f0c3f5e-7c1b-5c7e-9a53-6e0a5b2f8d11", "5f0c3f5e-7c1b-5c7e-9a53-6e0a5b2f8d12"
	first := send(key, id, "one")
	require.Equal(t, first, withDate(send(strings.ToUpper(key), id, "another text"), first))
	require.Len(t, n.tickets(), 1)
	n.control(http.MethodPost, "clock", `{"advance":"61m"}`, nil)
	require.NotEqual(t, first.body, send(key, id, "after the window").body)

	send(other, "404", "unknown profile").contains(t, "<Log>")
	send(other, id, "an error is not kept").contains(t, "<UUID>")
	n.control(http.MethodPost, "switches", `{"replay_errors":true}`, nil)
	const third = "5f0c3f5e-7c1b-5c7e-9a53-6e0a5b2f8d13"
	send(third, "404", "unknown profile").contains(t, "<Log>")
	send(third, id, "now it is").contains(t, "<Log>")
}

// withDate makes answers that differ only in their Date header comparable.
func withDate(r, like reply) reply {
	r.header.Set("Date", like.header.Get("Date"))
	return r
}

func TestBusinessErrors(t *testing.T) {
	t.Parallel()
	n := setup(t)
	id, uuid := n.profile(follower)
	tests := []struct {
		name string
		send func() reply
		text string
	}{
		{"unknown profile", func() reply { return n.activity("4711", "m", "", "x") }, "profile 4711 does not exist"},
		{"unknown parent", func() reply { return n.activity(id, "m", "nobody", "x") },
			"Parent social media activity does not exist"},
		{"unknown customer", func() reply { return n.bind(uuid, follower, "4711") }, "Customer 4711 does not exist"},
		{"unknown channel", func() reply {
			return n.soap(serviceManageActivity,
				activityMessage("", `<SocialMediaActivity><SocialMediaMessageID>m</SocialMediaMessageID><SocialMediaUserProfileID>`+
					id+
					`</SocialMediaUserProfileID><SocialMediaActivityProviderID>FB</SocialMediaActivityProviderID></SocialMediaActivity>`))
		}, "channel FB is not configured"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			a := test.send()
			require.Equal(t, http.StatusOK, a.status)
			a.contains(t, "<MaximumLogItemSeverityCode>3</MaximumLogItemSeverityCode>", "<SeverityCode>3</SeverityCode>",
				test.text)
			require.NotContains(t, a.body, "<UUID>")
		})
	}
	require.Empty(t, n.tickets())
}

func TestDryRunKeepsNothing(t *testing.T) {
	t.Parallel()
	n := setup(t)
	id, _ := n.profile(follower)
	check := func(profile string) reply {
		return n.soap(serviceManageActivity,
			`<glob:SocialMediaActivityRequestBundleCheckMaintainQuerysync><BasicMessageHeader/><SocialMediaActivity actionCode="01"><SocialMediaMessageID>m</SocialMediaMessageID>`+
				`<SocialMediaUserProfileID>`+profile+
				`</SocialMediaUserProfileID><SocialMediaActivityProviderID>WECHAT</SocialMediaActivityProviderID></SocialMediaActivity></glob:SocialMediaActivityRequestBundleCheckMaintainQuerysync>`)
	}
	require.NotContains(t, check(id).body, "<Log>")
	check("4711").contains(t, "<Log>")
	require.Empty(t, n.tickets())
}

func FuzzParseEnvelope(f *testing.F) {
	f.Add([]byte(fmt.Sprintf(envelope11, activityQuery("m"))))
	f.Add([]byte(fmt.Sprintf(envelope11, activityMessage("", `<SocialMediaActivity actionCode="01"/>`))))
	f.Add([]byte("<a><b></a>"))
	f.Fuzz(func(t *testing.T, body []byte) {
		e, err := parseEnvelope(body)
		if err != nil {
			return
		}
		if m, known := messages[e.root.name]; known {
			top := part{name: e.root.name, complex: true, parts: m.parts}
			_ = top.checkContent(e.root) // must not panic
		}
	})
}

func TestProfileReadsWithoutTheView(t *testing.T) {
	t.Parallel()
	n := setup(t)
	id, _ := n.profile(follower)
	n.control(http.MethodPost, "switches", `{"empty_profile_reads":true}`, nil)
	n.soap(serviceQueryProfile, profileQuery("SelectionBySocialMediaUserProfileID",
		"LowerBoundarySocialMediaUserProfileID", id)).contains(t, "<ReturnedQueryHitsNumberValue>0<")
	require.Empty(t,
		collected(t, n.odata(http.MethodGet, "GetSocialMediaUserProfile?SocialMediaUserAccountID='"+follower+"'", "")))
}

func TestUserInformationRows(t *testing.T) {
	t.Parallel()
	n := setup(t)
	id, uuid := n.profile(follower)
	save := func(attributes, rows string) {
		n.soap(serviceManageProfile, profileMessage(`<SocialMediaUserProfile `+attributes+`><UUID>`+uuid+`</UUID>`+rows+
			`</SocialMediaUserProfile>`)).contains(t, "<UUID>")
	}
	row := func(account, rest string) string {
		return "<UserInformation><SocialMediaUserAccountID>" + account + "</SocialMediaUserAccountID>" + rest +
			"</UserInformation>"
	}
	read := func() string {
		return n.soap(serviceQueryProfile, profileQuery("SelectionBySocialMediaUserProfileID",
			"LowerBoundarySocialMediaUserProfileID", id)).body
	}
	save("", row(follower, "<GivenName>Lei</GivenName>"))
	require.Contains(t, read(), "<SocialMediaChannelCode>008</SocialMediaChannelCode><GivenName>Lei</GivenName>",
		"04 changes what is sent")
	save(`actionCode="02"`, row(follower, "<FamilyName>Li</FamilyName>"))
	require.Contains(t, read(), "<SocialMediaUserAccountID>"+follower+
		"</SocialMediaUserAccountID><FamilyName>Li</FamilyName></UserInformation>", "02 overwrites the row")
	save("", row("second", ""))
	require.Equal(t, 2, strings.Count(read(), "<UserInformation>"))
	save(`userInformationListCompleteTransmissionIndicator="true"`, row("second", ""))
	require.NotContains(t, read(), follower)
}
