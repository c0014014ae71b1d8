package c4c

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"unicode/utf16"

	"github.com/stretchr/testify/require"
)

// Kinds of bodies in the book of strange answers.
const (
	kindNonsense = "nonsense"
	kindPage     = "page"
	kindError    = "error" // of OData
	kindFault    = "fault" // of SOAP
	kindOther    = "somebody else's object"
)

// strange is one answer of the book.
type strange struct {
	status             int
	contentType        string
	kind, name         string // of the body
	body               string
	charset, coding    string
	truncated, sampled bool
	wire               []byte
}

func (s strange) String() string {
	return fmt.Sprintf("%d %s %q (%s) charset %q coding %q truncated %t", s.status, s.contentType, s.name, s.kind,
		s.charset, s.coding, s.truncated)
}

const otherUUID = "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF"

// other is another object, with every property by which objects are distinguished.
const other = `{"ObjectID":"FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF","ParentObjectID":"FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF","ID":"999",` +
	`"UUID":"` + otherUUID + `","RootSocialMediaActivityUUID":"` + otherUUID +
	`","CustomerID":"999","NickName":"oSOMEBODYELSE",` +
	`"TypeCode":"999","BuyerPartyID":"999","SocialMediaMessageID":"wx:default:oSOMEBODYELSE:1","SocialMediaUserAccountID":"oSOMEBODYELSE",` +
	`"MimeType":"text/plain","InitiatorCode":"9"}`

