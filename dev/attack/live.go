package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/wechat-c4c/wechat-c4c/cmd/wechat-c4c/app"
	"github.com/wechat-c4c/wechat-c4c/config"
	"github.com/wechat-c4c/wechat-c4c/dev/c4csim"
	"github.com/wechat-c4c/wechat-c4c/dev/devserver"
	"github.com/wechat-c4c/wechat-c4c/dev/stack"
	"github.com/wechat-c4c/wechat-c4c/dev/wechatsim"
)

// live is a whole stack with people in it.
type live struct {
	target
	internal string // address that strangers must not reach
	weixin   string
	basic    string // C4C's credentials
	issuer   *issuer
	victim   person
	ticket   string   // of the victim
	files    []string // addresses of the victim's files
	secrets  []string // only the victim may see these
	guests   []person // attackers who are followers, in turn
	turn     int
}

// person is a follower in a browser.
type person struct{ openid, cookie, csrf string }

const (
	guests       = 60
	victimsText  = "VICTIMS-WORDS brakes squeal"
	victimsFile  = "VICTIMS-FILE.pdf"
	agentsWords  = "AGENTS-ANSWER to the victim"
	victimOpenID = "oAttackVictim000000000000000"
)

// guest returns the next attacker. Each has limits of their own.
func (l *live) guest() person {
	l.turn++
	return l.guests[l.turn%len(l.guests)]
}

// stage is a stack and its Temporal.
type stage struct {
	*live
	stack  *stack.Stack
	server *devserver.Process
}

func (s *stage) stop() error {
	s.issuer.stop()
	return errors.Join(s.stack.Stop(), s.server.Stop())
}

// startStage starts a stack with production limits and signs people in.
func startStage(ctx context.Context) (*stage, error) {
	dir, err := devserver.ModuleDir()
	if err != nil {
		return nil, err
	}
	binary, err := devserver.Find(ctx, dir, filepath.Join(dir, ".state"), os.Stderr)
	if err != nil {
		return nil, err
	}
	addresses, err := stack.FreeAddresses()
	if err != nil {
		return nil, err
	}
	s := &stage{live: &live{issuer: startIssuer()}}
	starting, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	addresses.TemporalUI = ""
	if s.server, err = devserver.Start(starting,
		devserver.Options{Binary: binary, FrontendAddr: addresses.Temporal}); err != nil {
		return nil, err
	}
	s.stack, err = stack.Start(ctx, stack.Options{
		Addresses: addresses,
		Settings: func(c *config.Config) {
			c.LogLevel, c.Fixed.RefusedPerMinute, c.Reconcile.Every = "error", 60, 0
			c.CodecToken, c.CodecAccess.Issuer, c.CodecAccess.Audience = tokenOfCodec, s.issuer.url, audience
			c.CodecAccess.Claim = "role=operator"
		},
		App:    []app.Option{app.WithLog(io.Discard)},
		WeChat: func(o *wechatsim.Options) { o.Seed, o.RetryPause = 1, 100*time.Millisecond },
		C4C:    func(o *c4csim.Options) { o.Seed, o.TicketDelay = 1, 10*time.Millisecond },
	})
	if err != nil {
		return nil, errors.Join(err, s.server.Stop())
	}
	if err := s.populate(ctx); err != nil {
		return nil, errors.Join(err, s.stop())
	}
	return s, nil
}

// populate creates a victim who has a ticket with a file, and attackers who also follow.
func (s *stage) populate(ctx context.Context) error {
	cfg, addresses := s.stack.Settings(), s.stack.Addresses()
	s.api, s.internal, s.weixin = "http://"+addresses.API, "http://"+addresses.Internal, "http://"+addresses.WeChat
	s.token, s.aesKey, s.appID, s.originalID = cfg.WeChat.Token.Reveal(), cfg.WeChat.AESKey.Reveal(), cfg.WeChat.AppID,
		cfg.WeChat.OriginalID
	s.basic = "Basic " +
		base64.StdEncoding.EncodeToString([]byte(config.WebhookUser+":"+cfg.C4C.WebhookPassword.Reveal()))
	var openids []string
	for i := range guests {
		openids = append(openids, fmt.Sprintf("oAttackGuest%016d", i))
	}
	if err := s.stack.WeChat().Call(ctx, http.MethodPost, "/followers", map[string]any{"openids": openids},
		nil); err != nil {
		return err
	}
	if err := s.giveVictimATicket(ctx); err != nil {
		return err
	}
	var err error
	if s.victim, err = s.enter(ctx, victimOpenID); err != nil {
		return err
	}
	for _, openid := range openids {
		guest, err := s.enter(ctx, openid)
		if err != nil {
			return err
		}
		s.guests = append(s.guests, guest)
	}
	if err := s.findFiles(ctx); err != nil {
		return err
	}
	s.secrets = []string{"VICTIMS-WORDS", victimsFile, "AGENTS-ANSWER", victimOpenID, s.token, s.aesKey,
		cfg.WeChat.AppSecret.Reveal(), cfg.C4C.Password.Reveal(), s.victim.csrf}
	return nil
}

