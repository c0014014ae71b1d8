package web

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"
	"go.temporal.io/sdk/temporal"

	"github.com/wechat-c4c/wechat-c4c/catalogue"
	"github.com/wechat-c4c/wechat-c4c/conversation"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

var (
	ticketForm = regexp.MustCompile(`^[0-9A-Za-z-]{1,35}$`)
	keyForm    = regexp.MustCompile(`^[A-Za-z0-9]{16,64}$`)
)

const (
	maxSubject = 100
	maxText    = 2000
)

// create serves POST /web/create: entity customerAccount registers, entity ticket opens a ticket.
func (s *Site) create(c echo.Context) error {
	return s.takeForm(c, map[string]func(echo.Context, *form) error{"customerAccount": s.register, "ticket": s.openTicket})
}

// update serves POST /web/update: entity customerAccount changes the follower's data, entity ticket adds a message,
// closeTicket completes a ticket, erase begins the erasure of the follower.
func (s *Site) update(c echo.Context) error {
	return s.takeForm(c, map[string]func(echo.Context, *form) error{"customerAccount": s.register, "ticket": s.addMessage,
		"closeTicket": s.closeTicket, "erase": s.erase})
}

func (s *Site) takeForm(c echo.Context, entities map[string]func(echo.Context, *form) error) error {
	admit := func(f *form) error {
		if err := s.checkCSRF(c, f.get("csrf")); err != nil {
			return err
		}
		if entities[f.get("entity")] == nil {
			return errEntity.saying("entity must be customerAccount, ticket or, of an update, closeTicket or erase")
		}
		if !keyForm.MatchString(f.get("key")) {
			return errKey
		}
		return nil
	}
	f, err := s.readForm(c, admit)
	defer f.close()
	if err != nil {
		return err
	}
	if err := admit(f); err != nil {
		return err
	}
	// Uploading a form may take minutes, in which the session may end.
	status, err := s.stillIn(c, sessionOf(c))
	if err != nil {
		return err
	}
	if status == nil {
		return s.signedOut(c)
	}
	return entities[f.get("entity")](c, f)
}

// submit hands a submission over, after which the pages' data is outdated.
func (s *Site) submit(c echo.Context, in Submission) (conversation.WebResult, error) {
	own := sessionOf(c)
	// A browser that gives up must not undo what was sent.
	result, err := s.Backend.Submit(context.WithoutCancel(c.Request().Context()), own.OpenID, in)
	s.markChanged(c, own)
	refused, ok := errors.AsType[*temporal.ApplicationError](err)
	switch {
	case ok && refused.Type() == workflows.ErrorFollowerGone:
		return result, errGone.because(err)
	case ok && refused.Type() == workflows.ErrorKeyReused:
		return result, errKeyReused.because(err)
	case ok:
		return result, errMalformed.because(err)
	case err != nil:
		return result, errUnavailable.because(err)
	}
	return result, nil
}

// answerDone answers a submission: with a redirect to a page, or with its result as JSON.
func (s *Site) answerDone(c echo.Context, result conversation.WebResult, page string) error {
	if wantsJSON(c) {
		status := http.StatusOK
		if !result.Done {
			status = http.StatusAccepted
		}
		return c.JSON(status, result)
	}
	return c.Redirect(http.StatusSeeOther, page)
}

// showAgain shows a form with its errors.
func (s *Site) showAgain(c echo.Context, f *form, view string, title catalogue.Key, data any) error {
	if !wantsJSON(c) {
		return s.render(c, cmp.Or(f.status, http.StatusUnprocessableEntity), view, title, data)
	}
	fields := map[string]string{}
	for name, bad := range f.bad {
		fields[name], _ = bad.text(s.Texts, s.language(c))
	}
	return c.JSON(http.StatusUnprocessableEntity, map[string]any{
		"error": "invalid", "message": s.Texts.In(s.language(c), "web_check"), "fields": fields,
	})
}

type newTicketView struct {
	Values     map[string]string
	Bad        map[string]*fault
	Categories []Category
	Lang       catalogue.Language
	Own        []fieldView
	uploader
}

func (s *Site) newTicketView(c echo.Context, values map[string]string, bad map[string]*fault) newTicketView {
	return newTicketView{Categories: s.Categories, Lang: s.language(c), uploader: newUploader(),
		Values: values, Bad: bad, Own: s.own(s.TicketFields, values, bad)}
}

func (s *Site) showNewTicket(c echo.Context) error {
	return s.render(c, http.StatusOK, "ticket_new", "web_new", s.newTicketView(c, map[string]string{}, nil))
}