// bodies are the bodies of the book's answers.
func bodies() map[string][]struct{ name, body string } {
	type named = struct{ name, body string }
	return map[string][]named{
		kindNonsense: {
			{"nothing", ""}, {"blanks", " \r\n"}, {"null", "null"}, {"true", "true"}, {"text", `"text"`}, {"number", "-1e400"},
			{"array", "[]"},
			{"object", "{}"}, {"d null", `{"d":null}`}, {"d text", `{"d":"x"}`}, {"d object", `{"d":{}}`},
			{"results null", `{"d":{"results":null}}`},
			{"results object", `{"d":{"results":{}}}`}, {"entity without key", `{"d":{"results":[{"ID":"1"}]}}`},
			{"results of null", `{"d":{"results":[null]}}`},
			{"deferred", `{"d":{"__deferred":{"uri":"x"}}}`}, {"key is null", `{"d":{"results":[{"ObjectID":null}]}}`},
			{"key is a number", `{"d":{"ObjectID":7}}`},
			{"cut", `{"d":{"results":[{"ObjectID":"A`}, {"two documents", `{"d":{"results":[]}}{"d":{}}`}, {"plain", "OK"},
			{"bytes", "\xff\xd8\xff\xe0\x00\x10JFIF"},
			{"deep", strings.Repeat(`{"d":[`, 6000)}, {"deep xml", strings.Repeat("<a>", 9000)},
			{"xml", `<?xml version="1.0"?><a/>`},
			{"entity", `<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>`},
			{"atom feed", `<feed xmlns="http://www.w3.org/2005/Atom"><entry/></feed>`},
			{"gbk", "{\"d\":{\"results\":{\"Name\":\"\xcd\xf5\"}}}"},
			{"lone surrogate", `{"d":{"results":{"ObjectID":""}},"x":"\ud800"}`},
			{"envelope without body", `<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"/>`},
			{"gateway's refusal",
				`{"fault":{"faultstring":"Quota violation","detail":{"errorcode":"policies.ratelimit.QuotaViolation"}}}`},
			{"refusals", `{"errors":[{"message":"Invalid"}]}`},
			{"newer OData", `{"@odata.context":"x","value":[{"ObjectID":"A1"}]}`},
			{"next link alone", `{"d":{"__next":"https://h/x?$skiptoken=2"}}`},
			{"next link is an object", `{"d":{"results":[],"__next":{"uri":"x"}}}`},
			{"proxy's text", "upstream connect error or disconnect/reset before headers"},
			{"guarded json", ")]}',\n{\"d\":{\"results\":[]}}"},
			{"callback", `cb({"d":{"results":[]}})`}, {"comment in json", `/* */{"d":{"results":[]}}`},
			{"not a number", `{"d":{"results":NaN}}`},
			{"results of lists", `{"d":{"results":[[]]}}`}, {"d is a list of texts", `{"d":["a"]}`},
			{"json in a text", `"{\"d\":{\"results\":[]}}"`},
			{"parts of nothing", "--b\r\nContent-Type: application/xop+xml\r\n\r\n" + soapEnvelope("X", "") + "\r\n--b--"},
			{"answer to a batch",
				"--b\r\nContent-Type: application/http\r\n\r\nHTTP/1.1 201 Created\r\n\r\n{\"d\":{\"ObjectID\":\"A1\"}}\r\n--b--"},
			{"two envelopes of nothing", soapEnvelope("X", "") + soapEnvelope("X", "")},
			{"envelope of another kind", `<Envelope><Body/></Envelope>`},
			{"metadata", `<edmx:Edmx xmlns:edmx="http://schemas.microsoft.com/ado/2007/06/edmx" Version="1.0"/>`},
			{"envelope of nothing", soapEnvelope("X", "")}, {"hits without object", soapEnvelope("X", hits(1))},
			{"log of nothing", soapEnvelope("X", "<Log/>")},
		},
		kindPage: {
			{"log-on", "<html><body><form>Logon</form></body></html>"},
			{"capitals", "<!DOCTYPE HTML PUBLIC \"x\">\n<HTML><TITLE>Down</TITLE></HTML>"},
			{"comment", "<!-- maintenance -->\n<html>Down</html>"},
			{"xhtml", "<?xml version=\"1.0\"?>\n<!DOCTYPE html><html xmlns=\"http://www.w3.org/1999/xhtml\"/>"},
			{"script", "<html><script>document.location='/saml2'</script></html>"},
			{"form that posts itself",
				"<html><body onload=\"document.forms[0].submit()\"><form><input name=\"SAMLRequest\"></form></body></html>"},
			{"in frames", "<!DOCTYPE html PUBLIC \"-//W3C//DTD HTML 4.01 Frameset//EN\"><html><frameset></frameset></html>"},
			{"mark", "\xef\xbb\xbf<html>维护中</html>"}, {"head", "<head><meta http-equiv=refresh></head>"},
		},
		kindError: {
			{"error", `{"error":{"code":"X:001","message":{"lang":"en","value":"Invalid input"}}}`},
			{"plain error", `{"error":"Invalid input"}`},
			{"atom error",
				`<?xml version="1.0" encoding="utf-8"?><error xmlns="http://schemas.microsoft.com/ado/2007/08/dataservices/metadata"><code>X:001</code><message>Invalid input</message></error>`},
			{"innererror",
				`{"error":{"code":"X:001","message":"Invalid","innererror":{"errordetails":[{"code":"Y:1","message":"Bad","severity":"error"}]}}}`},
			{"older error", `{"code":"ERROR","message":"Validation failed"}`},
			{"error and data", `{"error":{"code":"X:001"},"d":{"results":[]}}`},
		},
		kindFault: {{"fault", soapFaultBody(genericFault)}},
		kindOther: {
			{"object", `{"d":{"results":` + other + `}}`}, {"list", `{"d":{"results":[` + other + `]}}`},
			{"bare", `{"d":` + other + `}`},
			{"profile", soapEnvelope("X", `<SocialMediaUserProfile><ID>999</ID><UUID>`+otherUUID+
				`</UUID><UserInformation><SocialMediaUserAccountID>oSOMEBODYELSE</SocialMediaUserAccountID></UserInformation></SocialMediaUserProfile>`)},
			{"activity", soapEnvelope("X", `<SocialMediaActivity><ID></ID><UUID>`+otherUUID+
				`</UUID><SocialMediaMessageID>wx:default:oSOMEBODYELSE:1</SocialMediaMessageID></SocialMediaActivity>`)},
		},
	}
}

