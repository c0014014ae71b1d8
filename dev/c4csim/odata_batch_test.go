package c4csim

import (
	"bufio"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// inner is a request of a batch; id is its Content-ID.
func inner(id, method, target, body string, header ...string) string {
	lines := []string{"Content-Type: application/http", "Content-Transfer-Encoding: binary"}
	if id != "" {
		lines = append(lines, "Content-ID: "+id)
	}
	lines = append(lines, "", method+" "+target+" HTTP/1.1", "Accept: application/json", "Content-Type: application/json")
	for i := 0; i < len(header); i += 2 {
		lines = append(lines, header[i]+": "+header[i+1])
	}
	return strings.Join(append(lines, "", body), "\r\n")
}

func enclosed(boundary string, parts ...string) string {
	var b strings.Builder
	for _, p := range parts {
		fmt.Fprintf(&b, "--%s\r\n%s\r\n", boundary, p)
	}
	return b.String() + "--" + boundary + "--\r\n"
}

func changeSet(requests ...string) string {
	return "Content-Type: multipart/mixed; boundary=cs\r\n\r\n" + enclosed("cs", requests...)
}

// batched is one answer of a batch.
type batched struct {
	id     string
	set    bool // it belongs to a change set
	status int
	header http.Header
	body   string
}

func (n *tenant) batch(parts ...string) []batched {
	n.t.Helper()
	a := n.odata(http.MethodPost, "$batch", enclosed("b1", parts...), "Content-Type", "multipart/mixed; boundary=b1")
	require.Equal(n.t, http.StatusAccepted, a.status, a.body)
	return readParts(n.t, a.header.Get("Content-Type"), strings.NewReader(a.body), false)
}

func readParts(t *testing.T, contentType string, body io.Reader, set bool) []batched {
	t.Helper()
	kind, parameters, err := mime.ParseMediaType(contentType)
	require.NoError(t, err)
	require.Equal(t, "multipart/mixed", kind)
	var out []batched
	r := multipart.NewReader(body, parameters["boundary"])
	for {
		p, err := r.NextRawPart()
		if err == io.EOF {
			return out
		}
		require.NoError(t, err)
		if strings.HasPrefix(p.Header.Get("Content-Type"), "multipart/mixed") {
			out = append(out, readParts(t, p.Header.Get("Content-Type"), p, true)...)
			continue
		}
		require.Equal(t, "application/http", p.Header.Get("Content-Type"))
		require.Equal(t, "binary", p.Header.Get("Content-Transfer-Encoding"))
		res, err := http.ReadResponse(bufio.NewReader(p), nil)
		require.NoError(t, err)
		text, err := io.ReadAll(res.Body)
		require.NoError(t, err)
		require.NoError(t, res.Body.Close())
		out = append(out, batched{id: p.Header.Get("Content-ID"), set: set, status: res.StatusCode, header: res.Header,
			body: string(text)})
	}
}

// TestBatchOfSAPsGuide follows the steps of SAP's guide for developers: a ticket with notes, then its header, a note
// and a file together.
func TestBatchOfSAPsGuide(t *testing.T) {
	t.Parallel()
	n := setup(t)
	made := n.batch(changeSet(inner("", http.MethodPost, "ServiceRequestCollection",
		`{"ServicePriorityCode":"2","Name":"Brake noise","ServiceRequestTextCollection":[{"Text":"Noise when braking","TypeCode":"10004"}]}`,
		"Content-Length", "5000")))
	require.Len(t, made, 1)
	require.True(t, made[0].set)
	require.Equal(t, http.StatusCreated, made[0].status, made[0].body)
	key := object(t, reply{body: made[0].body})["ObjectID"].(string)
	require.Equal(t, n.url+odataPath+"ServiceRequestCollection('"+key+"')", made[0].header.Get("location"))
	require.NotEmpty(t, made[0].header.Get("etag"))

	changed := n.batch(
		changeSet(
			inner("1", http.MethodPatch, "ServiceRequestCollection('"+key+"')", `{"Name":"Brake noise, front left"}`),
			inner("2", http.MethodPost, "ServiceRequestTextCollectionCollection",
				`{"TypeCode":"10008","Text":"Reply","ParentObjectID":"`+key+`"}`),
			inner("3", http.MethodPost, odataPath+"ServiceRequestAttachmentFolderCollection",
				`{"Binary":"aGVsbG8=","CategoryCode":"2","MimeType":"text/plain","Name":"three.txt","ParentObjectID":"`+key+
					`","TypeCode":"10001"}`),
		),
		inner("", http.MethodGet, n.url+odataPath+"ServiceRequestCollection('"+key+"')?$select=Name", ""),
		inner("", http.MethodGet, "ServiceRequestCollection('"+key+"')/ServiceRequestTextCollection/$count", ""),
		inner("", http.MethodGet, "ServiceRequestCollection('"+strings.Repeat("0", 32)+"')", ""),
	)
	require.Len(t, changed, 6)
	for i, want := range []batched{
		{id: "1", set: true, status: 204}, {id: "2", set: true, status: 201}, {id: "3", set: true, status: 201},
		{status: 200}, {status: 200}, {status: 404},
	} {
		got := changed[i]
		require.Equal(t, want, batched{id: got.id, set: got.set, status: got.status}, got.body)
	}
	require.Contains(t, changed[3].body, "front left")
	require.Equal(t, "2", changed[4].body)
}

func TestChangeSetIsAllOrNothing(t *testing.T) {
	t.Parallel()
	n := setup(t, func(o *Options) { o.StateFile = t.TempDir() + "/state.json" })
	c := n.customer("Li", follower)
	path := "IndividualCustomerCollection('" + c["ObjectID"].(string) + "')"
	answers := n.batch(
		changeSet(
			inner("a", http.MethodPost, "IndividualCustomerCollection", `{"LastName":"New","RoleCode":"CRM000"}`),
			inner("b", http.MethodPatch, path, `{"LastName":"Changed"}`),
			inner("c", http.MethodPost, "IndividualCustomerCollection", `{"RoleCode":"CRM000"}`, "Accept-Language", "de"),
			inner("d", http.MethodPost, "IndividualCustomerCollection", `{"LastName":"Never","RoleCode":"CRM000"}`),
		),
		changeSet(inner("e", http.MethodPost, "IndividualCustomerCollection", `{"LastName":"Other","RoleCode":"CRM000"}`)),
	)
	require.Len(t, answers, 2, "one error in place of the change set; what follows is executed")
	require.False(t, answers[0].set)
	require.Equal(t, "c", answers[0].id)
	require.Equal(t, http.StatusBadRequest, answers[0].status)
	require.Contains(t, answers[0].body, "Eigenschaft LastName ist ein Mussfeld")
	require.Contains(t, answers[0].header.Get("sap-message"), "Mussfeld")
	require.Equal(t, http.StatusCreated, answers[1].status, answers[1].body)
	names := func(n *tenant) (out []string) {
		for _, c := range collected(t, n.odata(http.MethodGet, "IndividualCustomerCollection?$orderby="+
			url.QueryEscape("CustomerID asc"), "")) {
			out = append(out, c["LastName"].(string))
		}
		return out
	}
	require.Equal(t, []string{"Li", "Other"}, names(n))
	require.NoError(t, n.sim.Close())
	again := setup(t, func(o *Options) { o.StateFile = n.sim.opts.StateFile })
	require.Equal(t, []string{"Li", "Other"}, names(again), "nothing of it was written down")
}

func TestContentIDOfAChangeSet(t *testing.T) {
	t.Parallel()
	n := setup(t)
	answers := n.batch(changeSet(
		inner("t1", http.MethodPost, "ServiceRequestCollection", `{"Name":"Brakes"}`),
		inner("t2", http.MethodPost, "$t1/ServiceRequestTextCollection", `{"TypeCode":"10008","Text":"Reply"}`),
		inner("t3", http.MethodPatch, "$t1", `{"Name":"Brakes, front"}`),
	))
	require.Len(t, answers, 3)
	require.Equal(t, http.StatusCreated, answers[1].status, answers[1].body)
	require.Equal(t, http.StatusNoContent, answers[2].status, answers[2].body)
	require.Equal(t, "Brakes, front", n.tickets()[0].Subject)
	require.Equal(t, "Reply", n.tickets()[0].Notes[0].Text)

	elsewhere := n.batch(
		changeSet(inner("t1", http.MethodPost, "ServiceRequestCollection", `{"Name":"Other"}`)),
		changeSet(inner("", http.MethodPatch, "$t1", `{"Name":"x"}`)),
	)
	require.Equal(t, http.StatusBadRequest, elsewhere[1].status, "another change set does not know it")
}

// TestEventsOfAChangeSet: changes that are undone send no events.
func TestEventsOfAChangeSet(t *testing.T) {
	t.Parallel()
	n, receiver := pushing(t)
	key := object(t, n.odata(http.MethodPost, "ServiceRequestCollection", `{"Name":"Brakes"}`))["ObjectID"].(string)
	complete := inner("", http.MethodPatch, "ServiceRequestCollection('"+key+"')",
		`{"ServiceRequestUserLifeCycleStatusCode":"5"}`)
	n.batch(changeSet(complete, inner("", http.MethodPost, "ServiceRequestCollection", `{"Nonsense":"x"}`)))
	require.Equal(t, "1", n.tickets()[0].Status)
	n.batch(changeSet(complete))
	require.Equal(t, "5", n.tickets()[0].Status)
	require.Eventually(t, func() bool { return len(receiver.all()) > 0 }, 10*time.Second, time.Millisecond)
	require.NoError(t, n.sim.Close())
	require.Len(t, receiver.all(), 1)
}

func TestMalformedBatches(t *testing.T) {
	t.Parallel()
	good := inner("", http.MethodPost, "IndividualCustomerCollection", `{"LastName":"Li","RoleCode":"CRM000"}`)
	for _, tt := range []struct{ name, contentType, body, says string }{
		{"no boundary", "multipart/mixed", enclosed("b", changeSet(good)), "with a boundary"},
		{"JSON", "application/json", "{}", "multipart/mixed"},
		{"line feeds alone", "", strings.ReplaceAll(enclosed("b", changeSet(good)), "\r\n", "\n"), "CRLF"},
		{"not closed", "", strings.TrimSuffix(enclosed("b", changeSet(good)), "--b--\r\n"), "closing boundary"},
		{"change set not closed", "", strings.Replace(enclosed("b", changeSet(good)), "--cs--", "", 1), "closing boundary"},
		{"empty", "", "--b--\r\n", "CRLF"},
		{"write outside of a change set", "", enclosed("b", good), "outside of a change set"},
		{"read in a change set", "",
			enclosed("b", changeSet(good, inner("", http.MethodGet, "IndividualCustomerCollection", ""))),
			"GET in a change set"},
		{"nested", "", enclosed("b", changeSet(changeSet(good))), "neither application/http"},
		{"same id", "", enclosed("b", changeSet(inner("1", "DELETE", "x", ""), inner("1", "DELETE", "x", ""))), "twice"},
		{"not binary", "", strings.Replace(enclosed("b", changeSet(good)), "binary", "8bit", 1), "not binary"},
		{"no version", "", strings.Replace(enclosed("b", changeSet(good)), " HTTP/1.1", "", 1), "METHOD URI HTTP/1.1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			n := setup(t)
			if tt.contentType == "" {
				tt.contentType = "multipart/mixed; boundary=b"
			}
			a := n.odata(http.MethodPost, "$batch", tt.body, "Content-Type", tt.contentType)
			require.Equal(t, http.StatusBadRequest, a.status, a.body)
			a.contains(t, tt.says)
			require.Equal(t, "0", n.odata(http.MethodGet, "IndividualCustomerCollection/$count", "").body,
				"nothing was executed")
		})
	}
}

func TestBatchNeedsTheToken(t *testing.T) {
	t.Parallel()
	n := setup(t)
	body := enclosed("b", inner("", http.MethodGet, "ServiceRequestCollection", ""))
	a := n.do(http.MethodPost, odataPath+"$batch", body, "Content-Type", "multipart/mixed; boundary=b")
	require.Equal(t, http.StatusForbidden, a.status, "also one that only reads")
	require.Equal(t, "Required", a.header.Get("x-csrf-token"))
	a = n.odata(http.MethodPost, "$batch", enclosed("b",
		inner("", http.MethodGet, "https://other.example/x", ""), inner("", http.MethodGet, "$batch", ""),
		inner("", http.MethodGet, "../../x", "")),
		"Content-Type", "multipart/mixed; boundary=b")
	for _, p := range readParts(t, a.header.Get("Content-Type"), strings.NewReader(a.body), false) {
		require.Equal(t, http.StatusBadRequest, p.status, p.body)
		require.Contains(t, p.body, "out of the service")
	}
}
