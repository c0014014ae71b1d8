package api

import (
	"cmp"
	"errors"
	"log/slog"
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"

	"github.com/wechat-c4c/wechat-c4c/api/handover"
	"github.com/wechat-c4c/wechat-c4c/catalogue"
	"github.com/wechat-c4c/wechat-c4c/wechat"
)

// verifyCallback answers WeChat's check of the callback address with its unchanged echostr. In every mode the check
// is signed only over time and nonce, which does not cover the echostr. The signature is therefore valid only as
// briefly as a plain push's.
//
// https://developers.weixin.qq.com/doc/service/guide/dev/push/
func (h *handlers) verifyCallback(c echo.Context) error {
	observed(c).kind = "verification"
	if err := cmp.Or(h.proof(c.QueryParams()), h.fresh(c.QueryParams(), plainAge)); err != nil {
		return refused(err)
	}
	echostr, err := h.WeChat.VerifyURL(c.QueryParams())
	if err != nil {
		return refused(err)
	}
	observed(c).result = resultVerified
	return c.Blob(http.StatusOK, echo.MIMETextPlainCharsetUTF8, []byte(echostr))
}

// receiveMessage receives one push of WeChat. It answers once the conversation or the spool has it. WeChat posts up
// to three more times, so it keeps what neither could accept.
//
// https://developers.weixin.qq.com/doc/service/guide/product/message/Receiving_standard_messages.html
func (h *handlers) receiveMessage(c echo.Context) error {
	body, err := readBody(c.Request())
	if err != nil {
		return err
	}
	msg, err := h.open(c, body)
	if err != nil {
		return refused(err)
	}
	o := observed(c)
	o.kind, o.created = kindOf(msg), msg.Header().CreateTime
	entrance := h.entrance(msg)
	told, autoReply, err := h.handToConversation(c, msg, entrance)
	if err != nil {
		return err
	}
	settled, err := h.passReceipts(c.Request().Context(), msg.Header().FromUserName, receipts(msg))
	if err != nil {
		return err
	}
	o.result = told
	if told == resultIgnored {
		entrance = "" // an old click must not give an erased follower a link
	}
	if settled != resultIgnored {
		o.result = settled
	}
	return h.answer(c, msg, entrance, autoReply)
}

// handToConversation hands a push to the follower's conversation, and returns the text that answers it; empty: none.
// result is resultIgnored for a push that concerns no conversation. Only the conversation knows which text is due: if
// the push is in the spool, it cannot be asked, and there is no text.
func (h *handlers) handToConversation(
	c echo.Context, msg wechat.Message, entrance string,
) (result, autoReply string, err error) {
	in, ok := inbound(msg, h.Texts)
	if !ok {
		return resultIgnored, "", nil
	}
	if entrance != "" {
		in = asClick(in, entrance)
	}
	if !openIDForm.MatchString(in.OpenID) {
		return "", "", refused(wechat.ErrMalformed)
	}
	ctx, o := c.Request().Context(), observed(c)
	if err := h.guard.pace(ctx, in.OpenID); err != nil {
		return "", "", err
	}
	in.Trace, o.workflow = traceParent(ctx), h.handover.ConversationID(in.OpenID)
	outcome, err := h.handover.Inbound(ctx, in)
	if err != nil {
		return "", "", unavailable(err)
	}
	if outcome == handover.Nobody {
		return resultOf(outcome), "", nil
	}
	h.updateSite(msg)
	if outcome != handover.Taken {
		return resultOf(outcome), "", nil
	}
	return resultOf(outcome), h.autoReplyFor(ctx, in, o.workflow, msg.Header().Encrypted), nil
}

// answer welcomes a new follower, gives a link to one who asks for the page, and answers anything else with the text
// that is due. If an answer cannot be built, it is left out: the message itself is safe.
func (h *handlers) answer(c echo.Context, msg wechat.Message, entrance, autoReply string) error {
	var reply wechat.PassiveReply
	switch _, follows := msg.(*wechat.SubscribeEvent); {
	case follows && !h.AutoReplies.NoWelcome:
		reply = wechat.TextReply{Content: h.Texts.Text(catalogue.Welcome)}
	case entrance != "":
		// Only encryption proves who asks: anyone who has seen one signature could ask for another follower's link.
		reply = wechat.TextReply{Content: h.site.Invite(msg.Header().FromUserName, entrance, msg.Header().Encrypted)}
	case autoReply != "":
		reply = wechat.TextReply{Content: autoReply}
	}
	body, contentType, err := h.WeChat.Reply(msg, reply, h.Now())
	if err != nil {
		h.Logger.ErrorContext(c.Request().Context(), "the passive reply was left out", slog.String("error", err.Error()))
		if body, contentType, err = h.WeChat.Reply(msg, nil, h.Now()); err != nil {
			return err
		}
	}
	return c.Blob(http.StatusOK, contentType, body)
}

// unproven are the errors of pushes without proof that WeChat sent them to this account.
var unproven = []error{wechat.ErrSignature, wechat.ErrNotEncrypted, wechat.ErrAppID, wechat.ErrRecipient}

// refused answers an unusable push, whatever is wrong with it, with the same status and an empty body. The sender
// learns nothing, not even whether it could be decrypted. The metrics distinguish the reasons.
func refused(err error) error {
	if known, ok := errors.AsType[*failure](err); ok {
		return known
	}
	result := "malformed"
	if slices.ContainsFunc(unproven, func(target error) bool { return errors.Is(err, target) }) {
		result = "bad_signature"
	}
	if _, ok := errors.AsType[*staleError](err); ok {
		result = "stale"
	}
	return &failure{status: http.StatusUnauthorized, result: result, err: err}
}

// unread answers a body that is too large or did not arrive.
func unread(err error) error {
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return err
	}
	return &failure{status: http.StatusBadRequest, result: "unread", err: err}
}
