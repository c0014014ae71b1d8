package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"time"

	"go.temporal.io/sdk/contrib/envconfig"

	"github.com/wechat-c4c/wechat-c4c/cmd/wechat-c4c/app"
	"github.com/wechat-c4c/wechat-c4c/config"
	"github.com/wechat-c4c/wechat-c4c/dev/devserver"
	"github.com/wechat-c4c/wechat-c4c/dev/wechatsim"
)

// follower signs in on the page of our own api.
const follower = "oAttackFollower"

// settings configure our own api: the development stack's secrets, production limits.
func settings(addr, weixin string) config.Config {
	cfg := config.Development()
	cfg.PublicAddr, cfg.InternalAddr = addr, ""
	cfg.LogLevel, cfg.Fixed.RefusedPerMinute = "error", 60
	cfg.WeChat.APIURL, cfg.Fixed.WeChatPages = weixin, weixin
	cfg.Web.URL = "http://" + addr
	return cfg
}

// nowhere replaces the environment: there is no Temporal, and no attack needs one.
type nowhere struct{}

func (nowhere) Environ() []string { return []string{"TEMPORAL_ADDRESS=127.0.0.1:1"} }

func (nowhere) LookupEnv(name string) (string, bool) {
	if name != "TEMPORAL_ADDRESS" {
		return "", false
	}
	return "127.0.0.1:1", true
}

// serveAPI runs the api in a process of its own.
func serveAPI(ctx context.Context, addr, weixin string) error {
	return app.RunAPI(ctx, settings(addr, weixin), app.WithLog(io.Discard),
		app.WithTemporal(envconfig.LoadClientOptionsRequest{DisableFile: true, EnvLookup: nowhere{}}))
}

// child is an api in a process of its own.
type child struct {
	addr    string
	command *exec.Cmd
}

// startChild starts an api limited to one processor and returns when it answers.
func startChild(ctx context.Context, weixin string) (*child, error) {
	addr, err := devserver.FreeAddr()
	if err != nil {
		return nil, err
	}
	own, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("attack: %w", err)
	}
	c := &child{addr: addr, command: exec.CommandContext(ctx, own, "-serve", addr, "-wechat", weixin)}
	c.command.Env = append(os.Environ(), "GOMAXPROCS=1")
	c.command.Stderr = os.Stderr
	c.command.Cancel = func() error { return c.command.Process.Signal(os.Interrupt) }
	c.command.WaitDelay = 10 * time.Second
	if err := c.command.Start(); err != nil {
		return nil, fmt.Errorf("attack: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", addr)
		if err == nil {
			return c, conn.Close()
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			c.stop()
			return nil, errors.New("attack: the api does not start")
		}
	}
}

func (c *child) stop() {
	_ = c.command.Process.Signal(os.Interrupt)
	_ = c.command.Wait()
}

// ownStack is an api of our own and its WeChat.
type ownStack struct {
	target target
	api    *child
	sim    *wechatsim.Simulator
	weixin *httptest.Server
}

func startOwn(ctx context.Context) (*ownStack, error) {
	s := &ownStack{sim: wechatsim.New(wechatsim.Options{})}
	s.weixin = httptest.NewServer(s.sim)
	var err error
	if s.api, err = startChild(ctx, s.weixin.URL); err != nil {
		s.stop()
		return nil, err
	}
	cfg := settings(s.api.addr, s.weixin.URL)
	s.target = target{
		api: "http://" + s.api.addr, token: cfg.WeChat.Token.Reveal(), aesKey: cfg.WeChat.AESKey.Reveal(),
		appID: cfg.WeChat.AppID, originalID: cfg.WeChat.OriginalID,
	}
	if s.target.cookie, err = s.signIn(ctx); err != nil {
		s.stop()
		return nil, err
	}
	return s, nil
}

func (s *ownStack) stop() {
	if s.api != nil {
		s.api.stop()
	}
	_ = s.sim.Close()
	s.weixin.Close()
}

// signIn follows the account and logs in on the page.
func (s *ownStack) signIn(ctx context.Context) (cookie string, err error) {
	weixin := target{api: s.weixin.URL}
	if _, err := weixin.do(ctx, attempt{method: http.MethodPost, path: "/_sim/followers", body: `{"openids":["` +
		follower + `"]}`}); err != nil {
		return "", err
	}
	return signIn(ctx, s.target, s.weixin.URL, follower)
}

// signIn logs a follower in on the page, as a phone does.
func signIn(ctx context.Context, t target, weixinURL, openid string) (cookie string, err error) {
	weixin := target{api: weixinURL}
	login, err := t.do(ctx, attempt{method: http.MethodGet, path: "/web/login", from: anywhere()})
	if err != nil {
		return "", err
	}
	state, _, _ := strings.Cut(login.header.Get("Set-Cookie"), ";")
	authorize := strings.TrimPrefix(login.header.Get("Location"), weixinURL)
	authorize, _, _ = strings.Cut(authorize, "#")
	asked, err := weixin.do(ctx, attempt{method: http.MethodGet, path: authorize,
		header: map[string]string{"X-Sim-Openid": openid}})
	if err != nil {
		return "", err
	}
	back := strings.TrimPrefix(asked.header.Get("Location"), t.api)
	in, err := t.do(ctx, attempt{method: http.MethodGet, path: back, from: anywhere(),
		header: map[string]string{"Cookie": state}})
	if err != nil {
		return "", err
	}
	for _, set := range in.header.Values("Set-Cookie") {
		if cookie, _, _ := strings.Cut(set, ";"); strings.HasPrefix(cookie, "wx_session=1.") {
			return cookie, nil
		}
	}
	return "", fmt.Errorf("attack: the follower could not sign in: %d", in.status)
}
