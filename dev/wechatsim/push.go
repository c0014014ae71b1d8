package wechatsim

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

const (
	pushRetries    = 3
	maxAnswerBytes = 64 << 10
	pushesKept     = 2000
	failureNotice  = "该公众号提供的服务出现故障，请稍后再试"
)

// push is one message or event on its way to the callback; a retry repeats it byte
// for byte, timestamp and nonce included.
type push struct {
	openid      string
	label       string // MsgType, or Event: what fault rules and the log call it
	msgID       string
	createTime  int64
	replyable   bool // a passive reply to it is shown
	silent      bool // nobody waits at the phone: no failure notice
	body        []byte
	contentType string
	query       url.Values
	settings    settings // as they were when the push was made
}

// outcome is the answer of the control endpoints that push.
type outcome struct {
	Status     int       `json:"status"` // of the last attempt; 0 when nobody answered
	Body       string    `json:"body"`
	Attempts   int       `json:"attempts"`
	MsgID      string    `json:"msg_id,omitempty"`
	CreateTime int64     `json:"create_time"`
	Result     string    `json:"result"` // success, empty, reply, reply_ignored or failed
	Error      string    `json:"error,omitempty"`
	Pushes     []outcome `json:"pushes,omitempty"` // with repeat: one by one
}

// pushRecord is one attempt in GET /_sim/pushes.
type pushRecord struct {
	At      time.Time `json:"at"`
	OpenID  string    `json:"openid"`
	Type    string    `json:"type"`
	MsgID   string    `json:"msg_id,omitempty"`
	Attempt int       `json:"attempt"`
	Status  int       `json:"status"`
	MS      int64     `json:"ms"`
	Result  string    `json:"result"`
	Error   string    `json:"error,omitempty"`
}

// newPush signs and, as the mode demands, encrypts fields. The caller holds the lock.
func (s *Simulator) newPush(openid string, fields []field) (*push, error) {
	p := &push{openid: openid, settings: s.settings, contentType: "text/xml"}
	for _, f := range fields {
		switch f.name {
		case "MsgId", "MsgID":
			p.msgID = fmt.Sprint(f.value)
		case "CreateTime":
			p.createTime, _ = f.value.(int64)
		case "MsgType", "Event":
			p.label, _ = f.value.(string)
		}
	}
	plain := renderXML(fields)
	if s.settings.DataFormat == FormatJSON {
		p.contentType = "application/json"
		var err error
		if plain, err = renderJSON(fields); err != nil {
			return nil, fmt.Errorf("wechatsim: encode push: %w", err)
		}
	}
	return p, s.seal(p, plain, "")
}

// seal fills in body and query. tamper spoils the push on purpose: "signature",
// "ciphertext" or "appid". The caller holds the lock.
func (s *Simulator) seal(p *push, plain []byte, tamper string) error {
	// The transport's time stays real when the simulator's clock moves ahead.
	timestamp := strconv.FormatInt(s.options.Clock().Unix(), 10)
	nonce := strconv.Itoa(100_000_000 + s.random.IntN(900_000_000))
	p.query = url.Values{
		"signature": {sign(p.settings.Token, timestamp, nonce)},
		"timestamp": {timestamp}, "nonce": {nonce}, "openid": {p.openid},
	}
	p.body = plain
	if p.settings.Mode != ModePlain {
		if err := s.sealEncrypted(p, plain, tamper); err != nil {
			return err
		}
	}
	if tamper == "signature" {
		p.query.Set("signature", strings.Repeat("0", 40))
		if p.query.Has("msg_signature") {
			p.query.Set("msg_signature", strings.Repeat("0", 40))
		}
	}
	return nil
}

func (s *Simulator) sealEncrypted(p *push, plain []byte, tamper string) error {
	key, err := decodeAESKey(p.settings.EncodingAESKey)
	if err != nil {
		return err
	}
	receiver := s.options.AppID
	if tamper == "appid" {
		receiver = "wxffffffffffffffff"
	}
	sealed, err := encrypt(key, receiver, s.text(16), plain)
	if err != nil {
		return err
	}
	if tamper == "ciphertext" {
		// Whole groups of four characters, and no longer a multiple of the block.
		sealed = sealed[:len(sealed)/4/2*4]
		if len(sealed)/4*3%padBlock == 0 {
			sealed = sealed[:len(sealed)-4]
		}
	}
	p.query.Set("encrypt_type", "aes")
	p.query.Set("msg_signature", sign(p.settings.Token, p.query.Get("timestamp"), p.query.Get("nonce"), sealed))
	envelope := []field{{"ToUserName", s.options.OriginalID}, {"Encrypt", sealed}}
	json := p.contentType != "text/xml"
	switch {
	case p.settings.Mode == ModeCompatible && json:
		p.body = append(bytes.TrimSuffix(plain, []byte("}")), fmt.Sprintf(`,"Encrypt":%q}`, sealed)...)
	case p.settings.Mode == ModeCompatible:
		p.body = append(bytes.TrimSuffix(bytes.TrimSpace(plain), []byte("</xml>")), "<Encrypt><![CDATA["+sealed+
			"]]></Encrypt></xml>"...)
	case json:
		p.body, err = renderJSON(envelope)
	default:
		p.body = renderXML(envelope)
	}
	return err
}

