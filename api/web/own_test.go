package web_test

import (
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/api/web"
	"github.com/wechat-c4c/wechat-c4c/catalogue"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

const vin = "LSVAA49J132047811"

func words(chinese, english string) map[catalogue.Language]string {
	return map[catalogue.Language]string{catalogue.Chinese: chinese, catalogue.English: english}
}

// withFields adds a field of each kind to the form of a ticket, and three to that of the account.
func withFields(o *web.Options) {
	plate := web.OwnField{Name: "plate", Property: "ZPlate_KUT", Kind: workflows.OwnText, Label: words("车牌号", "Plate"),
		MaxLength: 10, Compact: true}
	o.TicketFields = []web.OwnField{
		{Name: "vin", Property: "ZVIN_KUT", Kind: workflows.OwnText, Label: words("车架号", "VIN"), Required: true,
			MaxLength: 17, Pattern: regexp.MustCompile(`^(?:[A-HJ-NPR-Z0-9]{17})$`), Example: vin, Compact: true},
		plate,
		{Name: "mileage", Property: "ZMileage_KUT", Kind: workflows.OwnNumber, Label: words("里程", "Mileage"), Min: "0",
			Max: "2000000", Decimals: 1},
		{Name: "bought", Property: "ZFirstUse_KUT", Kind: workflows.OwnDate, Label: words("购买日期", "Bought on"),
			Min: "1990-01-01", Max: "today"},
		{Name: "use", Property: "ZUse_KUT", Kind: workflows.OwnChoice, Label: words("用途", "Use"), Options: []web.OwnOption{
			{Code: "101", Label: words("自用", "Private")}, {Code: "102", Label: words("公司", "Company")}}},
		{Name: "leased", Property: "ZLeased_KUT", Kind: workflows.OwnYesNo, Label: words("租赁", "Leased")},
	}
	o.CustomerFields = []web.OwnField{plate,
		{Name: "dealer", Property: "ZDealer_KUT", Kind: workflows.OwnText, Label: words("经销商", "Dealer"), Required: true,
			MaxLength: 20, Constant: "unknown"},
		{Name: "leased", Property: "ZLeased_KUT", Kind: workflows.OwnYesNo, Label: words("租赁", "Leased")},
	}
}

var ticketOfAlice = []string{"subject", "Brakes", "text", "they squeal", "category", "CA_1"}

func TestTicketWithOwnFields(t *testing.T) {
	t.Parallel()
	f := setup(t, withFields)
	b := f.signIn(alice)
	res := b.get("/web/new")
	for _, want := range []string{
		`<input name="field_vin" value="" maxlength="255" autocapitalize="characters" autocomplete="off" required`,
		`<span>Plate</span><input name="field_plate"`, `name="field_mileage" value="" inputmode="decimal"`,
		`name="field_bought" value="" type="date" min="1990-01-01" max="2026-03-01"`,
		`<select name="field_use"><option value="">Optional</option><option value="101">Private</option>`,
		`<select name="field_leased"><option value="">Optional</option><option value="true">Yes</option>`,
	} {
		require.Contains(t, res.body, want)
	}
	require.Contains(t, b.get("/web/new?lang=zh").body, `<span>车架号</span>`)
	b.get("/web/new?lang=en")

	fields := with(b.form("/web/new", "ticket"), append(ticketOfAlice, "field_vin", " lsvaa49j-1320 47811",
		"field_plate", "沪a·12345", "field_mileage", "１２,345.50", "field_bought", "2020/5/7", "field_use", "101",
		"field_leased", "true")...)
	require.Equal(t, http.StatusSeeOther, b.post("/web/create", fields).StatusCode)
	sent := f.backend.submissions[0]
	want := []workflows.OwnField{
		{Property: "ZVIN_KUT", Kind: workflows.OwnText, Value: vin},
		{Property: "ZPlate_KUT", Kind: workflows.OwnText, Value: "沪A12345"},
		{Property: "ZMileage_KUT", Kind: workflows.OwnNumber, Value: "12345.5"},
		{Property: "ZFirstUse_KUT", Kind: workflows.OwnDate, Value: "2020-05-07"},
		{Property: "ZUse_KUT", Kind: workflows.OwnChoice, Value: "101"},
		{Property: "ZLeased_KUT", Kind: workflows.OwnYesNo, Value: "true"},
	}
	require.Equal(t, want, sent.Inbound.Web.Fields)
	require.NotContains(t, sent.Inbound.Text, vin, "fields are no part of the message")
	require.NotContains(t, sent.Content, vin)

	// Other fields under the same key are another submission, and empty optional ones are none.
	for _, other := range [][]string{{"field_mileage", "12346"}, {"field_plate", ""}, {"field_leased", "false"}} {
		f.advance(time.Minute)
		require.Equal(t, http.StatusSeeOther, b.post("/web/create", with(fields, other...)).StatusCode)
		again := f.backend.submissions[len(f.backend.submissions)-1]
		require.Equal(t, sent.Key, again.Key)
		require.NotEqual(t, sent.Content, again.Content, other)
	}
	f.advance(time.Minute)
	require.Equal(t, http.StatusSeeOther, b.post("/web/create", with(fields, "field_plate", "沪 A12345")).StatusCode)
	require.Equal(t, sent.Content, f.backend.submissions[4].Content, "the same plate in another way of writing")
}

// TestWrongOwnFields: each error is at its field, in both languages, and what was typed stays.
func TestWrongOwnFields(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ field, value, english, chinese string }{
		{"vin", "", "Please fill this in", "请填写此项"},
		{"vin", "LSVAA49J13204781", "This does not look right. An example: " + vin, "格式不正确，例如 " + vin},
		{"vin", "OSVAA49J132047811", "This does not look right.", "格式不正确"},
		{"plate", "ABCDEFGHIJK", "At most 10 characters", "最多输入 10 个字"},
		{"plate", "- -", "Please fill this in", "请填写此项"},
		{"mileage", "many", "Please enter a number", "请输入数字"},
		{"mileage", "1e3", "Please enter a number", "请输入数字"},
		{"mileage", "12.345", "At most 1 digits after the point", "最多 1 位小数"},
		{"mileage", "-1", "At least 0", "不能小于 0"},
		{"mileage", "2000000.1", "At most 2000000", "不能大于 2000000"},
		{"bought", "soon", "Please enter a date such as 2026-03-01", "请输入日期，例如 2026-03-01"},
		{"bought", "2026-02-30", "Please enter a date", "请输入日期"},
		{"bought", "1989-12-31", "Not before 1990-01-01", "不能早于 1990-01-01"},
		{"bought", "2026-03-02", "Not after 2026-03-01", "不能晚于 2026-03-01"},
		{"use", "103", "Please choose", "请选择"},
		{"leased", "maybe", "Please choose", "请选择"},
	} {
		t.Run(tt.field+" "+tt.value, func(t *testing.T) {
			t.Parallel()
			f := setup(t, withFields)
			b := f.signIn(alice)
			for lang, says := range map[string]string{"en": tt.english, "zh": tt.chinese} {
				b.get("/web/?lang=" + lang)
				fields := with(b.form("/web/new", "ticket"), append(ticketOfAlice, "field_vin", vin, "field_use", "102")...)
				res := b.post("/web/create", with(fields, "field_"+tt.field, tt.value))
				require.Equal(t, http.StatusUnprocessableEntity, res.StatusCode)
				require.Contains(t, res.body, `<p class="bad" id="bad-field_`+tt.field+`">`+says)
				require.Contains(t, res.body, `aria-describedby="bad-field_`+tt.field+`"`)
				require.Contains(t, res.body, `value="Brakes"`, "nothing that was typed is lost")
				if tt.field != "use" {
					require.Contains(t, res.body, `<option value="102" selected>`)
				}
				if tt.field != "use" && tt.field != "leased" {
					require.Contains(t, res.body, `name="field_`+tt.field+`" value="`+tt.value+`"`)
				}
			}
			require.Empty(t, f.backend.submissions)
		})
	}
}

