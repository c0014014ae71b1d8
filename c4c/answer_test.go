package c4c

import (
	"encoding/base64"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/stretchr/testify/require"
)

// TestOneWayToC4C: all requests leave in one place, and all answers are judged there.
func TestOneWayToC4C(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	for word, places := range map[string]int{"client.Do(": 1, ".RoundTrip(req": 2, ".judge(": 1, "t.send(": 1,
		"t.receive(": 1} {
		found := 0
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			source, err := os.ReadFile(file)
			require.NoError(t, err)
			found += strings.Count(string(source), word)
		}
		require.Equal(t, places, found, "%s: a second way to C4C", word)
	}
}

// TestPageIsNoFile: a page or an error instead of an agent's file is not the file, unless the agent sent just that.
func TestPageIsNoFile(t *testing.T) {
	t.Parallel()
	const page, refused, atom = "<html>Logon</html>", `{"error":{"code":"X:1","message":"No"}}`,
		`<error><code>X:1</code><message>No</message></error>`
	for _, test := range []struct {
		name, mime        string // of the attachment
		contentType, body string // of the answer
		want              error  // nil: it is the file
		calls             int
	}{
		{"picture", "image/png", "image/png", "\x89PNG", nil, 1},
		{"log-on page", "image/png", "text/html", page, ErrUnavailable, 2},
		{"log-on page labelled as the file's type", "image/png", "application/octet-stream", page, ErrUnavailable, 2},
		{"error", "application/pdf", "application/json", refused, ErrRejected, 2},
		{"atom error", "application/pdf", "application/xml", atom, ErrRejected, 2},
		{"page of an agent", "text/html", "text/html; charset=utf-8", page, nil, 3},
		{"page of an agent under another name", "application/octet-stream", "application/octet-stream", page, nil, 3},
		{"error of an agent", "application/json", "application/json", refused, nil, 3},
		{"json that is none", "application/json", "application/json", `{"errors":0}`, nil, 1},
		{"unknown type", "", "text/html", page, ErrUnavailable, 2},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c, f := setup(t, SocialSOAP)
			file := f.add(attachmentSet,
				row{"Name": "a", "MimeType": test.mime, "Binary": base64.StdEncoding.EncodeToString([]byte(test.body))})
			f.onRequest(func(w http.ResponseWriter, r *http.Request, next http.HandlerFunc) {
				if !strings.HasSuffix(r.URL.Path, "/$value") {
					next(w, r)
					return
				}
				w.Header().Set("Content-Type", test.contentType)
				_, _ = io.WriteString(w, test.body)
			})
			got, err := c.OpenAttachment(t.Context(), AttachmentOfTicket, file.text("ObjectID"))
			require.Len(t, f.seen(), test.calls)
			if test.want != nil {
				requireClass(t, err, test.want)
				return
			}
			require.NoError(t, err)
			content, err := io.ReadAll(got.Body)
			require.NoError(t, err)
			require.NoError(t, got.Body.Close())
			require.Equal(t, test.body, string(content))
			require.EqualValues(t, len(test.body), got.Size)
		})
	}
}

// TestUndecodedFile: an unrequested content coding is not accepted as content.
func TestUndecodedFile(t *testing.T) {
	t.Parallel()
	c, f := setup(t, SocialSOAP)
	file := f.add(attachmentSet, row{"Name": "a", "MimeType": "image/png"})
	f.answer(200, map[string]string{"Content-Type": "image/png", "Content-Encoding": "br"}, "packed")
	_, err := c.OpenAttachment(t.Context(), AttachmentOfTicket, file.text("ObjectID"))
	requireClass(t, err, ErrOutcomeUnknown)
}

// inUTF16 is a text as some of SAP's servers send XML.
func inUTF16(text string) string {
	out := []byte("\xfe\xff")
	for _, unit := range utf16.Encode([]rune(text)) {
		out = append(out, byte(unit>>8), byte(unit))
	}
	return string(out)
}

func TestCharsets(t *testing.T) {
	t.Parallel()
	const atom = `<?xml version="1.0" encoding="utf-16"?><error><code>CM_DS_APPL_ERROR:000</code><message>Datensatz ist von Benutzer AGENT01 gesperrt</message></error>`
	const customer = `{"d":{"results":[{"ObjectID":"A1","CustomerID":"1","LastName":"%"}]}}`
	for _, test := range []struct {
		name        string
		status      int
		contentType string
		body        string
		lastName    string
		want        error
	}{
		{"utf-16 with its mark", 400, "application/xml", inUTF16(atom), "", ErrLocked},
		{"utf-16 without", 400, "application/xml; charset=utf-16", inUTF16(atom)[2:], "", ErrLocked},
		{"latin-1", 400, "application/xml",
			`<?xml version="1.0" encoding="iso-8859-1"?><error><code/><message>Objekt wird von Benutzer M` + "\xfc" +
				`ller bearbeitet</message></error>`, "", ErrLocked},
		{"utf-8 with its mark", 200, "application/json", "\xef\xbb\xbf" + strings.Replace(customer, "%", "王", 1), "王", nil},
		{"gbk", 200, "application/json; charset=GBK", strings.Replace(customer, "%", "\xcd\xf5", 1), "王", nil},
		{"utf-8 labelled as latin-1", 200, "application/json; charset=iso-8859-1", strings.Replace(customer, "%", "王", 1),
			"王", nil},
		{"gbk without a label", 200, "application/json", strings.Replace(customer, "%", "\xcd\xf5", 1), "",
			ErrOutcomeUnknown},
		{"unknown label", 200, "application/json; charset=x-none", strings.Replace(customer, "%", "\xcd\xf5", 1), "",
			ErrOutcomeUnknown},
		{"broken gbk", 200, "application/json; charset=GBK", strings.Replace(customer, "%", "\xff\xff", 1), "",
			ErrOutcomeUnknown},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c, f := setup(t, SocialSOAP)
			f.answer(test.status, map[string]string{"Content-Type": test.contentType}, test.body)
			got, err := c.CustomerByID(t.Context(), "1")
			if test.want != nil {
				requireClass(t, err, test.want)
				return
			}
			require.NoError(t, err)
			require.Equal(t, test.lastName, got.LastName)
		})
	}
}

// TestMissingSet: if a set or a service is missing, no object was looked for.
func TestMissingSet(t *testing.T) {
	t.Parallel()
	c, f := setup(t, SocialOData)
	f.answer(404, jsonType, `{"error":{"code":"/IWFND/CM:404","message":{"value":"Resource not found"}}}`)
	_, err := c.CreateCustomer(t.Context(), NewCustomer{LastName: "Li"})
	requireClass(t, err, ErrRejected)
	_, err = c.FindCustomer(t.Context(), testOpenID)
	requireClass(t, err, ErrRejected)
	_, err = c.Social().FindProfile(t.Context(), testOpenID)
	requireClass(t, err, ErrRejected)
	_, err = c.Ticket(t.Context(), someKey)
	requireClass(t, err, ErrNotFound)
	_, err = c.TicketTexts(t.Context(), someKey)
	requireClass(t, err, ErrNotFound)
}
