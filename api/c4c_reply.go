package api

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/wechat-c4c/wechat-c4c/conversation"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// receiveReply receives what C4C's mashup web service posts when a service agent answers. C4C does not promise to
// repeat a post, so the answer is 200 only once Temporal or the spool has the reply. Private notes never leave C4C.
func (a accounts) receiveReply(c echo.Context) error {
	body, err := readBody(c.Request())
	if err != nil {
		return err
	}
	p, err := parsePush(c.Request().Header.Get(echo.HeaderContentType), body)
	if err != nil {
		return err
	}
	o, result := observed(c), resultIgnored
	o.kind = p.kind
	switch p.kind {
	case pushSurvey:
		h := a.addressee(c, "")
		if result, err = h.tellFollowers(c.Request().Context(), p.texts, h.Now()); err != nil {
			return err
		}
	case pushReply:
		o.created, _ = time.Parse(time.RFC3339, p.reply.CreatedAt)
		if result, err = a.addressee(c, p.reply.OriginalID).forwardReply(c, p.reply); err != nil {
			return err
		}
	}
	o.result = result
	return c.String(http.StatusOK, "ok\n")
}

// forwardReply hands a reply to the conversation that its original_id names. Otherwise the follower is looked up by
// the ticket's number.
func (h *handlers) forwardReply(c echo.Context, reply conversation.Reply) (result string, err error) {
	ctx := c.Request().Context()
	reply.Trace = traceParent(ctx)
	if reply.Written().IsZero() {
		reply.Received = h.Now().Unix() // it may wait in the spool
	}
	account, openID, _, ok := conversation.ParseMessageID(reply.OriginalID)
	if ok && account == h.Account && openIDForm.MatchString(openID) && !conversation.CaseIsLost(openID) {
		reply.OpenID = openID
		observed(c).workflow = h.handover.ConversationID(openID)
	} else {
		observed(c).workflow = workflows.RouteID(h.Account, reply.SmaID)
	}
	outcome, err := h.handover.Reply(ctx, reply)
	return resultOf(outcome), unavailable(err)
}
