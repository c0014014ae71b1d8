package web

import (
	"context"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/wechat-c4c/wechat-c4c/api/caller"
	"github.com/wechat-c4c/wechat-c4c/api/limit"
)

// Names of the limits in metrics.
const (
	limitStrangers = "page_strangers" // requests of an address without a session
	limitLogins    = "page_logins"    // running logins, and codes to verify with WeChat
	limitReading   = "page_reading"   // a follower's running reads of C4C
	limitGuesses   = "page_guesses"   // numbers of tickets that the page has not shown the follower
	limitReads     = "page_reads"     // requests of a follower
	limitChanges   = "page_changes"   // a follower's changes
	limitFiles     = "page_files"     // files and pictures that a follower requests
	limitUploads   = "page_uploads"   // running uploads of forms with pictures
	limitDisk      = "page_disk"      // room for files in transit
	limitPictures  = "page_pictures"  // pictures per day, to and from WeChat
)

// The most logins running at once, per address and in total, and how long another one waits for its turn.
const (
	loginsOfCaller = 8
	loginsOfAll    = 64
	loginPatience  = 2 * time.Second
)

// The most forms with pictures, and the most files and pictures on their way to browsers, at once, per follower and
// in total; and how long another one waits for its turn. A browser requests all pictures of a page at once.
const (
	formsOfFollower = 1
	formsOfAll      = 16
	formPatience    = 10 * time.Second
	filesOfFollower = 3
	filesOfAll      = 48
	filePatience    = 30 * time.Second
)

// Default limits of the pictures that one follower may upload in a day, and that all may upload to one process.
const (
	DefaultPictures      = 100
	DefaultPicturesOfAll = 20_000
)

// Looks are pictures requested from WeChat. It serves twice as many as it accepts.
const (
	looksOfFollower = 5 // for each picture that the follower may upload
	looksOfAll      = 2
)

// limits are the limits for the page's callers.
type limits struct {
	callers *limit.Limiter // by address, of requests without a session
	assets  *limit.Limiter // by address, of stylesheet and script
	readers *limit.Limiter // by follower
	writers *limit.Limiter // by follower, of requests that change something
	files   *limit.Limiter // by follower, of files requested from C4C
	logins  *limit.Shares  // by address, of running ones
	codes   *limit.Limiter // in total, of codes to verify with WeChat
	forms   *limit.Shares  // by follower, of running ones with pictures
	reading *limit.Shares  // by follower, of running reads of C4C
	guesses *limit.Limiter // by follower, of tickets requested from C4C that no list has shown
	sending *limit.Shares  // by follower, of files and pictures being sent
	filing  *limit.Shares  // by follower, of files that a worker is fetching from C4C
	uploads *limit.Daily   // by follower, of pictures
	looks   *limit.Daily   // by follower, of pictures requested from WeChat
}

func newLimits(now func() time.Time, pictures, picturesOfAll int) limits {
	return limits{
		reading: limit.NewShares(readsOfFollower, readsOfAll), guesses: limit.New(now, 0.1, 10),
		forms: limit.NewShares(formsOfFollower, formsOfAll), sending: limit.NewShares(filesOfFollower, filesOfAll),
		filing:  limit.NewShares(1, filesOfAll),
		uploads: limit.NewDaily(now, chinaTime, pictures, picturesOfAll),
		looks:   limit.NewDaily(now, chinaTime, looksOfFollower*pictures, looksOfAll*picturesOfAll),
		callers: limit.New(now, 20, 60), assets: limit.New(now, 100, 300),
		readers: limit.New(now, 10, 60), writers: limit.New(now, 0.5, 8), files: limit.New(now, 1, 30),
		logins: limit.NewShares(loginsOfCaller, loginsOfAll), codes: limit.New(now, 50, 200),
	}
}

// limitCaller limits requests without a session, by address. The limit is generous, because mobile networks put many
// people behind one address.
func (s *Site) limitCaller(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if !s.limits.callers.Allow(caller.Of(c)) {
			return errTooMany.by(limitStrangers)
		}
		return next(c)
	}
}

// limitAssets limits the requests for stylesheet and script.
func (s *Site) limitAssets(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if !s.limits.assets.Allow(caller.Of(c)) {
			return errTooMany.by(limitStrangers)
		}
		return next(c)
	}
}

// limitLogins limits how many logins wait at once for WeChat or a conversation.
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

// limitWriter limits the changes of one follower.
func (s *Site) limitWriter(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if !s.limits.writers.Allow(sessionOf(c).OpenID) {
			return errTooMany.by(limitChanges)
		}
		return next(c)
	}
}

// enterFile waits until the follower may have one more file in transit. A slow phone keeps its place.
func (l *limits) enterFile(c echo.Context) (leave func(), err error) {
	who := sessionOf(c).OpenID
	control := http.NewResponseController(c.Response())
	// a server without support keeps its own limits
	_ = control.SetWriteDeadline(time.Now().Add(3*filePatience + carryWait + uploadTime))
	ctx, cancel := context.WithTimeout(c.Request().Context(), filePatience)
	defer cancel()
	if !l.sending.Wait(ctx, who, 1) {
		return nil, errTooMany.by(limitFiles)
	}
	return func() { l.sending.Give(who, 1) }, nil
}

// enterFetch waits until C4C may be asked for one more file of the follower: one at a time, as one of the follower's
// reads of C4C. So no follower takes all calls that the page may make, and files never keep back their own pages.
func (l *limits) enterFetch(ctx context.Context, who string) (leave func(), err error) {
	ctx, cancel := context.WithTimeout(ctx, filePatience)
	defer cancel()
	if !l.filing.Wait(ctx, who, 1) {
		return nil, errTooMany.by(limitFiles)
	}
	if !l.reading.Wait(ctx, who, 1) {
		l.filing.Give(who, 1)
		return nil, errTooMany.by(limitReading)
	}
	return func() {
		l.reading.Give(who, 1)
		l.filing.Give(who, 1)
	}, nil
}

// enterForm waits until the follower may upload a form with pictures.
func (l *limits) enterForm(c echo.Context) (leave func(), err error) {
	who := sessionOf(c).OpenID
	ctx, cancel := context.WithTimeout(c.Request().Context(), formPatience)
	defer cancel()
	if !l.forms.Wait(ctx, who, 1) {
		return nil, errTooMany.by(limitUploads)
	}
	return func() { l.forms.Give(who, 1) }, nil
}