func TestOwnFieldsInJSON(t *testing.T) {
	t.Parallel()
	f := setup(t, withFields)
	f.backend.fields = map[string]string{"ZVIN_KUT": vin, "ZMileage_KUT": "7.00000000000000",
		"ZOther_KUT": "no business of theirs"}
	b := f.signIn(alice)
	fields := with(b.form("/web/new", "ticket"), ticketOfAlice...)
	body := map[string]string{}
	for name := range fields {
		body[name] = fields.Get(name)
	}
	post := func() (page, map[string]any) {
		content, err := json.Marshal(body)
		require.NoError(t, err)
		res := b.do(http.MethodPost, "/web/create", "application/json", strings.NewReader(string(content)))
		answer := map[string]any{}
		require.NoError(t, json.Unmarshal([]byte(res.body), &answer))
		return res, answer
	}
	res, answer := post()
	require.Equal(t, http.StatusUnprocessableEntity, res.StatusCode)
	require.Equal(t, map[string]any{"field_vin": "Please fill this in"}, answer["fields"])
	body["field_vin"] = vin
	res, _ = post()
	require.Equal(t, http.StatusOK, res.StatusCode)

	var ticket struct {
		Data struct{ Fields map[string]string }
	}
	require.NoError(t, json.Unmarshal([]byte(b.get("/web/get?entity=ticket&id=71").body), &ticket))
	require.Equal(t, map[string]string{"field_vin": vin, "field_mileage": "7"}, ticket.Data.Fields)
}

