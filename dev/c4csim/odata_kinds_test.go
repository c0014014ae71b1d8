package c4csim

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

const newCustomer = `{"LastName":"Test","RoleCode":"CRM000"}`

// kind sets the kind of sessions and fetches a token with the cookies that come with it.
func (n *tenant) fetchAs(kind string) (token string, cookies []string) {
	n.t.Helper()
	n.control(http.MethodPost, "switches", `{"session_kind":"`+kind+`"}`, nil)
	a := n.do(http.MethodGet, odataPath, "", "Accept", "application/json", "x-csrf-token", "fetch")
	require.Equal(n.t, http.StatusOK, a.status)
	for _, cookie := range (&http.Response{Header: a.header}).Cookies() {
		cookies = append(cookies, cookie.Name)
	}
	return a.header.Get("x-csrf-token"), cookies
}

// TestSessionKinds: tenants have different kinds of sessions, and technical users have none.
func TestSessionKinds(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		kind    string
		token   bool
		cookies []string
		needs   string // the only cookies that a write needs
	}{
		{SessionFull, true, []string{cookieSession, cookieXSRF, cookieContext}, ""},
		{SessionXSRF, true, []string{cookieXSRF, cookieContext}, cookieXSRF},
		{SessionNone, false, nil, ""},
	} {
		t.Run(tt.kind, func(t *testing.T) {
			t.Parallel()
			n := setup(t)
			token, cookies := n.fetchAs(tt.kind)
			require.Equal(t, tt.token, token != "")
			require.Equal(t, tt.cookies, cookies)
			write := func(header ...string) int {
				header = append([]string{"Accept", "application/json", "Content-Type", "application/json", "x-csrf-token", token},
					header...)
				return n.do(http.MethodPost, odataPath+"IndividualCustomerCollection", newCustomer, header...).status
			}
			require.Equal(t, http.StatusCreated, write())
			if !tt.token {
				return
			}
			require.Equal(t, http.StatusForbidden, write("x-csrf-token", ""))
			require.Equal(t, http.StatusForbidden, write("x-csrf-token", "another"))
			if tt.kind == SessionXSRF {
				require.Equal(t, http.StatusUnauthorized, write("Authorization", ""), "cookies prove nobody")
			}
			n.control(http.MethodPost, "csrf/expire", `{"as":"not_found"}`, nil)
			require.Equal(t, http.StatusBadRequest, write())
		})
	}
	require.Equal(t, http.StatusBadRequest, setup(t).do(http.MethodPost, "/_sim/switches", `{"session_kind":"x"}`).status)
}

// TestStrictJSON tests the form that other SAP clients request.
func TestStrictJSON(t *testing.T) {
	t.Parallel()
	n := setup(t)
	strict := []string{"odata-v2-strict-json-format", "true"}
	var made struct {
		D map[string]any `json:"d"`
	}
	a := n.odata(http.MethodPost, "IndividualCustomerCollection", newCustomer, strict...)
	require.NoError(t, json.Unmarshal([]byte(a.body), &made))
	key := made.D["ObjectID"].(string)
	a = n.odata(http.MethodGet, "IndividualCustomerCollection('"+key+"')?$expand=IndividualCustomerTextCollection", "",
		strict...)
	require.NoError(t, json.Unmarshal([]byte(a.body), &made))
	require.Equal(t, key, made.D["ObjectID"])
	require.Equal(t, map[string]any{"results": []any{}}, made.D["IndividualCustomerTextCollection"])
	require.IsType(t, []any{},
		object(t, n.odata(http.MethodGet, "IndividualCustomerCollection('"+key+"')?$expand=IndividualCustomerTextCollection",
			""))["IndividualCustomerTextCollection"])
}

// TestNoResponsePayload: a write may ask for no body.
func TestNoResponsePayload(t *testing.T) {
	t.Parallel()
	n := setup(t)
	a := n.odata(http.MethodPost, "IndividualCustomerCollection", newCustomer, "odata-no-response-payload", "true")
	require.Equal(t, http.StatusCreated, a.status)
	require.Empty(t, a.body)
	require.Contains(t, a.header.Get("location"), "IndividualCustomerCollection('")
}

