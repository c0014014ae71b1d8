package wechat

import "strings"

// SubscribeEvent reports that someone followed the account. It opens a reply window of 3 messages in 1 minute.
//
// https://developers.weixin.qq.com/doc/offiaccount/Message_Management/Receiving_event_pushes.html
type SubscribeEvent struct {
	Head
	// Scene is the scene of the parametric QR code without its prefix qrscene_; empty when followed another way.
	Scene string
	// Ticket is the QR code's ticket; empty without a scene.
	Ticket string
}

// UnsubscribeEvent reports that a follower unfollowed. No reply is possible. It may arrive more than once.
type UnsubscribeEvent struct{ Head }

// ScanEvent reports that a follower scanned a parametric QR code. It opens a reply window of 3 messages in 1 minute.
type ScanEvent struct {
	Head
	Scene, Ticket string
}

// LocationEvent reports a follower's location, on entering the chat or every 5 seconds, as set in the console.
type LocationEvent struct {
	Head
	// Latitude and Longitude are in degrees, Precision is in metres.
	Latitude, Longitude, Precision float64
}

// AuthorizationEvent reports that a user changed (user_info_modified) or withdrew (user_authorization_revoke) what
// they granted by web OAuth. Delete the profile data on a withdrawal.
type AuthorizationEvent struct {
	Head
	// OpenID is the affected user; FromUserName may be another.
	OpenID string
	AppID  string
	// RevokeInfo lists the codes of what was withdrawn.
	RevokeInfo []string
	// Revoked is true for a withdrawal, false for a change.
	Revoked bool
}

// qrScenePrefix marks the scene in the EventKey of a follow; other prefixes are not scenes.
const qrScenePrefix = "qrscene_"

func parseSubscribe(h Header, n *node) Message {
	scene, _ := strings.CutPrefix(h.EventKey, qrScenePrefix)
	if scene == h.EventKey {
		scene = ""
	}
	return &SubscribeEvent{Head: h, Scene: scene, Ticket: n.str("Ticket")}
}

func parseUnsubscribe(h Header, _ *node) Message { return &UnsubscribeEvent{Head: h} }

func parseScan(h Header, n *node) Message {
	return &ScanEvent{Head: h, Scene: h.EventKey, Ticket: n.str("Ticket")}
}

func parseLocationEvent(h Header, n *node) Message {
	return &LocationEvent{
		Head: h, Latitude: n.float("Latitude"), Longitude: n.float("Longitude"), Precision: n.float("Precision"),
	}
}

func parseAuthorization(h Header, n *node) Message {
	return &AuthorizationEvent{
		Head: h, OpenID: n.str("OpenID"), AppID: n.str("AppID"), RevokeInfo: n.list("RevokeInfo"),
		Revoked: strings.EqualFold(h.Event, "user_authorization_revoke"),
	}
}
