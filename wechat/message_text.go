package wechat

// TextMessage is a text that the follower typed, or an item of a menu message that they tapped.
type TextMessage struct {
	Head
	// Content is the text, exactly as sent.
	Content string
	// MenuID is the id of the tapped item of a [CustomMenu]; empty for typed text.
	MenuID string
}

// LinkMessage is a link that the follower shared.
type LinkMessage struct {
	Head
	Title, Description, URL string
}

// MiniProgramMessage is a mini-program card that the follower shared.
type MiniProgramMessage struct {
	Head
	Title, AppID, PagePath, ThumbURL, ThumbMediaID string
}

// LocationMessage is a position that the follower sent.
type LocationMessage struct {
	Head
	// Latitude and Longitude are in degrees.
	Latitude, Longitude float64
	// Scale is the zoom of the map.
	Scale int
	// Label is the address.
	Label string
}

func parseText(h Header, n *node) Message {
	return &TextMessage{Head: h, Content: n.text("Content"), MenuID: n.str("bizmsgmenuid")}
}

func parseLink(h Header, n *node) Message {
	return &LinkMessage{Head: h, Title: n.str("Title"), Description: n.str("Description"), URL: n.str("Url")}
}

func parseMiniProgram(h Header, n *node) Message {
	return &MiniProgramMessage{
		Head: h, Title: n.str("Title"), AppID: n.str("AppId"), PagePath: n.str("PagePath"),
		ThumbURL: n.str("ThumbUrl"), ThumbMediaID: n.str("ThumbMediaId"),
	}
}

func parseLocation(h Header, n *node) Message {
	return &LocationMessage{
		Head: h, Latitude: n.float("Location_X"), Longitude: n.float("Location_Y"),
		Scale: int(n.int("Scale")), Label: n.str("Label"),
	}
}
