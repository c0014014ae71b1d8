package web

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/wechat-c4c/wechat-c4c/catalogue"
	"github.com/wechat-c4c/wechat-c4c/conversation"
	reading "github.com/wechat-c4c/wechat-c4c/conversation/text"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// bubble is a line of a thread.
type bubble struct {
	workflows.ThreadItem
	rich     reading.Rich // an agent's text
	Underway bool         // not in C4C yet
	Lines    [][]run
	Pictures []fileLink
	Others   []fileLink
	Answers  []string // offered by an agent to be tapped, as long as nothing follows
}

// fileLink is a file or link of a thread. Without an address only its name is shown; Host is the host of an external
// link.
type fileLink struct{ URL, Name, Size, Host string }

type ticketView struct {
	Ticket   workflows.TicketLine
	Bubbles  []bubble
	Answer   string // whether the ticket can be answered: open, reopen, closed, elsewhere
	Category string // in words; empty: not one that followers choose from
	Facts    []fact // the tenant's own fields
	Closable bool
	Opened   bool
	Closed   bool // the follower has just closed it
	Looks    bool // C4C has not shown yet that they have
	Received bool
	Awaits   bool  // no agent has answered yet
	Answered int64 // when an agent last answered, seconds since 1970; 0: not recently
	Stale    int   // minutes
	Values   map[string]string
	Bad      map[string]*fault
	uploader
}

// showTicket serves GET /web/tickets/{number}. After a message its key is in the address, and the page looks again
// until the thread contains it: C4C may not have answered, or may have been read just before.
func (s *Site) showTicket(c echo.Context) error {
	own, id, key, known := sessionOf(c), c.Param("id"), c.QueryParam("received"), s.conversationOf(c)
	s.heedAnswer(own, known, id)
	thread, old, err := s.readThread(c.Request().Context(), own, id)
	waits := keyForm.MatchString(key) && !contains(thread, key)
	if result, ok := resultIn(known, key); ok && waits && result.TicketID != "" {
		switch {
		case result.TicketID != id:
			return c.Redirect(http.StatusSeeOther, afterMessage(result))
		case err == nil && old == 0 && s.limits.writers.Allow(own.OpenID): // it counts as a change, as in markArrived
			s.outdate(own.OpenID, s.Now().Add(time.Second)) // it may have been read before the message came
			thread, old, err = s.readThread(c.Request().Context(), own, id)
			waits = !contains(thread, key)
		}
	}
	opened := c.QueryParam("opened") != ""
	if err != nil && (opened || waits) && problemOf(err).code == errUnavailable.code {
		return s.render(c, http.StatusOK, "received", "web_received", receivedView{key}) // nobody is to send it again
	}
	if err != nil {
		return err
	}
	view := s.ticketView(c, known, thread, old)
	view.Opened, view.Received = opened, waits
	closed := c.QueryParam("closed") != ""
	view.Closed = closed && thread.Ticket.Status == statusCompleted
	view.Looks = closed && !view.Closed && old > 0
	return s.render(c, http.StatusOK, "ticket", "web_tickets", view)
}

// contains reports whether a thread contains the message that was submitted under a key.
func contains(thread workflows.TicketThread, key string) bool {
	return slices.ContainsFunc(thread.Items, func(item workflows.ThreadItem) bool {
		_, _, msgID, _ := conversation.ParseMessageID(item.MessageID)
		return msgID == conversation.WebMsgID(key)
	})
}

