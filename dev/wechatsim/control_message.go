package wechatsim

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"
)

// messageRequest is the body of POST /_sim/followers/{openid}/messages.
type messageRequest struct {
	delivery
	Type        string    `json:"type"`
	Content     string    `json:"content"`
	MenuID      string    `json:"menu_id"` // a tap on this item of a msgmenu
	MsgID       looseText `json:"msg_id"`
	Data        []byte    `json:"data"` // base64; without it a sample file is sent
	Filename    string    `json:"filename"`
	Recognition *string   `json:"recognition"`
	Latitude    float64   `json:"latitude"`
	Longitude   float64   `json:"longitude"`
	Scale       int       `json:"scale"`
	Label       string    `json:"label"`
	Title       string    `json:"title"`
	Description string    `json:"description"`
	URL         string    `json:"url"`
}

// sampleURL is the address of a link if none is given.
const sampleURL = "https://www.example.com/"

// controlMessage sends something as the follower.
func (s *Simulator) controlMessage(w http.ResponseWriter, r *http.Request) {
	in := messageRequest{Type: "text"}
	err := read(r, &in)
	if err == nil {
		err = in.validate()
	}
	if err != nil {
		respondError(w, err)
		return
	}
	openid := r.PathValue("openid")
	s.mu.Lock()
	p, err := s.say(openid, in, base(r))
	s.mu.Unlock()
	s.events.publish("")
	if err != nil {
		respondError(w, err)
		return
	}
	respond(w, s.deliverAll(r.Context(), p, in.delivery))
}

// say puts the message into the thread, opens the reply window and makes the push.
// The caller holds the lock.
func (s *Simulator) say(openid string, in messageRequest, self string) (*push, error) {
	now := s.now()
	f := s.state.person(openid)
	if !f.present(now) {
		return nil, conflict("message: this person does not follow the account")
	}
	if f.Blacklisted {
		return nil, conflict("message: this person is on the blacklist, WeChat pushes nothing")
	}
	id := s.state.msgID(now)
	if in.MsgID != "" {
		given, err := strconv.ParseInt(string(in.MsgID), 10, 64)
		if err != nil || given <= 0 {
			return nil, bad("msg_id is not a positive 64 bit number")
		}
		id = given
	}
	created := int64(in.CreateTime)
	if created == 0 {
		created = now.Unix()
	}
	line := item{
		From: "follower", Kind: "message", Type: in.Type, Content: in.Content, At: now,
		MsgID: strconv.FormatInt(id, 10),
	}
	own, err := s.body(&line, in, self, now)
	if err != nil {
		return nil, err
	}
	fields := append(s.head(openid, created, in.Type), own...)
	fields = append(fields, field{"MsgId", id})
	if in.MenuID != "" {
		fields = append(fields, field{"bizmsgmenuid", in.MenuID})
		f.open(grantMenu, shortGrant, now)
	} else {
		f.open(grantMessage, s.settings.MessageQuota, now)
	}
	f.act(now)
	f.add(line)
	p, err := s.newPush(openid, fields)
	if err != nil {
		return nil, err
	}
	p.replyable = true
	return p, s.spoil(p, fields, in.Tamper)
}

// body renders the parts specific to a message type, into the push and the thread.
func (s *Simulator) body(line *item, in messageRequest, self string, now time.Time) ([]field, error) {
	switch in.Type {
	case "text":
		if in.Content == "" {
			return nil, bad("a text message needs content")
		}
		return []field{{"Content", in.Content}}, nil
	case "image":
		m := s.receive("image", "photo.jpg", in, now)
		line.show(m)
		return []field{{"PicUrl", self + "/_media?id=" + m.ID}, {"MediaId", m.ID}}, nil
	case "voice":
		return s.voiceBody(line, in, now), nil
	case "video", "shortvideo":
		m := s.receive("video", "clip.mp4", in, now)
		thumb := s.keep("thumb", "thumb.jpg", "image/jpeg", samplePicture(uint64(now.UnixNano())), now)
		line.show(m)
		return []field{{"MediaId", m.ID}, {"ThumbMediaId", thumb.ID}}, nil
	case "location":
		scale := in.Scale
		if scale == 0 {
			scale = 16
		}
		line.Content = in.Label
		line.Place = &place{Latitude: in.Latitude, Longitude: in.Longitude, Scale: scale}
		return []field{{"Location_X", in.Latitude}, {"Location_Y", in.Longitude}, {"Scale", scale}, {"Label", in.Label}}, nil
	case "link":
		line.Title, line.Content, line.URL = cmp.Or(in.Title, sampleURL), in.Description, cmp.Or(in.URL, sampleURL)
		return []field{{"Title", line.Title}, {"Description", in.Description}, {"Url", line.URL}}, nil
	}
	return nil,
		bad("type %q is not one of text, image, voice, video, shortvideo, location, link; use /_sim/push for others", in.Type)
}

