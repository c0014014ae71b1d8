package wechat

import "strings"

// ClickEvent reports that a follower tapped a menu button of type click. It opens a reply window of 3 messages in 1
// minute.
//
// https://developers.weixin.qq.com/doc/offiaccount/Custom_Menus/Custom_Menu_Push_Events.html
type ClickEvent struct {
	Head
	Key string
}

// ViewEvent reports that a follower opened a menu link. It opens no reply window.
type ViewEvent struct {
	Head
	// URL is the link, or the page path of a mini program.
	URL string
	// MenuID is the conditional menu that was used; may be empty.
	MenuID string
	// MiniProgram marks the event view_miniprogram.
	MiniProgram bool
}

// ScanCodeEvent reports that a follower scanned a code through the menu. It opens the window of a menu click.
type ScanCodeEvent struct {
	Head
	Key string
	// Type is qrcode or another kind of code; Result is its content.
	Type, Result string
	// Waiting marks scancode_waitmsg, to which a passive reply is expected.
	Waiting bool
}

// PictureEvent announces pictures chosen through the menu; each follows as an [*ImageMessage].
type PictureEvent struct {
	Head
	Key   string
	Count int
	// MD5 lists the checksums of the pictures, hexadecimal.
	MD5 []string
}

// LocationSelectEvent announces a position chosen through the menu; a [*LocationMessage] follows.
type LocationSelectEvent struct {
	Head
	Key                 string
	Latitude, Longitude float64
	Scale               int
	Label, POI          string
}

func parseClick(h Header, _ *node) Message { return &ClickEvent{Head: h, Key: h.EventKey} }

func parseView(h Header, n *node) Message {
	return &ViewEvent{
		Head: h, URL: h.EventKey, MenuID: n.str("MenuId", "MenuID"),
		MiniProgram: strings.EqualFold(h.Event, "view_miniprogram"),
	}
}

func parseScanCode(h Header, n *node) Message {
	info := n.child("ScanCodeInfo")
	return &ScanCodeEvent{
		Head: h, Key: h.EventKey, Type: info.str("ScanType"), Result: info.str("ScanResult"),
		Waiting: strings.EqualFold(h.Event, "scancode_waitmsg"),
	}
}

func parsePicture(h Header, n *node) Message {
	info := n.child("SendPicsInfo")
	e := &PictureEvent{Head: h, Key: h.EventKey, Count: int(info.int("Count"))}
	for _, pic := range info.items("PicList") {
		e.MD5 = append(e.MD5, pic.str("PicMd5Sum"))
	}
	return e
}

func parseLocationSelect(h Header, n *node) Message {
	info := n.child("SendLocationInfo")
	return &LocationSelectEvent{
		Head: h, Key: h.EventKey, Latitude: info.float("Location_X"), Longitude: info.float("Location_Y"),
		Scale: int(info.int("Scale")), Label: info.str("Label"), POI: info.str("Poiname"),
	}
}
