package web_test

import (
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/conversation"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// TestSavedWhileC4CIsSilent: the form does not offer what was known before the change, which the next save would write
// back.
func TestSavedWhileC4CIsSilent(t *testing.T) {
	t.Parallel()
	f := setup(t)
	b := f.signIn(alice)
	fields := with(b.form("/web/account", "customerAccount"), "name", "Ann Smith", "phone", "138 0013 8000",
		"consent", "1")
	f.advance(time.Minute)
	f.backend.down = true
	require.Contains(t, b.get("/web/account").body, `value="&#43;4930123456"`, "as of a minute ago")
	after := b.post("/web/create", fields).Header.Get("Location")
	require.Equal(t, "/web/account?saved=done", after)
	res := b.get(after)
	require.Contains(t, res.body, "Your details are saved")
	require.Contains(t, res.body, "We cannot read your details right now")
	require.Contains(t, res.body, `data-look="15"`)
	require.NotContains(t, res.body, "4930123456")
	f.backend.down = false
	require.Contains(t, b.get(after).body, `value="&#43;4930123456"`)
}

func TestRegister(t *testing.T) {
	t.Parallel()
	f := setup(t)
	b := f.signIn(alice)
	fields := with(b.form("/web/account", "customerAccount"), "name", "欧阳小明", "phone", "138 0013 8000", "email",
		"a@example.com", "consent", "1")
	require.Equal(t, "/web/account?saved=done", b.post("/web/create", fields).Header.Get("Location"))
	got := f.backend.submissions[0].Inbound.Web.Register
	require.Equal(t, workflows.CustomerData{FirstName: "小明", LastName: "欧阳", Mobile: "+8613800138000",
		Email: "a@example.com"}, got.Customer)
	require.Equal(t, conversation.Consent{Version: "7", At: begin.Unix()}, got.Consent)

	f.backend.pending = true
	waits := b.post("/web/create", fields).Header.Get("Location")
	require.Equal(t, "/web/account?saved="+fields.Get("key"), waits)
	require.Contains(t, b.get(waits).body, `data-look="5">We have received your details`, "it looks again by itself")
	f.backend.views[alice] = conversation.PageView{Results: []conversation.WebResult{{Key: fields.Get("key"), Done: true}}}
	require.Equal(t, "/web/account?saved=done", b.get(waits).Header.Get("Location"))
	require.Contains(t, b.get("/web/account?saved=done").body, "Your details are saved")
	f.backend.pending = false
	for _, tt := range []struct{ name, field, value, says string }{
		{"no name", "name", "", "Please fill this in"},
		{"no phone", "phone", "", "Please fill this in"},
		{"words as phone", "phone", "call me", "valid phone number"},
		{"short phone", "phone", "123", "valid phone number"},
		{"no e-mail", "email", "nobody", "valid e-mail"},
		{"e-mail with name", "email", "Ann <a@example.com>", "valid e-mail"},
		{"long street", "street", strings.Repeat("s", 61), "At most 60"},
		{"long city", "city", strings.Repeat("车", 41), "At most 40"},
		{"long postcode", "postal", "12345678901", "At most 10"},
		{"long name", "name", strings.Repeat("n", 82), "At most 81"},
		{"long family name", "name", "Ann " + strings.Repeat("n", 41), "At most 40 characters each"},
		{"long given name", "name", strings.Repeat("n", 41) + " Smith", "At most 40 characters each"},
		{"long name without a family name", "name", strings.Repeat("阿·", 21), "At most 40 characters each"},
		{"long e-mail", "email", strings.Repeat("a", 250) + "@x.example", "At most 255"},
		{"no consent", "consent", "", "agree to the privacy notice"},
	} {
		res := b.post("/web/create", with(fields, tt.field, tt.value))
		require.Equal(t, http.StatusUnprocessableEntity, res.StatusCode, tt.name)
		require.Contains(t, res.body, tt.says, tt.name)
		readable(t, res)
		require.Regexp(t, `name="`+tt.field+`"[^>]* aria-invalid="true" aria-describedby="bad-`+tt.field+`"`, res.body,
			tt.name)
		require.Contains(t, res.body, `<p class="bad" id="bad-`+tt.field+`">`, tt.name)
		f.advance(10 * time.Second)
	}
	require.Len(t, f.backend.submissions, 2)

	b.header.Set("Accept", "application/json")
	res := b.post("/web/update", with(fields, "phone", "x"))
	require.JSONEq(t,
		`{"error":"invalid","message":"Please check what is marked.","fields":{"phone":"Please enter a valid phone number"}}`,
		res.body)
	require.Equal(t, http.StatusOK, b.post("/web/update", fields).StatusCode)
}

// TestConsentIsOfAVersion: a new notice asks everyone again.
func TestConsentIsOfAVersion(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, agreed string
		asked        bool
	}{{"this version", "7", false}, {"an older one", "6", true}, {"none", "", true}} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := setup(t)
			f.backend.views[alice] = conversation.PageView{Consent: conversation.Consent{Version: tt.agreed, At: begin.Unix()}}
			b := f.signIn(alice)
			require.Equal(t, tt.asked, strings.Contains(b.get("/web/").body, "Please tell us who you are"))
			require.Equal(t, !tt.asked, regexp.MustCompile(`id="consent"[^>]* checked`).MatchString(b.get("/web/account").body))
		})
	}
}

// TestWhatNobodySpokeOfIsKept: neither a form that could not show C4C's data nor a client that omits fields erases
// them.
func TestWhatNobodySpokeOfIsKept(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		form url.Values
		want []string
	}{
		{"all shown, some emptied", url.Values{"email": {""}, "street": {""}, "city": {"Kiel"}, "postal": {""}}, nil},
		{"left out", url.Values{"city": {"Kiel"}}, []string{"email", "postal_code", "street"}},
		{"could not be shown", url.Values{"unread": {"1"}, "email": {""}, "street": {" "}, "city": {"Kiel"}, "postal": {""}},
			[]string{"email", "postal_code", "street"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := setup(t)
			b := f.signIn(alice)
			fields := with(b.form("/web/account", "customerAccount"), "name", "Ann Smith", "phone", "+4930123456", "consent",
				"1")
			maps.Copy(fields, tt.form)
			require.Equal(t, http.StatusSeeOther, b.post("/web/update", fields).StatusCode)
			got := f.backend.submissions[0].Inbound.Web.Register
			require.Equal(t, tt.want, got.Keep)
			require.Equal(t, "Kiel", got.Customer.City)
		})
	}
	f := setup(t)
	b := f.signIn(alice)
	again := b.post("/web/create", with(b.form("/web/account", "customerAccount"), "unread", "1"))
	require.Equal(t, http.StatusUnprocessableEntity, again.StatusCode)
	require.Contains(t, again.body, `name="unread" value="1"`, "as long as the form is not sent")
}