func (s *Simulator) voiceBody(line *item, in messageRequest, now time.Time) []field {
	m := s.receive("voice", "voice.amr", in, now)
	hd := s.keep("hd_voice", "voice.speex", "audio/speex", sampleHDVoice(), now)
	line.show(m)
	fields := []field{{"MediaId", m.ID}, {"Format", strings.TrimPrefix(path.Ext(m.Filename), ".")}, {"MediaId16K", hd.ID}}
	if s.settings.SpeechRecognition {
		text := ""
		set(&text, in.Recognition)
		line.Content = text
		fields = append(fields, field{"Recognition", text})
	}
	return fields
}

// receive stores the follower's file, or a sample in its place.
func (s *Simulator) receive(kind, filename string, in messageRequest, now time.Time) *media {
	data := in.Data
	if len(data) == 0 {
		switch kind {
		case "image":
			data = samplePicture(uint64(s.state.LastMsgID))
		case "voice":
			data = sampleVoice()
		default:
			data = sampleVideo()
		}
	}
	if in.Filename != "" {
		filename = path.Base(in.Filename)
	}
	return s.keep(kind, filename, sniff(data), data, now)
}

// controlPush pushes a body verbatim, signed and encrypted according to the settings: for event types without an
// endpoint of their own, and for broken ones.
func (s *Simulator) controlPush(w http.ResponseWriter, r *http.Request) {
	var in struct {
		delivery
		OpenID    string `json:"openid"`
		Body      string `json:"body"`
		Replyable bool   `json:"replyable"`
	}
	err := read(r, &in)
	if err == nil && in.Body == "" {
		err = bad("body is missing")
	}
	if err == nil {
		err = in.validate()
	}
	if err != nil {
		respondError(w, err)
		return
	}
	s.mu.Lock()
	p := &push{openid: in.OpenID, label: "raw", replyable: in.Replyable, contentType: "text/xml", settings: s.settings}
	if strings.HasPrefix(strings.TrimSpace(in.Body), "{") {
		p.contentType = "application/json"
	}
	p.silent = in.Tamper != ""
	err = s.seal(p, []byte(in.Body), in.Tamper)
	s.mu.Unlock()
	if err != nil {
		respondError(w, err)
		return
	}
	respond(w, s.deliverAll(r.Context(), p, in.delivery))
}

// controlVerify verifies the callback URL as the console does when it is saved.
func (s *Simulator) controlVerify(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Tamper string `json:"tamper"`
	}
	if err := read(r, &in); err != nil {
		respondError(w, err)
		return
	}
	s.mu.Lock()
	p := &push{settings: s.settings, contentType: "text/xml"}
	p.settings.Mode = ModePlain // the echo is never encrypted
	echo := strconv.FormatInt(s.random.Int64(), 10)
	err := s.seal(p, nil, in.Tamper)
	s.mu.Unlock()
	if err == nil && p.settings.CallbackURL == "" {
		err = conflict("%v", errNoCallback)
	}
	if err != nil {
		respondError(w, err)
		return
	}
	p.query.Del("openid")
	p.query.Set("echostr", echo)
	out := s.askEcho(r.Context(), p)
	out["ok"] = out["status"] == http.StatusOK && out["body"] == echo
	respond(w, out)
}

func verifyFailure(err error) map[string]any {
	return map[string]any{"status": 0, "body": "", "error": fmt.Sprint(plainError(err))}
}

func (s *Simulator) askEcho(ctx context.Context, p *push) map[string]any {
	ctx, cancel := context.WithTimeout(ctx, time.Duration(p.settings.PushTimeoutMS)*time.Millisecond)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, withQuery(p.settings.CallbackURL, p.query), nil)
	if err != nil {
		return verifyFailure(err)
	}
	res, err := s.options.HTTPClient.Do(req)
	if err != nil {
		return verifyFailure(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(res.Body, maxAnswerBytes))
	if err != nil {
		return verifyFailure(err)
	}
	return map[string]any{"status": res.StatusCode, "body": string(body)}
}