// TestDeepInsertForms: children come as an array, or under results as answers have them.
func TestDeepInsertForms(t *testing.T) {
	t.Parallel()
	n := setup(t)
	const text = `{"TypeCode":"10004","Text":"brakes","LanguageCode":"EN"}`
	for _, children := range []string{`[` + text + `]`, `{"results":[` + text + `]}`} {
		a := n.odata(http.MethodPost, "ServiceRequestCollection",
			`{"Name":"x","ProcessingTypeCode":"SRRQ","ServiceRequestTextCollection":`+children+`}`)
		require.Equal(t, http.StatusCreated, a.status, a.body)
		key := object(t, a)["ObjectID"].(string)
		require.Len(t,
			collected(t, n.odata(http.MethodGet, "ServiceRequestCollection('"+key+"')/ServiceRequestTextCollection", "")), 1)
	}
	a := n.odata(http.MethodPost, "ServiceRequestCollection",
		`{"Name":"x","ProcessingTypeCode":"SRRQ","ServiceRequestTextCollection":{"rows":[]}}`)
	require.Equal(t, http.StatusBadRequest, a.status)
}

// TestFileByNavigation: the address of a file as DocumentLink has it in public code.
func TestFileByNavigation(t *testing.T) {
	t.Parallel()
	n := setup(t)
	ticket := object(t, n.odata(http.MethodPost, "ServiceRequestCollection",
		`{"Name":"x","ProcessingTypeCode":"SRRQ"}`))["ObjectID"].(string)
	attach := func(content string) reply {
		return n.odata(http.MethodPost, "ServiceRequestAttachmentFolderCollection", `{"ParentObjectID":"`+ticket+
			`","TypeCode":"10001","CategoryCode":"2","Name":"a.txt",`+
			`"MimeType":"text/plain","Binary":"`+base64.StdEncoding.EncodeToString([]byte(content))+`"}`)
	}
	made := attach("brakes")
	require.Equal(t, http.StatusCreated, made.status, made.body)
	path := "ServiceRequestCollection('" + ticket + "')/ServiceRequestAttachmentFolder('" +
		object(t, made)["ObjectID"].(string) + "')"
	require.Equal(t, "brakes", n.odata(http.MethodGet, path+"/Binary/$value", "").body)
	require.Equal(t, "a.txt", object(t, n.odata(http.MethodGet, path, ""))["Name"])
	require.Equal(t, http.StatusNotFound, n.odata(http.MethodGet, "ServiceRequestCollection('"+ticket+
		"')/ServiceRequestAttachmentFolder('X')/Binary/$value", "").status)

	infected := attach("X5O!" + eicar)
	require.Equal(t, http.StatusInternalServerError, infected.status)
	require.Contains(t, infected.body, "virus found in a.txt")
}

// TestErrorsInLanguages: errors come in the language that the call requests, else in the user's, and with details.
func TestErrorsInLanguages(t *testing.T) {
	t.Parallel()
	n := setup(t)
	said := func(header ...string) (text string, details []any) {
		a := n.odata(http.MethodPost, "IndividualCustomerCollection", `{"RoleCode":"CRM000"}`, header...)
		require.Equal(t, http.StatusBadRequest, a.status)
		var body struct {
			Error struct {
				Message struct{ Value string } `json:"message"`
				Inner   struct {
					Details []any `json:"errordetails"`
				} `json:"innererror"`
			} `json:"error"`
		}
		require.NoError(t, json.Unmarshal([]byte(a.body), &body))
		return body.Error.Message.Value, body.Error.Inner.Details
	}
	text, details := said()
	require.Equal(t, "Property LastName is mandatory", text)
	require.Equal(t, "info", details[0].(map[string]any)["severity"], "what is decisive does not come first")
	require.Equal(t, text, details[1].(map[string]any)["message"])
	text, _ = said("Accept-Language", "de-DE, en;q=0.5")
	require.Equal(t, "Eigenschaft LastName ist ein Mussfeld", text)
	for _, other := range []string{"fr", ""} {
		text, _ = said("Accept-Language", other)
		require.Equal(t, "属性 LastName 为必填项", text)
	}
	n.control(http.MethodPost, "switches", `{"error_language":"zh"}`, nil)
	text, _ = said()
	require.Equal(t, "属性 LastName 为必填项", text)
}

// TestTicketsByTheTenantsRules: the tenant decides whether a message becomes a ticket, and in which status.
func TestTicketsByTheTenantsRules(t *testing.T) {
	t.Parallel()
	n := setup(t)
	id, _ := n.profile("oAlice")
	n.control(http.MethodPost, "switches", `{"no_tickets":true}`, nil)
	n.activity(id, "m1", "", "hello")
	require.Empty(t, n.tickets())
	n.control(http.MethodPost, "switches", `{"no_tickets":false,"new_ticket_status":"2"}`, nil)
	n.activity(id, "m2", "", "hello")
	require.Len(t, n.tickets(), 1)
	require.Equal(t, "2", n.tickets()[0].Status)
	require.Equal(t, http.StatusBadRequest, n.do(http.MethodPost, "/_sim/switches", `{"new_ticket_status":"ZZ"}`).status)
}
