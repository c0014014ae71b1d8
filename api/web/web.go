// Package web is the page that followers see: registration, tickets, messages, in WeChat's browser.
//
// Views are rendered on the server and readable without script. WeChat's OAuth, or a personal link that the chat handed
// out, proves who somebody is; a signed cookie keeps it, and nothing in a request's body counts. What changes something
// goes to the follower's conversation, what is read comes through the activities of C4C's queue; the package calls
// WeChat for OAuth and pictures only.
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

// Options are what the page works with. All without a word on nil are required.
type Options struct {
	Account    string
	URL        string // public address, without a path
	SessionKey []byte // signs sessions and links, at least 32 bytes
	OAuth      bool   // whether the account may use web OAuth; otherwise personal links open sessions
	// Visitors lets in whoever uses WeChat; otherwise only those who follow the account.
	Visitors   bool
	Language   catalogue.Language
	Categories []Category // empty: none is asked for
	// CloseStatus is the user status that completes a ticket for its follower; empty: followers close none.
	CloseStatus string
	// Erasure lets followers delete what the connector keeps of them.
	Erasure bool
	// Texts are the account's own words; nil: the catalogue's.
	Texts *catalogue.Texts
	// Company answers for followers' personal data, Contact is how they reach it; both may be empty.
	Company, Contact string
	// Hours are the business hours in words; may be empty.
	Hours map[catalogue.Language]string
	// PrivacyVersion is the version of the privacy notice, PrivacyURL the company's own one; may be empty.
	PrivacyVersion, PrivacyURL string
	// Zone is that of times which no script turns into those of the follower; nil: China's.
	Zone *time.Location
	// FrameAncestor is an origin that may show the page in a frame; empty: nobody.
	FrameAncestor string
	WeChat        WeChat
	Backend       Backend
	// RelayKey proves to workers that this page wants a file; see workflows.RelayKey.
	RelayKey []byte
	// Relay is where workers bring files of tickets; nil: such files are named only.
	Relay *Relay
	// Disk is the room that files may take on their way, which all accounts of a process share; nil: DefaultRoom.
	Disk *Disk
	// Pictures is how many pictures a follower may upload in a day, PicturesOfAll how many all may through this process;
	// 0: DefaultPictures, DefaultPicturesOfAll.
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
	known  *recent[Standing]
	// pictures are those of WeChat that were shown lately, by their media id.
	pictures *recent[[]byte]
	ended    *recent[bool] // sessions that were ended here, by their id
	reads    *reads
	heeded   *recent[int64]  // by session, the change that was heeded
	states   *recent[string] // the code that a login came with, by the login's state
	limits   limits
}

// New makes the page. A view or a text that is missing is an error.
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
		known:  newRecent[Standing](o.Now, standingLife, 20_000).atMost(standingKept),
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
	look(g, "/assets/:name", s.views.serveAsset, s.limitAssets)
	g.GET("/login", s.login, s.limitCaller)
	g.GET("/oauth", s.finishLogin, s.limitCaller, s.limitLogins)
	look(g, "/link", s.showLink, s.limitCaller)
	g.POST("/link", s.useLink, s.limitCaller, s.limitLogins, smallBody)
	look(g, "/privacy", s.showPrivacy, s.limitCaller)

	own := g.Group("", s.identify)
	for path, view := range map[string]echo.HandlerFunc{
		"/": s.showHome, "/account": s.showAccount, "/new": s.showNewTicket, "/received": s.showReceived,
		"/tickets":     s.showTickets,
		"/tickets/:id": s.showTicket, "/tickets/:id/close": s.showClose,
		"/account/erase":                     s.showErase,
		"/pictures/:ticket/:message/:number": s.showPicture, "/files/:ticket/:file": s.showFile, "/get": s.get,
		"/news": s.showNews,
	} {
		look(own, path, view)
	}
	own.POST("/create", s.create, s.limitWriter)
	own.POST("/update", s.update, s.limitWriter)
	own.POST("/logout", s.logout, smallBody)
	g.Any("/*", elsewhere, s.limitCaller)
}

// look serves what may be looked at, headers alone included.
func look(g *echo.Group, path string, h echo.HandlerFunc, m ...echo.MiddlewareFunc) {
	g.GET(path, h, m...)
	g.HEAD(path, h, m...)
}

// elsewhere answers what is no address of the page, and methods that an address does not know. A browser that comes
// back to where it sent a form gets the first page.
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

// maxSmallBody bounds a request that holds no picture, in bytes.
const maxSmallBody = 64 << 10

func smallBody(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		c.Request().Body = http.MaxBytesReader(c.Response(), c.Request().Body, maxSmallBody)
		return next(c)
	}
}