// enter signs somebody in.
func (s *stage) enter(ctx context.Context, openid string) (person, error) {
	cookie, err := signIn(ctx, s.target, s.weixin, openid)
	if err != nil {
		return person{}, err
	}
	got, err := s.do(ctx, attempt{method: http.MethodGet, path: "/web/get?entity=tickets",
		header: map[string]string{"Cookie": cookie, "Accept": "application/json"}})
	if err != nil {
		return person{}, err
	}
	var answer struct {
		CSRF string `json:"csrf"`
	}
	if err := json.Unmarshal([]byte(got.body), &answer); err != nil || answer.CSRF == "" {
		return person{}, fmt.Errorf("attack: %s got no token: %d %s", openid, got.status, got.body)
	}
	for _, set := range got.header.Values("Set-Cookie") { // it belongs to a conversation by now
		if bound, _, _ := strings.Cut(set, ";"); strings.HasPrefix(bound, "wx_session=1.") {
			cookie = bound
		}
	}
	return person{openid, cookie, answer.CSRF}, nil
}

// giveVictimATicket has the victim follow and write, and an agent answer with a file.
func (s *stage) giveVictimATicket(ctx context.Context) error {
	weixin, c4c := s.stack.WeChat(), s.stack.C4C()
	if err := weixin.Call(ctx, http.MethodPost, "/followers/"+victimOpenID+"/subscribe", nil, nil); err != nil {
		return err
	}
	if err := weixin.Call(ctx, http.MethodPost, "/followers/"+victimOpenID+"/messages",
		map[string]any{"type": "text", "content": victimsText}, nil); err != nil {
		return err
	}
	err := s.until(ctx, "the victim's ticket", func() (bool, error) {
		tickets, err := s.tickets(ctx)
		if err == nil && len(tickets) > 0 && len(tickets[0].Thread) > 0 {
			s.ticket = tickets[0].ID
		}
		return s.ticket != "", err
	})
	if err != nil {
		return err
	}
	file := map[string]string{"name": victimsFile, "mime_type": "application/pdf",
		"content": base64.StdEncoding.EncodeToString([]byte("%PDF-1.4 " + victimsText))}
	reply := map[string]any{"text": agentsWords, "author_name": "Ann", "attachments": []any{file}}
	if err := c4c.Call(ctx, http.MethodPost, "/tickets/"+s.ticket+"/replies", reply, nil); err != nil {
		return err
	}
	remark := map[string]any{"text": colleaguesWords, "author_name": "Ann", "private": true}
	if err := c4c.Call(ctx, http.MethodPost, "/tickets/"+s.ticket+"/replies", remark, nil); err != nil {
		return err
	}
	return s.until(ctx, "the agent's answer", func() (bool, error) {
		inbox, err := s.inbox(ctx)
		return strings.Contains(inbox, "AGENTS-ANSWER"), err
	})
}

var fileAddress = regexp.MustCompile(`href="(/web/files/[^"]+)"`)

// findFiles reads the addresses of the victim's files from the victim's page.
func (s *stage) findFiles(ctx context.Context) error {
	return s.until(ctx, "the victim's file on the page", func() (bool, error) {
		got, err := s.do(ctx, s.as(s.victim, attempt{method: http.MethodGet, path: "/web/tickets/" + s.ticket}))
		if err != nil {
			return false, err
		}
		for _, found := range fileAddress.FindAllStringSubmatch(got.body, -1) {
			s.files = append(s.files, found[1])
		}
		return len(s.files) > 0, nil
	})
}

// as adds a person's session to a request.
func (l *live) as(p person, a attempt) attempt {
	header := map[string]string{"Cookie": p.cookie}
	for name, value := range a.header {
		header[name] = value
	}
	a.header = header
	if a.from == "" {
		a.from = anywhere()
	}
	return a
}

// ticketView is a ticket as the desk shows it.
type ticketView struct {
	ID          string            `json:"id"`
	Status      string            `json:"status"`
	Thread      []json.RawMessage `json:"thread"`
	Attachments []json.RawMessage `json:"attachments"`
}

func (s *stage) tickets(ctx context.Context) (all []ticketView, err error) {
	err = s.stack.C4C().Call(ctx, http.MethodGet, "/tickets", nil, &all)
	return all, err
}

// inbox returns everything that has reached the victim.
func (s *stage) inbox(ctx context.Context) (string, error) {
	var all json.RawMessage
	err := s.stack.WeChat().Call(ctx, http.MethodGet, "/followers/"+victimOpenID+"/inbox", nil, &all)
	return string(all), err
}

// until waits for a condition.
func (s *stage) until(ctx context.Context, what string, there func() (bool, error)) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	tick := time.NewTicker(300 * time.Millisecond)
	defer tick.Stop()
	for {
		if ok, err := there(); ok || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("attack: still not there: %s", what)
		case <-tick.C:
		}
	}
}
