package wechat

import (
	"context"
	"net/http"
	"net/url"
	"time"
)

// QRCode is a parametric QR code to create. Exactly one of Scene and SceneID is used; Scene wins.
type QRCode struct {
	// Scene is 1 to 64 characters.
	Scene string
	// SceneID is not zero; at most 100 000 for a permanent code.
	SceneID uint32
	// Lifetime is at most 30 days; zero makes a permanent code, of which an account has 100 000.
	Lifetime time.Duration
}

// QRTicket is a created QR code.
type QRTicket struct {
	// Ticket leads to the picture, see [Client.QRCodeURL].
	Ticket string
	// URL is the code's content, for drawing a picture of one's own.
	URL string
	// Lifetime is zero for a permanent code.
	Lifetime time.Duration
}

// CreateQRCode creates a parametric QR code, POST /cgi-bin/qrcode/create. Scanning it pushes a [*SubscribeEvent] or a
// [*ScanEvent] with the scene. Verified Service Accounts only; 100 000 a day.
//
// https://developers.weixin.qq.com/doc/offiaccount/Account_Management/Generating_a_Parametric_QR_Code.html
func (c *Client) CreateQRCode(ctx context.Context, q QRCode) (QRTicket, error) {
	action, scene := "QR_SCENE", map[string]any{"scene_id": q.SceneID}
	if q.Scene != "" {
		action, scene = "QR_STR_SCENE", map[string]any{"scene_str": q.Scene}
	}
	doc := map[string]any{"action_info": map[string]any{"scene": scene}}
	if q.Lifetime > 0 {
		doc["expire_seconds"] = int64(q.Lifetime / time.Second)
	} else {
		action = "QR_LIMIT_" + action[len("QR_"):]
	}
	doc["action_name"] = action
	var answer struct {
		Ticket  string  `json:"ticket"`
		Seconds integer `json:"expire_seconds"`
		URL     string  `json:"url"`
	}
	err := c.do(ctx, call{
		op: "qrcode/create", holds: []string{"ticket"}, method: http.MethodPost, path: "/cgi-bin/qrcode/create", json: doc,
	}, &answer)
	if err != nil {
		return QRTicket{}, err
	}
	return QRTicket{Ticket: answer.Ticket, URL: answer.URL, Lifetime: time.Duration(answer.Seconds) * time.Second}, nil
}

// QRCodeURL returns the address of a ticket's picture (JPEG); it needs no token.
//
// https://developers.weixin.qq.com/doc/offiaccount/Account_Management/Generating_a_Parametric_QR_Code.html
func (c *Client) QRCodeURL(ticket string) string {
	return c.mpURL + "/cgi-bin/showqrcode?ticket=" + url.QueryEscape(ticket)
}
