// Command wechat-c4c connects a WeChat Official Account with SAP Cloud for Customer.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/wechat-c4c/wechat-c4c/cmd/wechat-c4c/app"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	os.Exit(app.Main(ctx, os.Args[1:], os.Environ(), os.Stdout, os.Stderr))
}