func TestTicketShowsItsFields(t *testing.T) {
	t.Parallel()
	f := setup(t, withFields)
	f.backend.fields = map[string]string{"ZVIN_KUT": vin, "ZUse_KUT": "102", "ZLeased_KUT": "true",
		"ZFirstUse_KUT": "2020-05-07", "ZPlate_KUT": "<b>", "ZMileage_KUT": "0.00000000000000"}
	b := f.signIn(alice)
	body := b.get("/web/tickets/71?lang=en").body
	require.Contains(t, body, `<dt>VIN</dt><dd dir="auto">`+vin+`</dd>`)
	require.Contains(t, body, `<dt>Plate</dt><dd dir="auto">&lt;b&gt;</dd>`)
	require.Contains(t, body, `<dt>Use</dt><dd dir="auto">Company</dd>`)
	require.Contains(t, body, `<dt>Leased</dt><dd dir="auto">Yes</dd>`)
	require.Contains(t, body, `<dd dir="auto">2020-05-07</dd>`)
	require.NotContains(t, body, "Mileage", "nobody has entered one")
	require.Equal(t, []string{"ZVIN_KUT", "ZPlate_KUT", "ZMileage_KUT", "ZFirstUse_KUT", "ZUse_KUT", "ZLeased_KUT"},
		f.backend.properties)
	require.Contains(t, b.get("/web/tickets/71?lang=zh").body, `<dt>租赁</dt><dd dir="auto">是</dd>`)
	f = setup(t)
	require.NotContains(t, f.signIn(alice).get("/web/tickets/71").body, "<dl", "without fields there is no list")
}

