// Package web is the page that followers see in WeChat's browser: registration, tickets, messages.
//
// Views are rendered on the server and readable without scripts. WeChat's OAuth, or a personal link from the chat,
// proves who someone is. A signed cookie keeps that proof; nothing in a request's body counts. Changes go to the
// follower's conversation. Reads go through the activities of C4C's queue. The package calls WeChat only for OAuth
// and pictures.
package web

import (
	"cmp"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/wechat-c4c/wechat-c4c/catalogue"
)

// Options configure the page. Fields whose comment does not mention nil or empty are required.
type Options struct {
	Account    string
	URL        string // public address, without a path
	SessionKey []byte // signs sessions and links, at least 32 bytes
	OAuth      bool   // whether the account may use web OAuth; otherwise personal links open sessions
	// Visitors admits everyone who uses WeChat, otherwise only followers of the account.
	Visitors   bool
	Language   catalogue.Language
	Categories []Category // empty: followers choose none
	// TicketFields and CustomerFields are those that the tenant has added to the forms; may be empty.
	TicketFields, CustomerFields []OwnField
	// CloseStatus is the user status with which followers complete tickets; empty: they cannot.
	CloseStatus string
	// Erasure lets followers delete what the connector stores about them.
	Erasure bool
	// Texts are the account's own texts; nil: the catalogue's.
	Texts *catalogue.Texts
	// Company is responsible for followers' personal data, and Contact is how to reach it; both may be empty.
	Company, Contact string
	// Hours are the business hours in words; may be empty.
	Hours map[catalogue.Language]string
	// PrivacyVersion is the version of the privacy notice, PrivacyURL the address of the company's own; may be empty.
	PrivacyVersion, PrivacyURL string
	// Zone is the time zone used if no script converts times to the follower's zone; nil: China's.
	Zone *time.Location
	// FrameAncestor is an origin that may show the page in a frame; empty: none.
	FrameAncestor string
	WeChat        WeChat
	Backend       Backend
	// RelayKey proves to workers that this page requests a file; see workflows.RelayKey.
	RelayKey []byte
	// Relay receives tickets' files from workers; nil: such files are only named.
	Relay *Relay
	// Disk is the room for files in transit, shared by all accounts of a process; nil: DefaultRoom.
	Disk *Disk
	// Pictures is how many pictures a follower may upload in a day, PicturesOfAll how many all together may upload
	// through this process; 0: DefaultPictures, DefaultPicturesOfAll.
	Pictures, PicturesOfAll int
	Logger                  *slog.Logger     // nil: none
	Now                     func() time.Time // nil: time.Now
}

// Category is a kind of ticket.
type Category struct {
	Code string
	Name map[catalogue.Language]string
}

// Site serves the page.
type Site struct {
	Options
	base   *url.URL
	signer signer
	views  *views
	codes  *recent[exchanged]
	known  *recent[followStatus]
	// pictures are recently shown pictures of WeChat, by media id.
	pictures *recent[[]byte]
	ended    *recent[bool] // sessions ended in this process, by id
	reads    *reads
	heeded   *recent[int64]  // by session, the last change taken into account
	states   *recent[string] // the code that came with a login, by the login's state
	limits   limits
}

