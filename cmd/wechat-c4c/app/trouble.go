package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"syscall"
	"time"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"google.golang.org/grpc/codes"

	"github.com/wechat-c4c/wechat-c4c/api"
	"github.com/wechat-c4c/wechat-c4c/config"
)

// How long a worker waits for a bootstrap that runs at the same time: platforms start both at once.
const (
	namespacePatience = time.Minute
	namespacePause    = 500 * time.Millisecond
)

// unreachable explains why Temporal does not answer and what to do.
func unreachable(ctx context.Context, o client.Options, err error) error {
	host, port, split := net.SplitHostPort(o.HostPort)
	remedy := "start it, or set TEMPORAL_ADDRESS to where it is"
	reason := err.Error()
	switch {
	case split != nil || port == "":
		reason, remedy = "the address has no port", "set TEMPORAL_ADDRESS to a host and a port"
	case strings.Contains(reason, "connection refused"):
		reason = "connection refused"
	case unknownHost(ctx, host):
		reason, remedy = "no such host", "set TEMPORAL_ADDRESS to where it is"
	case strings.Contains(reason, "handshake") && o.ConnectionOptions.TLS != nil:
		reason, remedy = "it does not speak TLS, or not with this certificate ("+reason+")",
			"set TEMPORAL_TLS to false, or correct TEMPORAL_TLS_*"
	case strings.Contains(reason, "deadline exceeded"),
		strings.Contains(reason, "server preface") && strings.Contains(reason, "closed network connection"):
		reason = "no answer in time"
	case codeOf(err) == codes.PermissionDenied, codeOf(err) == codes.Unauthenticated:
		remedy = "set TEMPORAL_API_KEY or TEMPORAL_TLS_CLIENT_CERT_PATH to what it knows"
	}
	return &trouble{fmt.Sprintf("temporal at %s does not answer: %s; %s, for example temporal.example.com:7233",
		o.HostPort, reason, remedy), err}
}

func unknownHost(ctx context.Context, host string) bool {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	_, err := net.DefaultResolver.LookupHost(ctx, host)
	missing, ok := errors.AsType[*net.DNSError](err)
	return ok && missing.IsNotFound
}

// trouble is an error with a sentence of its own, which does not repeat the cause.
type trouble struct {
	sentence string
	cause    error
}

func (t *trouble) Error() string { return t.sentence }
func (t *trouble) Unwrap() error { return t.cause }

// listening explains which setting an address that cannot be bound comes from.
func listening(err error) error {
	refused, ok := errors.AsType[*api.ListenError](err)
	if !ok {
		return err
	}
	name, example := "PUBLIC_ADDR", ":8080"
	if refused.Internal {
		name, example = "INTERNAL_ADDR", "127.0.0.1:8081"
	}
	what := "cannot be listened on: " + refused.Err.Error()
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		what = "is taken by another process: stop that one or choose another address"
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		what = "is no address of this machine"
	case errors.Is(err, syscall.EACCES):
		what = "needs rights that this process does not have: choose a port above 1023"
	}
	return &trouble{fmt.Sprintf("%s%s: %s %s, for example %s", config.Prefix, name, refused.Addr, what, example), err}
}

// unprepared explains that the namespace of an operator's command is not prepared; any other error is returned
// unchanged.
func unprepared(namespace string, err error) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*serviceerror.NamespaceNotFound](err); ok {
		return &trouble{"namespace " + namespace +
			" does not exist: run wechat-c4c bootstrap, or set TEMPORAL_NAMESPACE to the right one", err}
	}
	if codeOf(err) == codes.InvalidArgument && strings.Contains(err.Error(), "search attribute") {
		return &trouble{"namespace " + namespace +
			" lacks our search attributes: run wechat-c4c bootstrap, or set TEMPORAL_NAMESPACE to the right one", err}
	}
	return err
}

// awaitNamespace waits a while for an unprepared namespace, and logs that once. Only a missing namespace or missing
// attributes count: a server that briefly does not answer is no reason to stop.
func awaitNamespace(ctx context.Context, check func(context.Context) error, patience time.Duration,
	log *slog.Logger) error {
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	tick := time.NewTicker(namespacePause)
	defer tick.Stop()
	for said := false; ; said = true {
		err := check(ctx)
		if !errors.Is(err, api.ErrUnprepared) {
			return nil
		}
		if !said {
			log.WarnContext(ctx, "waiting for bootstrap", "error", err, "patience", patience)
		}
		select {
		case <-tick.C:
		case <-deadline.C:
			return err
		case <-ctx.Done():
			return nil
		}
	}
}
