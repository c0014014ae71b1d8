package web

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"html/template"
	"mime"
	"net/http"
	"path"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/wechat-c4c/wechat-c4c/catalogue"
)

//go:embed views/*.html
var viewFiles embed.FS

//go:embed assets
var assetFiles embed.FS

// viewNames are all views. If a view's file is missing, the start fails.
var viewNames = []string{"home", "account", "ticket_new", "tickets", "ticket", "ticket_close", "received", "link",
	"left", "erase", "erased", "privacy", "problem"}

// views are the parsed views by language, and the assets by their names with hash.
type views struct {
	pages  map[catalogue.Language]map[string]*template.Template
	names  map[string]string // name of an asset with its hash
	assets map[string][]byte
}

func newViews(times clock, texts *catalogue.Texts) (*views, error) {
	v := &views{
		pages: map[catalogue.Language]map[string]*template.Template{}, names: map[string]string{},
		assets: map[string][]byte{},
	}
	for _, name := range []string{"page.css", "page.js"} {
		content, err := assetFiles.ReadFile("assets/" + name)
		if err != nil {
			return nil, fmt.Errorf("web: %w", err)
		}
		sum := sha256.Sum256(content)
		ext := path.Ext(name)
		v.names[name] = strings.TrimSuffix(name, ext) + "." + hex.EncodeToString(sum[:8]) + ext
		v.assets[v.names[name]] = content
	}
	for _, lang := range catalogue.Languages() {
		v.pages[lang] = map[string]*template.Template{}
		for _, name := range viewNames {
			page, err := template.New("layout.html").Funcs(v.functions(lang, times, texts)).ParseFS(viewFiles,
				"views/layout.html", "views/own.html", "views/lines.html", "views/"+name+".html")
			if err != nil {
				return nil, fmt.Errorf("web: view %s: %w", name, err)
			}
			v.pages[lang][name] = page
		}
	}
	return v, nil
}

func (v *views) functions(lang catalogue.Language, times clock, texts *catalogue.Texts) template.FuncMap {
	return template.FuncMap{
		"t":      func(key any, args ...any) (string, error) { return text(texts, lang, key, args...) },
		"asset":  func(name string) string { return "/web/assets/" + v.names[name] },
		"time":   func(at time.Time) string { return times.text(texts, lang, at) },
		"stamp":  func(at time.Time) string { return at.UTC().Format(time.RFC3339) },
		"say":    func(lang catalogue.Language, bad *fault) (string, error) { return bad.text(texts, lang) },
		"status": statusText,
		"reach":  reachable,
		"plus":   func(a, b int) int { return a + b },
		"unix":   func(seconds int64) time.Time { return time.Unix(seconds, 0) },
	}
}

// lines writes lines as HTML that any page may show: text, line breaks and links.
func (v *views) lines(lang catalogue.Language, lines [][]run) (string, error) {
	var b strings.Builder
	if err := v.pages[lang]["ticket"].ExecuteTemplate(&b, "lines", lines); err != nil {
		return "", fmt.Errorf("web: lines: %w", err)
	}
	return b.String(), nil
}

// statusText is the key of a ticket's status in words.
func statusText(status string) catalogue.Key {
	switch status {
	case "1", "2", "3", "4":
		return catalogue.Key("web_status_" + status)
	}
	return "web_status_"
}

// text is an account's text with its placeholders filled in, given as alternating names and values.
func text(texts *catalogue.Texts, lang catalogue.Language, key any, args ...any) (string, error) {
	var filled []catalogue.Arg
	for i := 0; i+1 < len(args); i += 2 {
		filled = append(filled, catalogue.Value(fmt.Sprint(args[i]), fmt.Sprint(args[i+1])))
	}
	found := texts.In(lang, catalogue.Key(fmt.Sprint(key)), filled...)
	if found == "" {
		return "", fmt.Errorf("web: no text %v", key)
	}
	return found, nil
}

// serveAsset serves stylesheet and script, cacheable for ever: different content has a different name.
func (v *views) serveAsset(c echo.Context) error {
	content, ok := v.assets[c.Param("name")]
	if !ok {
		return errNotFound
	}
	kind := "text/css; charset=utf-8"
	if strings.HasSuffix(c.Param("name"), ".js") {
		kind = "text/javascript; charset=utf-8"
	}
	c.Response().Header().Set(echo.HeaderCacheControl, "public, max-age=31536000, immutable")
	return c.Blob(http.StatusOK, kind, content)
}

// layout is the data that every view gets.
type layout struct {
	Lang  catalogue.Language
	Title catalogue.Key
	Nonce string
	CSRF  string
	Who   string // separates drafts of followers who share a window
	Key   string // idempotency key of a form
	Home  bool   // the page has no way back
	Data  any

	Accept string // what a picture field requests from the phone
}

