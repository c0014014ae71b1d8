package wechatsim

import (
	"image"
	"image/color"
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"
)

const maxQRExpiry = 2_592_000

// qrCode is a parametric QR code.
type qrCode struct {
	Scene   string    `json:"scene"`
	Expires time.Time `json:"expires,omitzero"` // zero: permanent
}

// qrCreate: https://developers.weixin.qq.com/doc/service/api/qrcode/qrcodes/api_createqrcode.html
func qrCreate(c *call) (any, error) {
	var in struct {
		ExpireSeconds *int64 `json:"expire_seconds"`
		ActionName    string `json:"action_name"`
		ActionInfo    struct {
			Scene struct {
				ID   int64  `json:"scene_id"`
				Text string `json:"scene_str"`
			} `json:"scene"`
		} `json:"action_info"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	scene := in.ActionInfo.Scene
	code := qrCode{Scene: scene.Text}
	valid := len(scene.Text) >= 1 && len(scene.Text) <= 64
	temporary := false
	switch in.ActionName {
	case "QR_STR_SCENE":
		temporary = true
	case "QR_SCENE":
		temporary, valid, code.Scene = true, scene.ID > 0 && scene.ID <= 1<<32-1, strconv.FormatInt(scene.ID, 10)
	case "QR_LIMIT_STR_SCENE":
	case "QR_LIMIT_SCENE":
		valid, code.Scene = scene.ID >= 1 && scene.ID <= 100_000, strconv.FormatInt(scene.ID, 10)
	default:
		return nil, refuse(40035)
	}
	seconds := int64(60)
	if in.ExpireSeconds != nil {
		seconds = *in.ExpireSeconds
	}
	if !valid || temporary && (seconds <= 0 || seconds > maxQRExpiry) {
		return nil, refuse(40035)
	}
	ticket := "gQ" + c.s.text(94)
	out := map[string]any{"ticket": ticket, "url": "http://weixin.qq.com/q/" + c.s.text(22)}
	if temporary {
		code.Expires = c.now.Add(time.Duration(seconds) * time.Second)
		out["expire_seconds"] = seconds
	}
	c.s.state.QRCodes[ticket] = code
	return out, nil
}

// qrShow serves mp.weixin.qq.com/cgi-bin/showqrcode.
func qrShow(c *call) (any, error) {
	ticket := c.query.Get("ticket")
	code, found := c.s.state.QRCodes[ticket]
	if !found || !code.Expires.IsZero() && !c.now.Before(code.Expires) {
		return answer{status: http.StatusNotFound, contentType: "text/plain", body: []byte("not found")}, nil
	}
	return answer{status: http.StatusOK, contentType: "image/jpg", body: qrPicture(ticket)}, nil
}

// qrPicture resembles a QR code; nothing can be read from it.
func qrPicture(ticket string) []byte {
	const modules, scale, margin = 29, 12, 3
	var seed uint64
	for _, b := range []byte(ticket) {
		seed = seed*31 + uint64(b)
	}
	random := rand.New(rand.NewPCG(seed, 1))
	side := (modules + 2*margin) * scale
	img := image.NewGray(image.Rect(0, 0, side, side))
	dark := func(mx, my int) bool {
		for _, corner := range [][2]int{{0, 0}, {modules - 7, 0}, {0, modules - 7}} {
			x, y := mx-corner[0], my-corner[1]
			if x >= -1 && x <= 7 && y >= -1 && y <= 7 {
				ring := max(abs(x-3), abs(y-3))
				return ring == 3 || ring <= 1
			}
		}
		return random.IntN(2) == 0
	}
	for y := range side {
		for x := range side {
			img.SetGray(x, y, color.Gray{Y: 0xff})
		}
	}
	for my := range modules {
		for mx := range modules {
			if !dark(mx, my) {
				continue
			}
			for y := range scale {
				for x := range scale {
					img.SetGray((mx+margin)*scale+x, (my+margin)*scale+y, color.Gray{})
				}
			}
		}
	}
	return encodeJPEG(img)
}

func abs(n int) int { return max(n, -n) }
