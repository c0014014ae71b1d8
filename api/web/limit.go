package web

import (
	"context"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/wechat-c4c/wechat-c4c/api/caller"
	"github.com/wechat-c4c/wechat-c4c/api/limit"
)

// Names of the limits in the metrics.
const (
	limitStrangers = "page_strangers" // requests of an address without a session
	limitLogins    = "page_logins"    // logins under way, and codes that WeChat is asked for
	limitReading   = "page_reading"   // reads of C4C that a follower has under way
	limitGuesses   = "page_guesses"   // numbers of tickets that the follower has not seen on the page
	limitReads     = "page_reads"     // requests of a follower
	limitChanges   = "page_changes"   // what a follower changes
	limitFiles     = "page_files"     // files and pictures that a follower asks for
	limitUploads   = "page_uploads"   // forms with pictures that are under way
	limitDisk      = "page_disk"      // room for files on their way
	limitPictures  = "page_pictures"  // pictures of a day that go to WeChat and come from it
)

// Logins that are under way at one time, of one address and of all, and how long another one waits for its turn.
const (
	loginsOfCaller = 8
	loginsOfAll    = 64
	loginPatience  = 2 * time.Second
)

// Forms with pictures, and files and pictures on their way to a browser, that are under way at one time: of one
// follower and of all, and how long another one waits for its turn. A browser asks for all pictures of a page at once.
const (
	formsOfFollower = 1
	formsOfAll      = 16
	formPatience    = 10 * time.Second
	filesOfFollower = 3
	filesOfAll      = 48
	filePatience    = 30 * time.Second
)

// Pictures that a follower may upload in a day, and all of them to one process, where nobody says otherwise.
const (
	DefaultPictures      = 100
	DefaultPicturesOfAll = 20_000
)

// Looks are pictures that WeChat is asked for. It gives twice as many as it takes.
const (
	looksOfFollower = 5 // for each picture that the follower may upload
	looksOfAll      = 2
)

// limits are what the page's callers may do.
type limits struct {
	callers *limit.Limiter // by address, of requests without a session
	assets  *limit.Limiter // by address, of stylesheet and script
	readers *limit.Limiter // by follower
	writers *limit.Limiter // by follower, of requests that change something
	files   *limit.Limiter // by follower, of files that C4C is asked for
	logins  *limit.Shares  // by address, of those under way
	codes   *limit.Limiter // of all, that WeChat is asked for
	forms   *limit.Shares  // by follower, of those with pictures under way
	reading *limit.Shares  // by follower, of reads of C4C under way
	guesses *limit.Limiter // by follower, of tickets that C4C is asked for and that no list has shown
	sending *limit.Shares  // by follower, of files and pictures under way
	uploads *limit.Daily   // by follower, of pictures
	looks   *limit.Daily   // by follower, of pictures that WeChat is asked for
}

func newLimits(now func() time.Time, pictures, picturesOfAll int) limits {
	return limits{
		reading: limit.NewShares(readsOfFollower, readsOfAll), guesses: limit.New(now, 0.1, 10),
		forms: limit.NewShares(formsOfFollower, formsOfAll), sending: limit.NewShares(filesOfFollower, filesOfAll),
		uploads: limit.NewDaily(now, chinaTime, pictures, picturesOfAll),
		looks:   limit.NewDaily(now, chinaTime, looksOfFollower*pictures, looksOfAll*picturesOfAll),
		callers: limit.New(now, 20, 60), assets: limit.New(now, 100, 300),
		readers: limit.New(now, 10, 60), writers: limit.New(now, 0.5, 8), files: limit.New(now, 1, 30),
		logins: limit.NewShares(loginsOfCaller, loginsOfAll), codes: limit.New(now, 50, 200),
	}
}

// limitCaller bounds requests without a session, by address. It is generous: mobile networks put many behind one
// address.
func (s *Site) limitCaller(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if !s.limits.callers.Allow(caller.Of(c)) {
			return errTooMany.by(limitStrangers)
		}
		return next(c)
	}
}

// limitAssets bounds what anybody may fetch of stylesheet and script.
func (s *Site) limitAssets(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if !s.limits.assets.Allow(caller.Of(c)) {
			return errTooMany.by(limitStrangers)
		}
		return next(c)
	}
}

// limitLogins bounds how many wait at one time for WeChat or a conversation to say who they are.
func (s *Site) limitLogins(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		who := caller.Of(c)
		ctx, cancel := context.WithTimeout(c.Request().Context(), loginPatience)
		defer cancel()
		if !s.limits.logins.Wait(ctx, who, 1) {
			return errBusy.by(limitLogins)
		}
		defer s.limits.logins.Give(who, 1)
		return next(c)
	}
}

// limitWriter bounds what one follower may change.
func (s *Site) limitWriter(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if !s.limits.writers.Allow(sessionOf(c).OpenID) {
			return errTooMany.by(limitChanges)
		}
		return next(c)
	}
}

// enterFile waits until the follower may have one more file under way. A phone that reads slowly keeps its place.
func (l *limits) enterFile(c echo.Context) (leave func(), err error) {
	who := sessionOf(c).OpenID
	control := http.NewResponseController(c.Response())
	// a server that cannot keeps its own limits
	_ = control.SetWriteDeadline(time.Now().Add(filePatience + carryWait + uploadTime))
	ctx, cancel := context.WithTimeout(c.Request().Context(), filePatience)
	defer cancel()
	if !l.sending.Wait(ctx, who, 1) {
		return nil, errTooMany.by(limitFiles)
	}
	return func() { l.sending.Give(who, 1) }, nil
}

// enterForm waits until the follower may have a form with pictures under way.
func (l *limits) enterForm(c echo.Context) (leave func(), err error) {
	who := sessionOf(c).OpenID
	ctx, cancel := context.WithTimeout(c.Request().Context(), formPatience)
	defer cancel()
	if !l.forms.Wait(ctx, who, 1) {
		return nil, errTooMany.by(limitUploads)
	}
	return func() { l.forms.Give(who, 1) }, nil
}