func TestAccountWithOwnFields(t *testing.T) {
	t.Parallel()
	f := setup(t, withFields)
	b := f.signIn(alice)
	data := workflows.CustomerData{LastName: "Smith", FirstName: "Ann", Mobile: "+4930123456"}
	newcomer := workflows.CustomerData{LastName: catalogue.Text(catalogue.Chinese, catalogue.CustomerPlaceholder) + " 7"}
	account := func(customer workflows.CustomerView) string {
		t.Helper()
		f.backend.mu.Lock()
		f.backend.customer = &customer
		f.backend.mu.Unlock()
		f.advance(time.Minute) // what was read before is no longer fresh
		res := b.get("/web/account")
		require.Equal(t, http.StatusOK, res.StatusCode)
		return res.body
	}
	body := account(workflows.CustomerView{ID: "91", Data: data,
		Fields: map[string]string{"ZPlate_KUT": "沪A12345", "ZDealer_KUT": "unknown", "ZLeased_KUT": "false"}})
	require.Contains(t, body, `name="field_plate" value="沪A12345"`)
	require.Contains(t, body, `name="field_dealer" value="unknown"`, "they have entered it themselves")
	require.Contains(t, body, `<option value="false" selected>`)
	require.NotContains(t, body, "own_unread")
	require.Contains(t, b.get("/web/account/erase").body, `<dt>Plate</dt><dd>沪A12345</dd>`)
	body = account(workflows.CustomerView{ID: "91", Data: newcomer,
		Fields: map[string]string{"ZPlate_KUT": "", "ZDealer_KUT": "unknown", "ZLeased_KUT": "false"}})
	require.Contains(t, body, `name="field_dealer" value=""`, "a constant is nobody's answer")
	require.NotContains(t, body, `<option value="false" selected>`)

	// What C4C does not show is not erased.
	require.Contains(t, account(workflows.CustomerView{ID: "91", Data: data}),
		`<input type="hidden" name="own_unread" value="1">`)
	person := []string{"name", "Ann Smith", "phone", "+4930123456", "consent", "1", "field_dealer", "Li"}
	for _, tt := range []struct {
		name string
		more []string
		want []workflows.OwnField
	}{
		{"unread", []string{"own_unread", "1", "field_plate", "", "field_leased", ""}, nil},
		{"emptied", []string{"field_plate", "", "field_leased", ""}, []workflows.OwnField{
			{Property: "ZPlate_KUT", Kind: workflows.OwnText}, {Property: "ZLeased_KUT", Kind: workflows.OwnYesNo}}},
		{"a client that does not know them", nil, nil},
	} {
		res := b.post("/web/update", with(b.form("/web/account", "customerAccount"), append(person, tt.more...)...))
		require.Equal(t, http.StatusSeeOther, res.StatusCode, res.body)
		sent := f.backend.submissions[len(f.backend.submissions)-1].Inbound.Web.Register.Fields
		dealer := workflows.OwnField{Property: "ZDealer_KUT", Kind: workflows.OwnText, Value: "Li"}
		require.ElementsMatch(t, append(tt.want, dealer), sent, tt.name)
	}
	res := b.post("/web/update", with(b.form("/web/account", "customerAccount"), append(person, "field_dealer", "",
		"own_unread", "1", "field_plate", "沪A1")...))
	require.Equal(t, http.StatusUnprocessableEntity, res.StatusCode)
	require.Contains(t, res.body, `id="bad-field_dealer"`)
	require.Contains(t, res.body, `value="沪A1"`)
	require.Contains(t, res.body, `name="own_unread"`)
}

// C4C has 0 for a number that nobody has entered. Who has registered has entered each required one.
func TestRequiredNumberOfZero(t *testing.T) {
	t.Parallel()
	named := workflows.CustomerData{LastName: "Smith", FirstName: "Ann", Mobile: "+4930123456"}
	newcomer := workflows.CustomerData{LastName: catalogue.Text(catalogue.Chinese, catalogue.CustomerPlaceholder) + " 7"}
	for name, tt := range map[string]struct {
		data        workflows.CustomerData
		required    bool
		value, want string
	}{
		"registered":       {named, true, "0.00000000000000", "0"},
		"below zero":       {named, true, "-0.0", "0"},
		"not in C4C":       {named, true, "", ""},
		"not required":     {named, false, "0.00000000000000", ""},
		"not registered":   {newcomer, true, "0.00000000000000", ""},
		"another, at last": {newcomer, true, "2.00", "2"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := setup(t, func(o *web.Options) {
				o.CustomerFields = []web.OwnField{{Name: "bikes", Property: "ZBikes_KUT", Kind: workflows.OwnNumber,
					Label: words("自行车", "Bicycles"), Required: tt.required}}
			})
			f.backend.customer = &workflows.CustomerView{ID: "91", Data: tt.data,
				Fields: map[string]string{"ZBikes_KUT": tt.value}}
			require.Contains(t, f.signIn(alice).get("/web/account").body, `name="field_bikes" value="`+tt.want+`"`)
		})
	}
}

func TestPrivacyNoticeNamesOwnFields(t *testing.T) {
	t.Parallel()
	f := setup(t, withFields)
	b := f.signIn(alice)
	require.Contains(t, b.get("/web/privacy?lang=en").body,
		"What you enter here is processed, too: Plate, Dealer, Leased, VIN, Mileage, Bought on, Use.")
	require.Contains(t, b.get("/web/privacy?lang=zh").body, "车牌号、经销商、租赁、车架号、里程、购买日期、用途。")
	require.NotContains(t, setup(t).browser().get("/web/privacy?lang=en").body, "What you enter here")
}