const nonceKey = "web.nonce"

// unusedFeatures are browser features that the page does not use.
const unusedFeatures = "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), " +
	"microphone=(), midi=(), payment=(), usb=()"

// setHeaders forbids everything that the page does not need.
func (s *Site) setHeaders(c echo.Context) {
	nonce := rand.Text()
	c.Set(nonceKey, nonce)
	ancestors := "'none'"
	header := c.Response().Header()
	if s.FrameAncestor != "" {
		ancestors = s.FrameAncestor
		header.Del(echo.HeaderXFrameOptions)
	}
	header.Set(echo.HeaderContentSecurityPolicy, "default-src 'none'; style-src 'self'; script-src 'nonce-"+nonce+
		"'; img-src 'self' blob: data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors "+ancestors)
	header.Set(echo.HeaderReferrerPolicy, "same-origin")
	header.Set("Cross-Origin-Opener-Policy", "same-origin")
	header.Set("Cross-Origin-Resource-Policy", "same-origin")
	header.Set("Permissions-Policy", unusedFeatures)
	if s.secure() {
		header.Set(echo.HeaderStrictTransportSecurity, "max-age=31536000")
	}
	header.Set(echo.HeaderCacheControl, "no-store")
}

// render writes a view.
func (s *Site) render(c echo.Context, status int, view string, title catalogue.Key, data any) error {
	lang := s.language(c)
	page := layout{Lang: lang, Title: title, Key: rand.Text(), Home: view == "home", Data: data, Accept: pictureTypes(c)}
	page.Nonce, _ = c.Get(nonceKey).(string)
	if own := sessionOf(c); own != nil {
		page.CSRF, page.Who = s.csrf(own), s.signer.mac(purposeDraft, own.OpenID)[:12]
	}
	var b bytes.Buffer
	if err := s.views.pages[lang][view].Execute(&b, page); err != nil {
		return fmt.Errorf("web: view %s: %w", view, err)
	}
	return c.HTMLBlob(status, b.Bytes())
}

// pictureTypes is what a picture field accepts. On Android, WeChat's browser opens a file manager if more than one
// type is named, without camera and with pictures greyed out. On iPhones the list converts HEIC to JPEG. Sources:
// https://github.com/youzan/vant/issues/2065, https://github.com/misskey-dev/misskey/issues/6717.
func pictureTypes(c echo.Context) string {
	if strings.Contains(c.Request().UserAgent(), "Android") {
		return "image/*"
	}
	return "image/jpeg,image/png"
}

const languageCookie = "wx_lang"

// language is the language requested by the address, an earlier choice, WeChat's setting or the browser, in this
// order, otherwise the account's.
func (s *Site) language(c echo.Context) catalogue.Language {
	if lang, err := catalogue.ParseLanguage(c.QueryParam("lang")); err == nil {
		s.setCookie(c, languageCookie, string(lang), 365*24*time.Hour)
		return lang
	}
	if chosen, ok := s.cookie(c, languageCookie); ok {
		if lang, err := catalogue.ParseLanguage(chosen); err == nil {
			return lang
		}
	}
	header := c.Request().Header
	// WeChat's browser reports the app's language: "… MicroMessenger/8.0 NetType/WIFI Language/zh_CN".
	if _, rest, ok := strings.Cut(header.Get("User-Agent"), " Language/"); ok {
		return spoken(rest, s.Language)
	}
	return spoken(header.Get("Accept-Language"), s.Language)
}

// spoken is the first language of a list for which there are texts. Readers of another language get English; without
// a list it is the account's language.
func spoken(list string, otherwise catalogue.Language) catalogue.Language {
	for tag := range strings.SplitSeq(list, ",") {
		tag = strings.ToLower(strings.TrimSpace(tag))
		if len(tag) < 2 || tag[0] == '*' {
			continue
		}
		if lang, err := catalogue.ParseLanguage(tag[:2]); err == nil {
			return lang
		}
		otherwise = catalogue.English
	}
	return otherwise
}

// wantsJSON reports whether the request comes from an API client, not from a browser: it sends no form.
func wantsJSON(c echo.Context) bool {
	req := c.Request()
	if c.Path() == "/web/get" || c.Path() == "/getWXWebToken" || strings.Contains(req.Header.Get(echo.HeaderAccept),
		echo.MIMEApplicationJSON) {
		return true
	}
	kind, _, _ := mime.ParseMediaType(req.Header.Get(echo.HeaderContentType))
	form := kind == echo.MIMEApplicationForm || kind == echo.MIMEMultipartForm
	return kind == echo.MIMEApplicationJSON || req.Method != http.MethodGet && req.Method != http.MethodHead && !form
}