// New makes the page. It fails if a view or a text is missing.
func New(o Options) (*Site, error) {
	base, err := url.Parse(o.URL)
	if err != nil || base.Host == "" {
		return nil, errors.New("web: the public address is not an absolute URL")
	}
	if o.Account == "" || len(o.SessionKey) < 32 || o.WeChat == nil || o.Backend == nil || o.PrivacyVersion == "" {
		return nil,
			errors.New("web: account, session key of 32 bytes, privacy version, WeChat client and backend are required")
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Disk == nil {
		o.Disk = NewDisk(DefaultRoom)
	}
	if o.Texts == nil {
		o.Texts = catalogue.Standard(o.Language)
	}
	o.Pictures, o.PicturesOfAll = cmp.Or(o.Pictures, DefaultPictures), cmp.Or(o.PicturesOfAll, DefaultPicturesOfAll)
	o.URL = strings.TrimSuffix(o.URL, "/")
	if o.Zone == nil {
		o.Zone = chinaTime
	}
	v, err := newViews(clock{o.Now, o.Zone}, o.Texts)
	if err != nil {
		return nil, err
	}
	return &Site{
		Options: o, base: base, signer: signerOf(o.SessionKey, o.Account), views: v,
		codes: newRecent[exchanged](o.Now, stateLife, 10_000).atMost(stateLife),
		pictures: newRecent[[]byte](o.Now, pictureLife, 10_000).atMost(pictureLife).
			bounded(pictureRoom, func(content []byte) int64 { return int64(len(content)) }),
		known:  newRecent[followStatus](o.Now, followStatusLife, 20_000).atMost(followStatusKept),
		states: newRecent[string](o.Now, stateLife, 10_000),
		ended:  newRecent[bool](o.Now, sessionLife, 20_000).atMost(sessionLife),
		reads:  newReads(o.Now), heeded: newRecent[int64](o.Now, changedLife, 20_000),
		limits: newLimits(o.Now, o.Pictures, o.PicturesOfAll),
	}, nil
}

// Routes adds the page's routes.
func (s *Site) Routes(e *echo.Echo) {
	e.Any("/getWXWebToken", func(c echo.Context) error { return wrongMethod(c, http.MethodPost) }, s.present,
		s.limitCaller)
	e.POST("/getWXWebToken", s.openSession, s.present, s.limitCaller, s.limitLogins, smallBody)
	e.GET("/web", func(c echo.Context) error { return c.Redirect(http.StatusMovedPermanently, "/web/") }, s.present,
		s.limitCaller)
	g := e.Group("/web", s.present)
	serveGet(g, "/assets/:name", s.views.serveAsset, s.limitAssets)
	g.GET("/login", s.login, s.limitCaller)
	g.GET("/oauth", s.finishLogin, s.limitCaller, s.limitLogins)
	serveGet(g, "/link", s.showLink, s.limitCaller)
	g.POST("/link", s.useLink, s.limitCaller, s.limitLogins, smallBody)
	serveGet(g, "/privacy", s.showPrivacy, s.limitCaller)

	own := g.Group("", s.identify)
	for path, view := range map[string]echo.HandlerFunc{
		"/": s.showHome, "/account": s.showAccount, "/new": s.showNewTicket, "/received": s.showReceived,
		"/tickets":     s.showTickets,
		"/tickets/:id": s.showTicket, "/tickets/:id/close": s.showClose,
		"/account/erase":                     s.showErase,
		"/pictures/:ticket/:message/:number": s.showPicture, "/files/:ticket/:file": s.showFile, "/get": s.get,
		"/news": s.showNews,
	} {
		serveGet(own, path, view)
	}
	own.POST("/create", s.create, s.limitWriter)
	own.POST("/update", s.update, s.limitWriter)
	own.POST("/logout", s.logout, smallBody)
	g.Any("/*", elsewhere, s.limitCaller)
}

// serveGet serves GET and HEAD.
func serveGet(g *echo.Group, path string, h echo.HandlerFunc, m ...echo.MiddlewareFunc) {
	g.GET(path, h, m...)
	g.HEAD(path, h, m...)
}

// elsewhere answers unknown addresses of the page, and methods that an address does not support. A browser that
// returns to an address it sent a form to gets the first page.
func elsewhere(c echo.Context) error {
	var methods []string
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPost} {
		probe := c.Echo().NewContext(c.Request(), nil)
		c.Echo().Router().Find(method, echo.GetPath(c.Request()), probe)
		if probe.Path() != c.Path() {
			methods = append(methods, method)
		}
	}
	switch {
	case len(methods) == 0:
		return errNotFound
	case c.Request().Method == http.MethodGet && strings.Contains(c.Request().Header.Get(echo.HeaderAccept),
		echo.MIMETextHTML):
		return c.Redirect(http.StatusSeeOther, "/web/")
	}
	return wrongMethod(c, methods...)
}

func wrongMethod(c echo.Context, methods ...string) error {
	c.Response().Header().Set(echo.HeaderAllow, strings.Join(methods, ", "))
	return errMethod
}

// maxSmallBody limits a request without pictures, in bytes.
const maxSmallBody = 64 << 10

func smallBody(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		c.Request().Body = http.MaxBytesReader(c.Response(), c.Request().Body, maxSmallBody)
		return next(c)
	}
}
