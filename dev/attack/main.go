// Command attack tries the doors of a connector from outside, as a stranger, as someone who has seen a push, and as a
// follower, and prints a line for each: shut, open, or not tried. It exits with 1 if one is open.
//
// Without -api it starts an api of its own, in a process that it can measure, with the limits of production and a
// simulated WeChat; -measure adds the cost that strangers cause in that process. Against another stack it needs -token
// and the other flags for the attacks that depend on them. It sends hundreds of requests, some of them large: ask the
// people who run the stack.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	err := run(ctx, os.Args[1:], os.Stdout)
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// errOpen reports that a door is open.
var errOpen = errors.New("attack: a door is open")

func run(ctx context.Context, args []string, out io.Writer) error {
	var t target
	var serve, weixin string
	var measured, people, shared bool
	set := flag.NewFlagSet("attack", flag.ContinueOnError)
	set.SetOutput(out)
	set.StringVar(&t.api, "api", "",
		"public `address` of the api, for example https://service.example.com; empty: one of its own")
	set.StringVar(&t.token, "token", "", "`token` of the callback, to sign what somebody may have seen")
	set.StringVar(&t.aesKey, "aes-key", "", "EncodingAESKey of the callback, `43 characters`")
	set.StringVar(&t.appID, "app-id", "", "AppID of the `account`")
	set.StringVar(&t.originalID, "original-id", "", "original `id` of the account, gh_…")
	set.StringVar(&t.cookie, "session", "", "`cookies` of a follower's browser, name=value")
	set.BoolVar(&measured, "measure", false, "measure what strangers cost an api of its own")
	set.BoolVar(&shared, "shares", false,
		"measure how long others' messages take while one follower does the worst they may, in about five minutes")
	set.BoolVar(&people, "tries", false, "try every way in at a whole stack with people in it")
	set.StringVar(&serve, "serve", "", "be the api at this `address` (of the command's own use)")
	set.StringVar(&weixin, "wechat", "", "`address` of the WeChat simulator (of the command's own use)")
	if err := set.Parse(args); err != nil {
		return err
	}
	if serve != "" {
		return serveAPI(ctx, serve, weixin)
	}
	if t.api != "" {
		if measured || people || shared {
			return errors.New("attack: only a stack of its own can be measured, or has people to be robbed: leave -api out")
		}
		return attack(ctx, t, out)
	}
	switch {
	case people:
		return tryStage(ctx, out)
	case shared:
		return measureShares(ctx, out)
	}
	own, err := startOwn(ctx)
	if err != nil {
		return err
	}
	defer own.stop()
	if err := attack(ctx, own.target, out); err != nil || !measured {
		return err
	}
	return measure(ctx, out)
}

// attack tries all doors and prints the verdicts.
func attack(ctx context.Context, t target, out io.Writer) error {
	open := 0
	for _, d := range doors {
		v := d.try(ctx, t)
		fmt.Fprintf(out, "%-9s %s%s\n", v.word, d.name, v.detail())
		if v.word == wordOpen {
			open++
		}
	}
	if open > 0 {
		return fmt.Errorf("%w: %d of %d", errOpen, open, len(doors))
	}
	return nil
}
