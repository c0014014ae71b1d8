package web

import (
	"crypto/rand"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"
	"go.temporal.io/sdk/temporal"

	"github.com/wechat-c4c/wechat-c4c/catalogue"
	"github.com/wechat-c4c/wechat-c4c/conversation"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// Keys of the menu's buttons.
const (
	MenuAccount   = "account"
	MenuMyTickets = "my_tickets"
	MenuNewTicket = "new_ticket"
)

// entrances are where the menu's keys lead, and what the chat says.
var entrances = map[string]struct {
	path string
	text catalogue.Key
}{
	MenuAccount:   {"/web/account", "web_link_account"},
	MenuMyTickets: {"/web/tickets", "web_link_my_tickets"},
	MenuNewTicket: {"/web/new", "web_link_new_ticket"},
}

// Entrance recognises the key of a menu button, or an equivalent word in the chat; empty: neither.
func Entrance(word string) string {
	word = strings.ToLower(strings.TrimSpace(word))
	if _, ok := entrances[word]; ok {
		return word
	}
	for key, name := range map[string]catalogue.Key{MenuAccount: "web_account", MenuMyTickets: "web_tickets",
		MenuNewTicket: "web_new"} {
		for _, lang := range catalogue.Languages() {
			if word == strings.ToLower(catalogue.Text(lang, name)) {
				return key
			}
		}
	}
	return ""
}

// personalLink proves which follower the chat gave it to.
type personalLink struct {
	ID      string `json:"i"`
	OpenID  string `json:"o"`
	Path    string `json:"p"`
	Issued  int64  `json:"t"`
	Expires int64  `json:"e"`
}

// Invite is the chat's answer to an entrance: a link to the page. For accounts without OAuth the link is personal,
// works once and for ten minutes. A follower who is not proven to have asked gets no link, but a text on what to do.
func (s *Site) Invite(openID, entrance string, proven bool) string {
	to, ok := entrances[entrance]
	if !ok {
		return ""
	}
	address := s.URL + to.path
	if !s.OAuth {
		if !proven {
			return s.Texts.In(s.Language, "web_no_link")
		}
		now := s.Now()
		address = s.URL + "/web/link?t=" + s.signer.sign(purposeLink, personalLink{
			ID: rand.Text(), OpenID: openID, Path: to.path, Issued: now.Unix(), Expires: now.Add(linkLife).Unix(),
		})
	}
	return s.Texts.In(s.Language, to.text, catalogue.Value("address", address))
}

// readLink reads a link that is still valid.
func (s *Site) readLink(signed string) (personalLink, error) {
	var link personalLink
	if !s.signer.open(purposeLink, signed, &link) || link.Expires <= s.Now().Unix() {
		return link, errExpired
	}
	return link, nil
}

type linkView struct {
	Token string
	Other bool // the browser shows another follower's page
}

// showLink asks for a tap. A mere look at a link, as by a preview, must not use it up, and someone who was sent
// another person's link must not find themselves on that person's page.
func (s *Site) showLink(c echo.Context) error {
	link, err := s.readLink(c.QueryParam("t"))
	if err != nil {
		if s.readSession(c) != nil {
			return c.Redirect(http.StatusSeeOther, "/web/")
		}
		return err
	}
	return s.render(c, http.StatusOK, "link", "web_link", linkView{c.QueryParam("t"), s.ofAnother(c, link)})
}

// ofAnother reports whether the browser has the session of a different follower than the link's.
func (s *Site) ofAnother(c echo.Context, link personalLink) bool {
	own := s.readSession(c)
	return own != nil && own.OpenID != link.OpenID
}

// useLink opens a session for the link's follower. The conversation remembers which links were used, and an erasure's
// mark outlives the link.
func (s *Site) useLink(c echo.Context) error {
	if !s.sameOrigin(c) {
		return errRefused
	}
	token := c.Request().PostFormValue("t") // only in the body: addresses end up in logs
	link, err := s.readLink(token)
	if err != nil {
		return err
	}
	if s.ofAnother(c, link) && c.Request().PostFormValue("replace") == "" {
		return s.render(c, http.StatusConflict, "link", "web_link", linkView{token, true})
	}
	erased := <-s.askErasure(c.Request().Context(), link.OpenID)
	switch {
	case erased.said == 0:
		return errUnavailable
	case erased.kills(link):
		return errExpired
	}
	err = s.Backend.SpendLink(c.Request().Context(), link.OpenID, conversation.SpendLinkRequest{
		ID: link.ID, Issued: link.Issued, Expires: link.Expires,
	})
	if refused, ok := errors.AsType[*temporal.ApplicationError](err); ok {
		// The page was reloaded, or tapped twice, in the browser that has used the link.
		if own := s.readSession(c); own != nil && own.OpenID == link.OpenID && refused.Type() == workflows.ErrorLinkSpent {
			return c.Redirect(http.StatusSeeOther, ownPath(link.Path))
		}
		if refused.Type() == workflows.ErrorFollowerGone {
			return errGone.because(err)
		}
		return errExpired.because(err)
	}
	if err != nil {
		return errUnavailable.because(err)
	}
	s.keepSession(c, s.newSession(link.OpenID, erased.at))
	return c.Redirect(http.StatusSeeOther, ownPath(link.Path))
}

// InviteURL is the page's address for an entrance, as the menu opens it.
func InviteURL(base, entrance string) string {
	address, err := url.JoinPath(base, entrances[entrance].path)
	if err != nil {
		return ""
	}
	return address
}

// TicketURL is the page's address of one ticket. Without a session, the page begins with a login if OAuth allows it.
func TicketURL(base, ticketID string) string {
	return strings.TrimSuffix(base, "/") + "/web/tickets/" + ticketID
}
