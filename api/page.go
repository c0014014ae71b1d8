package api

import (
	"github.com/wechat-c4c/wechat-c4c/api/web"
	"github.com/wechat-c4c/wechat-c4c/conversation"
	"github.com/wechat-c4c/wechat-c4c/wechat"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// newSite makes the H5 page.
func (h *handlers) newSite() (*web.Site, error) {
	o := *h.Web
	o.Account, o.Language, o.Logger, o.Now = h.Account, h.Language, h.Logger, h.Now
	o.Texts = h.Texts
	o.Backend = web.NewBackend(h.WebTemporal, h.handover)
	o.RelayKey = workflows.RelayKey(h.FollowerKeySecret)
	return web.New(o)
}

// entrance recognises a request for the page: a menu button, or the page's name as a message; empty: neither.
func (h *handlers) entrance(msg wechat.Message) string {
	if h.site == nil {
		return ""
	}
	switch m := msg.(type) {
	case *wechat.ClickEvent:
		return web.Entrance(m.Key)
	case *wechat.TextMessage:
		return web.Entrance(m.Content)
	}
	return ""
}

// asClick turns a message that asks for the page into a menu click: it opens the reply window, but no ticket.
func asClick(in conversation.Inbound, entrance string) conversation.Inbound {
	in.Kind, in.EventKey, in.Text, in.MsgID = conversation.KindClick, entrance, "", ""
	return in
}

// updateSite makes the page end the sessions of a follower who unfollows.
func (h *handlers) updateSite(msg wechat.Message) {
	if h.site == nil {
		return
	}
	about := msg.Header()
	switch msg.(type) {
	case *wechat.SubscribeEvent:
		h.site.Followed(about.FromUserName, true, about.CreateTime)
	case *wechat.UnsubscribeEvent:
		h.site.Followed(about.FromUserName, false, about.CreateTime)
	}
}