func (s *Site) ticketView(c echo.Context, known conversation.PageView, thread workflows.TicketThread,
	old time.Duration) ticketView {
	view := ticketView{
		Ticket: thread.Ticket, Answer: answerOf(thread), Stale: int(old.Minutes()), Values: map[string]string{},
		Category: s.categoryOf(c, thread.Ticket), Closable: s.closable(thread.Ticket), uploader: newUploader(),
		Facts: s.facts(s.language(c), s.TicketFields, thread.Fields),
	}
	there := map[string]bool{}
	view.Answered = answeredAt(known, thread.Ticket.ID)
	read, ok := s.reads.threads.kept(sessionOf(c).OpenID + " ticket " + thread.Ticket.ID)
	if ok && view.Answered <= s.Now().Add(clocksDiffer).Unix() { // otherwise a clock is wrong
		view.Answered = min(view.Answered, read.at.Unix()) // the page asks for what has come since
	}
	kept := keptPictures(known, thread.Ticket.ID, s.Now()) // without the conversation, pictures are only named
	for _, item := range thread.Items {
		_, _, msgID, ok := conversation.ParseMessageID(item.MessageID)
		there[msgID] = true
		b := newBubble(item)
		if ok && !item.FromAgent {
			b.ownPictures(thread.Ticket.ID, msgID, len(kept[msgID]))
		}
		b.card()
		b.files(thread.Ticket.ID, s.Relay.there(), func(kind catalogue.Key) string {
			return s.Texts.In(s.language(c), kind)
		})
		attached := len(b.Pictures)+len(b.Others) > 0
		if b.Lines = b.lines(s.Texts, s.language(c), attached); len(b.Lines) > 0 || attached {
			view.Bubbles = append(view.Bubbles, b)
		}
	}
	for _, u := range slices.Backward(underway(known, thread.Ticket.ID)) {
		if !there[conversation.WebMsgID(u.Key)] {
			b := newBubble(workflows.ThreadItem{Text: u.Text, At: time.Unix(u.At, 0)})
			b.Underway, b.Lines = true, b.lines(s.Texts, s.language(c), false)
			view.Bubbles = append(view.Bubbles, b)
		}
	}
	view.Awaits = !slices.ContainsFunc(view.Bubbles, func(b bubble) bool { return b.FromAgent })
	view.offerAnswers()
	return view
}

// ownPictures adds the pictures that WeChat still keeps. They are there before they are in C4C, and cost no call to
// C4C.
func (b *bubble) ownPictures(ticketID, msgID string, kept int) {
	inC4C := 0
	for _, file := range b.Files {
		if looksLikePicture(file) {
			inC4C++
		}
	}
	if kept < inC4C {
		return
	}
	for i := range kept {
		b.Pictures = append(b.Pictures, fileLink{URL: "/web/pictures/" + ticketID + "/" + msgID + "/" + strconv.Itoa(i)})
	}
}

// files adds the files in C4C. Those of the follower have names that we made: a kind, in words, says more.
func (b *bubble) files(ticketID string, reachable bool, words func(catalogue.Key) string) {
	shown := len(b.Pictures) > 0
	for _, file := range b.ThreadItem.Files {
		link := fileLink{Name: file.Name, Size: sizeText(file.Size)}
		if kind := kindOf(file); kind != "" && !b.FromAgent {
			link.Name = words(kind)
		}
		if reachable {
			link.URL = "/web/files/" + ticketID + "/" + file.ObjectID
		}
		if file.Link != "" {
			link.URL = webLink(file)
			if at, err := url.Parse(link.URL); err == nil {
				link.Host = at.Host
			}
		}
		switch picture := looksLikePicture(file); {
		case picture && shown:
		case picture && reachable:
			if !b.FromAgent {
				link.Name = ""
			}
			b.Pictures = append(b.Pictures, link)
		default:
			b.Others = append(b.Others, link)
		}
	}
}

// C4C's life cycle statuses of a ticket.
const (
	statusCompleted = "3"
	statusClosed    = "4"
)

func answerOf(thread workflows.TicketThread) string {
	switch {
	case thread.Ticket.Status == statusClosed:
		return "closed"
	case !thread.Answerable:
		return "elsewhere"
	case thread.Ticket.Status == statusCompleted:
		return "reopen"
	}
	return "open"
}

// ThreadItem is a line of a thread, for clients that show it themselves.
type ThreadItem struct {
	workflows.ThreadItem
	// HTML is what the page shows of the text, with links: safe to insert as it is. The page shows a link at the end as
	// a card, and answers as buttons.
	HTML string `json:"html"`
}

// readableThread is a thread with what a client needs to show it.
type readableThread struct {
	workflows.TicketThread
	Items []ThreadItem `json:"items"`
}

// readable is a thread with agents' texts as they read in the chat, and each text as HTML.
func (s *Site) readable(c echo.Context, thread workflows.TicketThread) (readableThread, error) {
	lang := s.language(c)
	shown := readableThread{TicketThread: thread, Items: []ThreadItem{}}
	for _, item := range thread.Items {
		b := newBubble(item)
		b.rich.Card = nil
		words, err := s.views.lines(lang, b.lines(s.Texts, lang, len(item.Files) > 0))
		if err != nil {
			return readableThread{}, err
		}
		if item.FromAgent {
			item.Text = reading.Plain(item.Text)
		}
		shown.Items = append(shown.Items, ThreadItem{ThreadItem: item, HTML: words})
	}
	return shown, nil
}