// book is every status with every body: once with the matching type, and as many times again with a random choice of
// content type, charset, compression and truncation.
func book() []strange {
	draw := rand.New(rand.NewPCG(13, 13)) //nolint:gosec // repeatable on purpose
	types := []string{"", "application/json", "text/html;charset=utf-8", "text/plain", "application/xml",
		"application/octet-stream", "image/png", ";;", "text/json; charset=iso-8859-1"}
	one := func(of []string) string { return of[draw.IntN(len(of))] }
	var all []strange
	for _, status := range []int{200, 201, 202, 204, 206, 301, 302, 303, 307, 400, 401, 403, 404, 405, 408, 409, 410, 412,
		413, 418, 422, 423, 428, 429, 500, 501, 502, 503, 504, 599} {
		for kind, list := range bodies() {
			for _, b := range list {
				s := strange{status: status, contentType: "application/json", kind: kind, name: b.name, body: b.body}
				switch {
				case kind == kindPage:
					s.contentType = "text/html"
				case strings.HasPrefix(strings.TrimSpace(b.body), "<"):
					s.contentType = "text/xml"
				}
				all = append(all, s.printed())
				s.sampled, s.contentType = true, one(types)
				s.charset = one([]string{"", "", "utf-16", "utf-16le", "gbk label", "mark"})
				s.coding = one([]string{"", "", "gzip", "broken gzip", "br"})
				s.truncated = draw.IntN(3) == 0
				all = append(all, s.printed())
			}
		}
	}
	// maps have no order
	slices.SortStableFunc(all, func(a, b strange) int { return strings.Compare(a.String(), b.String()) })
	return all
}

// printed is the answer with its bytes as sent.
func (s strange) printed() strange {
	contentType, body := s.contentType, []byte(s.body)
	switch s.charset {
	case "utf-16", "utf-16le":
		contentType += "; charset=" + s.charset
		body = nil
		if s.charset == "utf-16" {
			body = []byte("\xff\xfe")
		}
		for _, unit := range utf16.Encode([]rune(s.body)) {
			body = append(body, byte(unit), byte(unit>>8))
		}
	case "gbk label":
		contentType += "; charset=gbk"
	case "mark":
		body = append([]byte("\xef\xbb\xbf"), body...)
	}
	if strings.Contains(s.coding, "gzip") {
		var packed bytes.Buffer
		z := gzip.NewWriter(&packed)
		_, _ = z.Write(body)
		_ = z.Close()
		body = packed.Bytes()
		if s.coding == "broken gzip" {
			body = body[:len(body)/2]
		}
	}
	s.contentType, s.wire = contentType, body
	return s
}

func (s strange) write(w http.ResponseWriter) {
	if s.coding != "" {
		w.Header().Set("Content-Encoding", strings.TrimPrefix(s.coding, "broken "))
	}
	w.Header()["Content-Type"] = nil // no type, rather than a guessed one
	if s.contentType != "" {
		w.Header().Set("Content-Type", s.contentType)
	}
	if s.truncated && s.status != http.StatusNoContent {
		w.Header().Set("Content-Length", strconv.Itoa(len(s.wire)+1))
	}
	w.WriteHeader(s.status)
	_, _ = w.Write(s.wire)
}

// classesOf are the classes that an error for this answer may have. If the body was not altered, there is one; an
// altered body may hide the class.
func (s strange) classesOf(soap bool) []error {
	rejected := []error{ErrRejected}
	switch {
	case s.status == 401:
		return []error{ErrUnauthorized}
	case s.status >= 300 && s.status < 400, s.status == 408, s.status == 429, s.status == 502, s.status == 503,
		s.status == 504:
		return []error{ErrUnavailable}
	case s.status == 403:
		return []error{ErrNotAuthorized}
	case s.status == 423:
		return []error{ErrLocked, ErrFault}[:map[bool]int{false: 1, true: 2}[soap]]
	case s.status == 404:
		return []error{ErrRejected, ErrNotFound, ErrFault}[:map[bool]int{false: 2, true: 3}[soap]]
	case s.status == 409, s.status == 412:
		return []error{ErrConflict, ErrFault}[:map[bool]int{false: 1, true: 2}[soap]]
	case s.status >= 500:
		return []error{ErrUnavailable, ErrFault}[:map[bool]int{false: 1, true: 2}[soap]]
	case s.status >= 400:
		return append(rejected, []error{ErrFault}[:map[bool]int{false: 0, true: 1}[soap]]...)
	case s.sampled:
		return []error{ErrOutcomeUnknown, ErrUnavailable, ErrRejected, ErrFault, ErrNotFound}
	case s.status == http.StatusNoContent:
		return []error{ErrOutcomeUnknown, ErrNotFound}
	case s.kind == kindPage:
		return []error{ErrUnavailable}
	case s.kind == kindError && !soap:
		return rejected
	case s.kind == kindFault && soap:
		return []error{ErrFault}
	case strings.HasSuffix(s.name, "of nothing") && soap: // nothing was found, or nothing was made
		return []error{ErrOutcomeUnknown, ErrNotFound}
	case s.kind == kindOther:
		return []error{ErrOutcomeUnknown, ErrNotFound, ErrRejected}
	}
	return []error{ErrOutcomeUnknown}
}