// deliver posts p up to four times and applies the answer. It must not be called under the lock.
func (s *Simulator) deliver(ctx context.Context, p *push) outcome {
	out := outcome{MsgID: p.msgID, CreateTime: p.createTime}
	for out.Attempts <= pushRetries {
		out.Attempts++
		began := time.Now()
		verdict := s.attempt(ctx, p, &out)
		s.logPush(p, out, time.Since(began))
		if verdict == nil {
			return out
		}
		if ctx.Err() != nil || out.Attempts > pushRetries || !s.pause(ctx, p) {
			break
		}
	}
	s.showFailure(p)
	return out
}

func (s *Simulator) pause(ctx context.Context, p *push) bool {
	timer := time.NewTimer(time.Duration(p.settings.RetryPauseMS) * time.Millisecond)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	case <-s.ctx.Done():
		return false
	}
}

// attempt posts once and judges the answer; the error is why it does not count.
func (s *Simulator) attempt(ctx context.Context, p *push, out *outcome) error {
	out.Status, out.Body, out.Result, out.Error = 0, "", "failed", ""
	status, header, body, err := s.post(ctx, p)
	out.Status, out.Body = status, string(body)
	if err == nil && status != http.StatusOK {
		err = fmt.Errorf("answered with status %d", status)
	}
	var reply *item
	if err == nil {
		out.Result, reply, err = s.judge(p, header, body)
	}
	if err != nil {
		out.Result, out.Error = "failed", err.Error()
		return err
	}
	if reply != nil {
		s.show(p.openid, *reply)
	}
	return nil
}

var errNoCallback = errors.New("no callback url is set")

func (s *Simulator) post(ctx context.Context, p *push) (int, http.Header, []byte, error) {
	if p.settings.CallbackURL == "" {
		return 0, nil, nil, errNoCallback
	}
	timeout := time.Duration(p.settings.PushTimeoutMS) * time.Millisecond
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	defer context.AfterFunc(s.ctx, cancel)()

	effect := s.misbehave(ctx, "PUSH "+p.label)
	if effect.kind == faultDropBefore {
		return 0, nil, nil, errors.New("fault rule: the push got lost")
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, withQuery(p.settings.CallbackURL, p.query),
		bytes.NewReader(p.body))
	if err != nil {
		return 0, nil, nil, fmt.Errorf("request: %w", err)
	}
	req.Header.Set("Content-Type", p.contentType)
	req.Header.Set("User-Agent", "Mozilla/4.0")
	res, err := s.options.HTTPClient.Do(req)
	if err != nil {
		return 0, nil, nil, plainError(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(res.Body, maxAnswerBytes))
	if err != nil {
		return 0, nil, nil, plainError(err)
	}
	if effect.kind == faultDropAfterCommit {
		return 0, nil, nil, errors.New("fault rule: the answer got lost")
	}
	return res.StatusCode, res.Header, body, nil
}

// plainError leaves out the address, because its query contains the openid.
func plainError(err error) error {
	if failed, ok := errors.AsType[*url.Error](err); ok {
		err = failed.Err
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return errors.New("no answer in time")
	}
	return err
}

// withQuery adds to the callback URL's own query.
func withQuery(address string, query url.Values) string {
	separator := "?"
	if strings.Contains(address, "?") {
		separator = "&"
	}
	return address + separator + query.Encode()
}

func (s *Simulator) logPush(p *push, out outcome, took time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.pushLog) >= pushesKept {
		s.pushLog = append(s.pushLog[:0], s.pushLog[pushesKept/2:]...)
	}
	s.pushLog = append(s.pushLog, pushRecord{
		At: s.now(), OpenID: p.openid, Type: p.label, MsgID: p.msgID, Attempt: out.Attempts,
		Status: out.Status, MS: took.Milliseconds(), Result: out.Result, Error: out.Error,
	})
	if out.Result == "failed" {
		s.log.Info("wechat simulator push failed", "type", p.label, "attempt", out.Attempts, "status", out.Status, "reason",
			out.Error)
	}
}

// show puts a line into the follower's thread.
func (s *Simulator) show(openid string, it item) {
	s.mu.Lock()
	s.state.person(openid).add(it)
	s.mu.Unlock()
	s.events.publish(openid)
}

// showFailure shows the follower the notice that the account's server failed.
func (s *Simulator) showFailure(p *push) {
	if p.silent || p.openid == "" {
		return
	}
	s.mu.Lock()
	f := s.state.person(p.openid)
	f.Notices++
	f.add(item{From: "notice", Kind: "notice", Type: "service_failed", Content: failureNotice, At: s.now()})
	s.mu.Unlock()
	s.events.publish(p.openid)
}

// receipt pushes the result of a template or subscription message a little later.
// The caller holds the lock.
func (s *Simulator) receipt(openid string, event []field) {
	delay := time.Duration(s.settings.ReceiptDelayMS) * time.Millisecond
	if s.ctx.Err() != nil {
		return
	}
	s.pushes.Go(func() {
		timer := time.NewTimer(delay)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-s.ctx.Done():
			return
		}
		s.mu.Lock()
		p, err := s.newPush(openid, s.eventFields(openid, s.now().Unix(), event))
		s.mu.Unlock()
		if err != nil {
			s.log.Error("wechat simulator receipt", "error", err)
			return
		}
		p.silent = true
		s.deliver(s.ctx, p)
	})
}
