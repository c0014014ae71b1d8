package web

import (
	"encoding/json"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/wechat-c4c/wechat-c4c/catalogue"
)

// form contains what a follower has entered: a form, or the same fields as a JSON object of texts.
type form struct {
	values   url.Values
	pictures []*picture
	bad      map[string]*fault // by field
	leave    func()            // makes room for the next form with pictures; nil: no pictures
	read     int               // bytes of fields other than pictures
	status   int               // status when it is shown again; 0: 422
}

// fault is an error in a field, in the catalogue's words.
type fault struct {
	Key  catalogue.Key
	Args []any
	also []*fault
}

// text is the errors in a language, one line per fault.
func (w *fault) text(texts *catalogue.Texts, lang catalogue.Language) (string, error) {
	lines := make([]string, 0, 1+len(w.also))
	for _, each := range append([]*fault{w}, w.also...) {
		line, err := text(texts, lang, each.Key, each.Args...)
		if err != nil {
			return "", err
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n"), nil
}

// get returns a field with normalised line ends: browsers send them as two characters, which no limit should count.
func (f *form) get(name string) string {
	return strings.TrimSpace(strings.ReplaceAll(f.values.Get(name), "\r\n", "\n"))
}

func (f *form) fail(name string, key catalogue.Key, args ...any) {
	if _, ok := f.bad[name]; !ok {
		f.bad[name] = &fault{Key: key, Args: args}
	}
}

// failAlso is like fail, for fields that can have more than one error.
func (f *form) failAlso(name string, key catalogue.Key, args ...any) {
	if first, ok := f.bad[name]; ok {
		first.also = append(first.also, &fault{Key: key, Args: args})
		return
	}
	f.fail(name, key, args...)
}

// close removes the pictures' files from disk.
func (f *form) close() {
	for _, p := range f.pictures {
		p.file.close()
	}
	if f.leave != nil {
		f.leave()
	}
}

// uploadTime is the longest that uploading a form with pictures may take on a slow network.
const uploadTime = 2 * time.Minute

// readForm reads a form. It stores pictures on disk once the fields before them show who sends them and what for;
// they are checked later. Unknown fields are skipped.
func (s *Site) readForm(c echo.Context, admit func(*form) error) (*form, error) {
	f := &form{values: url.Values{}, bad: map[string]*fault{}}
	req := c.Request()
	kind, _, err := mime.ParseMediaType(req.Header.Get(echo.HeaderContentType))
	if err != nil {
		return f, errFormType.because(err)
	}
	limit := int64(maxSmallBody)
	if kind == echo.MIMEMultipartForm {
		limit = maxPictures*(maxPicture+1) + maxSmallBody
		// Only signed-in followers get here, each with a rate limit of their own.
		control := http.NewResponseController(c.Response())
		_ = control.SetReadDeadline(time.Now().Add(uploadTime)) // a server without support keeps its own limits
		_ = control.SetWriteDeadline(time.Now().Add(uploadTime + 30*time.Second))
	}
	if req.ContentLength > limit {
		return f, errTooLarge
	}
	req.Body = http.MaxBytesReader(c.Response(), req.Body, limit)
	switch kind {
	case echo.MIMEMultipartForm:
		err = f.readParts(req, func(part *multipart.Part) (*picture, error) {
			if err := s.admitPicture(c, f, admit); err != nil {
				return nil, err
			}
			return readPicture(s.Disk, sessionOf(c).OpenID, part)
		})
	case echo.MIMEApplicationForm:
		if err = req.ParseForm(); err == nil {
			f.values = req.PostForm
		}
	case echo.MIMEApplicationJSON:
		fields := map[string]string{}
		err = decodeJSON(req.Body, &fields, "the body must be a JSON object whose values are all texts")
		for name, value := range fields {
			f.values.Set(name, value)
		}
	default:
		err = errFormType
	}
	if _, known := errors.AsType[*problem](err); err != nil && !known {
		err = errMalformed.saying("the body is not what its Content-Type says").because(err)
	}
	if err != nil && req.ContentLength < 0 {
		// Otherwise net/http would wait for the rest of the body before it answers, for as long as an upload may take.
		c.Response().Header().Set(echo.HeaderConnection, "close")
	}
	return f, err
}

var errFormType = errMediaType.saying("send application/json, application/x-www-form-urlencoded or multipart/form-data")

// decodeJSON reads one JSON value and nothing after it. detail describes what it should have been.
func decodeJSON(body io.Reader, into any, detail string) error {
	decoder := json.NewDecoder(body)
	err := decoder.Decode(into)
	if err == nil {
		if _, more := decoder.Token(); !errors.Is(more, io.EOF) {
			err = errors.Join(errors.New("more than one value"), more)
		}
	}
	if err != nil {
		return errMalformed.saying(detail).because(err)
	}
	return nil
}

// maxField limits one field of a multipart form, in bytes.
const maxField = 16 << 10

// admitPicture admits the first picture of a form.
func (s *Site) admitPicture(c echo.Context, f *form, admit func(*form) error) (err error) {
	if f.leave != nil {
		return nil
	}
	if err := admit(f); err != nil {
		return err
	}
	f.leave, err = s.limits.enterForm(c)
	return err
}

func (f *form) readParts(req *http.Request, take func(*multipart.Part) (*picture, error)) error {
	parts, err := req.MultipartReader()
	if err != nil {
		return err
	}
	for n := 0; ; n++ {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if n > 50 {
			return errMalformed
		}
		if err := f.readPart(part, take); err != nil {
			return err
		}
	}
}

func (f *form) readPart(part *multipart.Part, take func(*multipart.Part) (*picture, error)) error {
	if part.FileName() != "" {
		p, err := take(part)
		if p != nil {
			f.pictures = append(f.pictures, p)
		}
		return err
	}
	value, err := io.ReadAll(io.LimitReader(part, maxField))
	if f.read += len(value); f.read > maxSmallBody {
		return errTooLarge
	}
	if err == nil && part.FormName() != "pictures" {
		f.values.Add(part.FormName(), string(value))
	}
	return err
}
