package config

import (
	"fmt"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Web holds the settings of the H5 page. Without a URL there is none.
type Web struct {
	URL            string `env:"URL" dev:"http://127.0.0.1:8080" help:"public address of the api, where followers reach the H5 page under /web/; without it there is no page" example:"https://service.example.com"`
	SessionKey     Secret `env:"SESSION_KEY" roles:"api" dev:"development-session-key-of-at-least-32-characters" help:"key that signs the page's sessions and personal links, at least 32 characters, the same in every process; a new one ends all sessions" example:"openssl rand -base64 32"`
	Categories     string `env:"CATEGORIES" dev:"CA_1:维修保养:Repair and service,CA_2:购车咨询:Buying a car,CA_3:投诉建议:Complaint or suggestion" help:"categories of new tickets, code of C4C's service category:Chinese:English, separated by commas; empty: none is asked for" example:"CA_1:维修保养:Repair and service"`
	FieldsFile     string `env:"FIELDS_FILE" help:"JSON file with fields that the page's forms have besides their own, such as a licence plate, and the properties of ticket or customer in C4C that they go to, extension fields included; empty: none" example:"/etc/wechat-c4c/fields.json"`
	Company        string `env:"COMPANY" dev:"示例自行车有限公司" help:"full name of the company that answers for followers' personal data; on the first view and in the privacy notice, which the law wants to name it" example:"示例自行车有限公司"`
	Contact        string `env:"CONTACT" dev:"400-000-0000" help:"how followers reach that company: a telephone number or an e-mail address; shown with its name" example:"400-000-0000"`
	PrivacyVersion string `env:"PRIVACY_VERSION" envDefault:"1" help:"version of the privacy notice that followers agree to; a new one asks everybody again" example:"2026-01"`
	PrivacyURL     string `env:"PRIVACY_URL" help:"address of the company's own privacy notice; empty: the page shows a short one" example:"https://www.example.com/privacy"`
	DomainFiles    string `env:"DOMAIN_FILES" help:"names of the files by which WeChat checks the page's host, served at its root, separated by commas; with =content where that is not the code in the name" example:"MP_verify_a1B2c3D4e5F6g7H8.txt"`
	Visitors       bool   `env:"VISITORS" envDefault:"false" help:"whether WeChat users who do not follow the account may use the page; otherwise WeChat is asked about those whom no conversation knows" example:"false"`
	Erasure        bool   `env:"ERASURE" envDefault:"true" help:"whether followers may delete on the page what the connector keeps of them; C4C and WeChat keep theirs" example:"true"`
}

// Category is a kind of ticket that followers choose from.
type Category struct {
	Code, Chinese, English string
}

// ParseCategories parses Categories.
func (w Web) ParseCategories() ([]Category, error) {
	var categories []Category
	for i, item := range strings.Split(w.Categories, ",") {
		if item = strings.TrimSpace(item); item == "" {
			continue
		}
		part := strings.Split(item, ":")
		if len(part) != 3 || part[0] == "" || part[1] == "" || part[2] == "" || utf8.RuneCountInString(part[0]) > 25 {
			return nil, fmt.Errorf("category %d is not written as code:Chinese:English", i+1)
		}
		categories = append(categories, Category{Code: part[0], Chinese: part[1], English: part[2]})
	}
	return categories, nil
}

func (k *checker) web() {
	w := k.config.Web
	if w.URL != "" {
		k.url(w.URL, "WEB_URL")
		if u, err := url.Parse(w.URL); err == nil && u.Host != "" {
			k.require(strings.Trim(u.Path, "/") == "", "WEB_URL",
				"must be an address without a path: the page lives under /web/ of its host")
		}
		if k.set(w.SessionKey.Reveal(), "WEB_SESSION_KEY") {
			k.require(len(w.SessionKey) >= 32, "WEB_SESSION_KEY", "must have at least 32 characters")
		}
		k.set(w.PrivacyVersion, "WEB_PRIVACY_VERSION")
		for _, about := range []struct{ name, value string }{{"WEB_COMPANY", w.Company}, {"WEB_CONTACT", w.Contact}} {
			if k.set(strings.TrimSpace(about.value), about.name) {
				k.require(utf8.RuneCountInString(about.value) <= 100 && !strings.ContainsFunc(about.value, unicode.IsControl),
					about.name,
					"must be one line of at most 100 characters")
			}
		}
	}
	_, err := w.ParseCategories()
	k.require(err == nil, "WEB_CATEGORIES", fmt.Sprintf("is not a list of categories (%v)", err))
	if w.PrivacyURL != "" {
		k.url(w.PrivacyURL, "WEB_PRIVACY_URL")
	}
	for name, status := range map[string]string{"C4C_REOPEN_STATUS": k.config.C4C.ReopenStatus,
		"C4C_CLOSE_STATUS": k.config.C4C.CloseStatus} {
		k.require(utf8.RuneCountInString(status) <= 2 || status == "none", name,
			"must be a status code of one or two characters, or none")
	}
}