// openTicket opens a ticket. The same key twice is the same ticket.
func (s *Site) openTicket(c echo.Context, f *form) error {
	own := sessionOf(c)
	f.need("subject", maxSubject)
	f.need("text", maxText)
	category := f.get("category")
	if len(s.Categories) > 0 && !slices.ContainsFunc(s.Categories, func(k Category) bool { return k.Code == category }) {
		f.fail("category", "web_bad_category")
	}
	fields := filled(s.readOwn(f, s.TicketFields, false))
	media, err := s.uploadPictures(c.Request().Context(), own.OpenID, f)
	if err != nil {
		return err
	}
	again := func() error {
		view := s.newTicketView(c, f.shown(), f.bad)
		view.Again = len(f.pictures) > 0
		return s.showAgain(c, f, "ticket_new", "web_new", view)
	}
	if len(f.bad) > 0 {
		return again()
	}
	if len(s.Categories) == 0 {
		category = ""
	}
	request := conversation.OpenTicketRequest{
		Key: f.get("key"), OpenID: own.OpenID, At: s.Now().Unix(), Subject: oneLine(f.get("subject")), Category: category,
		Text: f.get("text"), Pictures: media, Fields: fields,
	}
	entered := request
	entered.Key, entered.At, entered.Pictures = "", 0, nil // anew each time
	request.Content = s.contentOf(own, f, workflows.UpdateOpenTicket, entered)
	result, err := s.submit(c, Submission{
		Update: workflows.UpdateOpenTicket, Key: request.Key, Content: request.Content,
		Request: request, Inbound: request.Inbound(),
	})
	if sentBefore(c, f, "text", err) {
		return again()
	}
	if err != nil {
		return err
	}
	return s.answerDone(c, result, afterTicket(result))
}

// afterTicket is the page for a follower who has opened a ticket.
func afterTicket(result conversation.WebResult) string {
	if result.TicketID == "" {
		return "/web/received?key=" + result.Key
	}
	return "/web/tickets/" + result.TicketID + "?opened=1"
}

// addMessage adds a message to one of the follower's tickets. If C4C does not say whose ticket it is, the sync that
// carries the message finds out before it writes anything.
func (s *Site) addMessage(c echo.Context, f *form) error {
	own, id := sessionOf(c), cmp.Or(f.get("ticket"), f.get("id"))
	if !ticketForm.MatchString(id) {
		return errNotFound
	}
	thread, old, err := s.readThread(c.Request().Context(), own, id)
	if p := problemOf(err); err != nil && p.status == http.StatusNotFound {
		return errNotFound
	}
	if err != nil { // enough to show the form again
		thread = workflows.TicketThread{Ticket: workflows.TicketLine{ID: id}, Answerable: true}
	}
	f.need("text", maxText)
	media, err := s.uploadPictures(c.Request().Context(), own.OpenID, f)
	if err != nil {
		return err
	}
	again := func() error {
		view := s.ticketView(c, s.conversationOf(c), thread, old)
		view.Values, view.Bad, view.Again = f.shown(), f.bad, len(f.pictures) > 0
		return s.showAgain(c, f, "ticket", "web_tickets", view)
	}
	if len(f.bad) > 0 {
		return again()
	}
	request := conversation.AddMessageRequest{
		Key: f.get("key"), OpenID: own.OpenID, At: s.Now().Unix(), TicketID: id, Text: f.get("text"), Pictures: media,
	}
	entered := request
	entered.Key, entered.At, entered.Pictures = "", 0, nil // anew each time
	request.Content = s.contentOf(own, f, workflows.UpdateAddMessage, entered)
	result, err := s.submit(c, Submission{
		Update: workflows.UpdateAddMessage, Key: request.Key, Content: request.Content,
		Request: request, Inbound: request.Inbound(),
	})
	if sentBefore(c, f, "text", err) {
		return again()
	}
	if err != nil {
		return err
	}
	shown := result
	shown.TicketID = cmp.Or(result.TicketID, id)
	return s.answerDone(c, result, afterMessage(shown))
}

// afterMessage is the page for a follower who has written in a ticket.
func afterMessage(result conversation.WebResult) string {
	return "/web/tickets/" + result.TicketID + "?received=" + result.Key + "#end"
}

// need requires a field, with at most the given number of characters.
func (f *form) need(name string, most int) {
	switch n := runes(f.get(name)); {
	case n == 0:
		f.fail(name, "web_bad_required")
	case n > most:
		f.fail(name, "web_bad_long", "max", most)
	}
}

// oneLine turns any input into a subject.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
