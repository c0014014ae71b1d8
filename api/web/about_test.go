package web_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/api/web"
	"github.com/wechat-c4c/wechat-c4c/catalogue"
)

// Followers see which company they are dealing with, when agents are there and how to reach them, in the account's
// own words.
func TestPageNamesTheCompany(t *testing.T) {
	t.Parallel()
	texts, err := catalogue.NewTexts(catalogue.Chinese, map[string]map[string]string{
		"web_home": {"zh": "单车服务", "en": "Bike <service>"}, "web_bad_required": {"zh": "这里不能为空"},
	})
	require.NoError(t, err)
	f := setup(t, func(o *web.Options) {
		o.Texts, o.Company, o.Contact = texts, "Example <Bicycles> Ltd", "400-000-0000"
		o.Hours = map[catalogue.Language]string{catalogue.Chinese: "周一至周五 09:00-18:00",
			catalogue.English: "Mon–Fri 09:00–18:00"}
	})
	b := f.signIn(alice)
	for path, want := range map[string][]string{
		"/web/?lang=zh": {"<h1>单车服务</h1>", "服务时间：周一至周五 09:00-18:00", `<a href="tel:4000000000">400-000-0000</a>`,
			"Example &lt;Bicycles&gt; Ltd"},
		"/web/?lang=en": {"<h1>Bike &lt;service&gt;</h1>", "Service hours: Mon–Fri 09:00–18:00", "Contact: "},
		"/web/privacy?lang=en": {
			"Responsible for your personal data: Example &lt;Bicycles&gt; Ltd.", "OpenID", "voice messages", "locations",
			"How long:", "Your rights:",
			`<a href="tel:4000000000">`, "Version 7",
		},
		"/web/privacy?lang=zh": {"个人信息处理者：Example &lt;Bicycles&gt; Ltd。", "保存期限：", "您的权利：", "撤回同意"},
	} {
		res := b.get(path)
		require.Equal(t, http.StatusOK, res.StatusCode)
		for _, text := range want {
			require.Contains(t, res.body, text, path)
		}
	}
}

// Without settings nothing is claimed; an e-mail address becomes a link.
func TestPageWithoutACompany(t *testing.T) {
	t.Parallel()
	b := setup(t).signIn(alice)
	require.NotContains(t, b.get("/web/").body, "about")
	written := setup(t, func(o *web.Options) { o.Contact = "service@example.com" }).signIn(alice)
	require.Contains(t, written.get("/web/").body, `<a href="mailto:service@example.com">service@example.com</a>`)
}
