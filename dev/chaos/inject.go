package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"syscall"
	"time"
)

// clockJump closes every reply window and expires every token.
const clockJump = 49 * time.Hour

// victims returns the processes that the fault of a cell hits.
func (l *landscape) victims(c cell) []*process {
	all := l.processes[c.target]
	if !c.fault.both && len(all) > 1 {
		return all[:1]
	}
	return all
}

// inject lets a cell's fault begin, last and end. It calls heal when the failed processes are restarted or continue,
// and returns when they answer.
func (l *landscape) inject(ctx context.Context, c cell, heal func()) error {
	victims, err := l.victims(c), error(nil)
	switch c.fault.kind {
	case kills:
		err = l.kill(ctx, victims, c.fault.lasts, heal)
	case stops:
		err = l.stop(ctx, victims[0], c.fault.lasts, heal)
	case terms:
		victims[0].terminate()
		heal()
		err = victims[0].start()
	case fills:
		err = l.fill(ctx, c, heal)
	case crash:
		err = l.crash(ctx, victims, c.fault.lasts, heal)
	case jumps:
		err = l.jump(ctx, c.target)
		heal()
		pause(ctx, c.fault.lasts)
	case errs:
		err = l.err(ctx, c.fault.lasts, heal)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", c.name(), err)
	}
	for _, p := range victims {
		if err := p.await(ctx); err != nil {
			return err
		}
	}
	return nil
}

// kill keeps processes down for a while.
func (l *landscape) kill(ctx context.Context, those []*process, lasts time.Duration, heal func()) error {
	for _, p := range those {
		p.kill()
	}
	pause(ctx, lasts)
	heal()
	var err error
	for _, p := range those {
		err = errors.Join(err, p.start())
	}
	return err
}

func (l *landscape) stop(ctx context.Context, p *process, lasts time.Duration, heal func()) error {
	if err := p.signal(syscall.SIGSTOP); err != nil {
		return err
	}
	pause(ctx, lasts)
	heal()
	return p.signal(syscall.SIGCONT)
}

// fill fills the disk of a target. The api's disk matters while Temporal is down.
func (l *landscape) fill(ctx context.Context, c cell, heal func()) error {
	free, err := fillDisk(l.dir)
	if err != nil {
		return err
	}
	if c.target != targetAPI {
		pause(ctx, c.fault.lasts)
		heal()
		return free()
	}
	temporal := l.processes[targetTemporal]
	if err := errors.Join(l.kill(ctx, temporal, c.fault.lasts, heal), free()); err != nil {
		return err
	}
	return temporal[0].await(ctx)
}

// crash ends both api processes while Temporal is down, one after the other and each in a different way: what they have
// acknowledged is only on their disks. Temporal returns when both run again and the time is over.
func (l *landscape) crash(ctx context.Context, apis []*process, lasts time.Duration, heal func()) error {
	temporal := l.processes[targetTemporal][0]
	temporal.kill()
	over := time.Now().Add(lasts)
	pause(ctx, lasts/4)
	for i, end := range []func(*process){(*process).kill, (*process).terminate} {
		end(apis[i])
		if err := apis[i].start(); err != nil {
			return err
		}
		if err := apis[i].await(ctx); err != nil {
			return err
		}
	}
	pause(ctx, time.Until(over))
	heal()
	if err := temporal.start(); err != nil {
		return err
	}
	return temporal.await(ctx)
}

func (l *landscape) jump(ctx context.Context, target string) error {
	control := l.wechatControl
	if target == simulateC4C {
		control = l.c4cControl
	}
	return control.Call(ctx, http.MethodPost, "/clock", map[string]string{"advance": clockJump.String()}, nil)
}

// rule is one of a simulator's faults.
type rule struct {
	Match       string  `json:"match"`
	Kind        string  `json:"kind"`
	MS          int     `json:"ms,omitempty"`
	Status      int     `json:"status,omitempty"`
	Errcode     int     `json:"errcode,omitempty"`
	Probability float64 `json:"probability,omitempty"`
}

// Paths of calls that write, or that are slow in reality.
const (
	pathSOAP = "/sap"
	pathSend = "POST /cgi-bin/message/custom/send"
)

// slow delays calls as in reality, so that a fault interrupts some of them.
var (
	slowC4C    = rule{Match: pathSOAP, Kind: "latency", MS: 60}
	slowWeChat = rule{Match: pathSend, Kind: "latency", MS: 60}
)

// err has both simulators fail at random with transient errors.
func (l *landscape) err(ctx context.Context, lasts time.Duration, heal func()) error {
	ofC4C := []rule{
		slowC4C,
		{Match: pathSOAP, Kind: "http", Status: http.StatusServiceUnavailable, Probability: 0.1},
		{Match: pathSOAP, Kind: "drop_before", Probability: 0.05},
		{Match: pathSOAP, Kind: "drop_after_commit", Probability: 0.05},
		{Match: pathSOAP, Kind: "lock", Probability: 0.05},
	}
	ofWeChat := []rule{
		slowWeChat,
		{Match: pathSend, Kind: "http", Status: http.StatusBadGateway, Probability: 0.05},
		{Match: pathSend, Kind: "drop_before", Probability: 0.05},
		{Match: pathSend, Kind: "drop_after_commit", Probability: 0.05},
		{Match: "GET /cgi-bin/media/get", Kind: "drop_before", Probability: 0.3},
	}
	if err := l.misbehave(ctx, ofWeChat, ofC4C); err != nil {
		return err
	}
	pause(ctx, lasts)
	heal()
	return l.misbehave(ctx, []rule{slowWeChat}, []rule{slowC4C})
}

// misbehave sets the simulators' fault rules.
func (l *landscape) misbehave(ctx context.Context, ofWeChat, ofC4C []rule) error {
	body := func(rules []rule) map[string]any { return map[string]any{"seed": l.seed, "rules": rules} }
	return errors.Join(
		l.wechatControl.Call(ctx, http.MethodPost, "/faults", body(ofWeChat), nil),
		l.c4cControl.Call(ctx, http.MethodPost, "/faults", body(ofC4C), nil))
}