// expected reports whether a method may accept this answer without an error.
func (s strange) expected(m method, got any) bool {
	switch {
	case m.name == "Ping" && s.status == http.StatusOK && strings.Contains(s.body, `"results":[`):
		return true // could be a list of sets
	case m.name == "TryWrite" && s.status == http.StatusNotFound:
		return true // it is what the method asks for
	case m.blind && s.kind == kindOther && s.status < 300, m.name == "FindActivity" && s.status == http.StatusNotFound:
		return true // the latter knows an activity whose profile is gone
	case s.status == http.StatusNoContent && m.silent:
		return true
	case m.content && got == "hello":
		return true // it looked again
	case m.content:
		// Anything that is neither a page nor an error may be an agent's file.
		return s.status == http.StatusOK && s.kind != kindPage && (s.kind != kindError || s.charset != "") &&
			!strings.HasPrefix(s.contentType, "text/html") && s.coding != "br"
	}
	return s.kind == kindOther && s.status == http.StatusOK && isNothing(got)
}

// batchless are the statuses that may mean that batches are not supported.
var batchless = []int{404, 405, 406, 415, 501}

// TestBook feeds every method, at each of its calls, every answer of the book. Each answer results in one class, is
// never taken for success, and never makes a method panic.
func TestBook(t *testing.T) {
	t.Parallel()
	pages := book()
	var fed atomic.Int64
	t.Cleanup(func() { t.Logf("%d answers, %d methods, %d calls", len(pages), len(methods()), fed.Load()) })
	for _, social := range []string{SocialSOAP, SocialOData} {
		for i, m := range methods() {
			t.Run(fmt.Sprintf("%s/%d %s", social, i, m.name), func(t *testing.T) {
				t.Parallel()
				c, f := setup(t, social)
				w := f.settle()
				for at := 1; f.read(t, c, w, m, at, pagesOf(i+at, pages), &fed); at++ {
				}
			})
		}
	}
}

// pagesOf is a part of the book, a different one for each method. WECHAT_C4C_BOOK=all gives every method all of it.
func pagesOf(part int, pages []strange) []strange {
	const parts = 24
	if os.Getenv("WECHAT_C4C_BOOK") == "all" {
		return pages
	}
	var some []strange
	for i := part % parts; i < len(pages); i += parts {
		some = append(some, pages[i])
	}
	return some
}

// read gives every answer in place of the one to the at-th call of a method. It returns false if there is no such
// call.
func (f *fake) read(t *testing.T, c *Client, w world, m method, at int, pages []strange, fed *atomic.Int64) bool {
	t.Helper()
	for _, s := range pages {
		f.forget()
		c.odata.session.drop(c.odata.session.now.generation) // so that a refusal is about the call
		var calls, soap atomic.Int64
		f.onRequest(func(out http.ResponseWriter, r *http.Request, next http.HandlerFunc) {
			fetch := strings.HasSuffix(r.URL.Path, "/c4codataapi/") && m.name != "Ping"
			if fetch || calls.Add(1) != int64(at) {
				next(out, r)
				return
			}
			if strings.Contains(r.URL.Path, "/srt/") {
				soap.Store(1)
			}
			s.write(out)
		})
		got, err := m.call(t.Context(), c, w)
		if calls.Load() < int64(at) {
			return false
		}
		fed.Add(1)
		if again, ok := got.(Ticket); err == nil && ok && m.name == "TicketByID" && s.kind == kindOther &&
			again.ID == w.ticketID {
			continue // it looked again, with leading zeros, and found the requested one
		}
		if follower, ok := got.(Follower); err == nil && ok {
			if at == 1 && slices.Contains(batchless, s.status) {
				require.Equal(t, w.profile.ID, follower.Profile.ID, "it asked for both alone")
				continue
			}
			if follower.Profile.ID == "" || follower.Customer.ID == "" {
				err = notFound("find follower") // not an error here
			}
		}
		if err == nil {
			require.True(t, s.expected(m, got), "call %d took %s for %v", at, s, got)
			continue
		}
		one := 0
		for _, class := range classes {
			if errors.Is(err, class) {
				one++
			}
		}
		if m.content && one == 0 && s.status == http.StatusOK {
			continue // reading failed half-way
		}
		require.Equal(t, 1, one, "%s: %v", s, err)
		require.True(t, slices.ContainsFunc(s.classesOf(soap.Load() == 1), func(class error) bool {
			return errors.Is(err, class)
		}), "call %d, %s: %v", at, s, err)
		requireRedacted(t, err, testOpenID, "brakes")
	}
	return true
}

// TestBookAtTheAccessToken: a strange answer of the token service is not a token, and the call that needed one is not
// made.
func TestBookAtTheAccessToken(t *testing.T) {
	t.Parallel()
	c, f, _ := oauthTenant(t)
	fed := 0
	for _, s := range pagesOf(0, book()) {
		f.forget()
		f.onRequest(func(w http.ResponseWriter, r *http.Request, _ http.HandlerFunc) {
			if r.URL.Path != oauthTokenPath {
				panic(http.ErrAbortHandler) // something was accepted as a token
			}
			s.write(w)
		})
		fed++
		_, err := c.CreateCustomer(t.Context(), NewCustomer{LastName: "Li"})
		require.Error(t, err, s)
		require.NotErrorIs(t, err, ErrOutcomeUnknown, s)
		require.NotErrorIs(t, err, ErrNotFound, s)
		for _, call := range f.seen() {
			require.Equal(t, oauthTokenPath, call.path, s)
		}
	}
	t.Logf("%d answers in place of an access token", fed)
	f.onRequest(nil)
	_, err := c.CreateCustomer(t.Context(), NewCustomer{LastName: "Li"})
	require.NoError(t, err)
}

// TestBookIsCounted: the documents state how many answers and calls there are.
func TestBookIsCounted(t *testing.T) {
	t.Parallel()
	names := map[string]bool{}
	for _, m := range methods() {
		names[m.name] = true
	}
	document, err := os.ReadFile("../docs/architecture.md")
	require.NoError(t, err)
	says := fmt.Sprintf("%d answers to each of %d methods of package `c4c`", len(book()), len(names))
	require.True(t, strings.Contains(strings.Join(strings.Fields(string(document)), " "), says), says)
}

// TestBookAtTheTokenFetch: a strange answer to the fetch means that the write is not sent, and the next write fetches
// again.
func TestBookAtTheTokenFetch(t *testing.T) {
	t.Parallel()
	c, f := setup(t, SocialOData)
	for _, s := range book() {
		f.forget()
		c.odata.session.drop(c.odata.session.now.generation)
		f.onRequest(func(w http.ResponseWriter, r *http.Request, _ http.HandlerFunc) {
			if r.Method != http.MethodGet {
				panic(http.ErrAbortHandler) // the write was sent: the fetch was accepted
			}
			s.write(w)
		})
		_, err := c.CreateCustomer(t.Context(), NewCustomer{LastName: "Li"})
		if s.status == http.StatusOK && strings.Contains(s.body, `"results":[`) && errors.Is(err, io.EOF) {
			continue // could be a list of sets
		}
		require.Error(t, err, s)
		require.NotErrorIs(t, err, ErrOutcomeUnknown, s)
		require.NotErrorIs(t, err, ErrNotFound, s)
	}
	f.onRequest(nil)
	_, err := c.CreateCustomer(t.Context(), NewCustomer{LastName: "Li"})
	require.NoError(t, err)
}
