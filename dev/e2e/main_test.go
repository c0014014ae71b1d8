package e2e

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/dev/devserver"
)

// update makes the tests that name a recording write the histories of their workflows.
var update = flag.Bool("update", false, "write the histories of workflows that the replay test replays")

// temporal is the server that the tests share.
var temporal *devserver.Process

func TestMain(m *testing.M) {
	flag.Parse()
	moreParallel()
	trustTestServers()
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code, err := withTemporal(ctx, m.Run)
	cancel()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// trustTestServers makes connections to a tenant trust the certificate of httptest's servers.
func trustTestServers() {
	server := httptest.NewTLSServer(nil)
	defer server.Close()
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	http.DefaultTransport.(*http.Transport).TLSClientConfig = &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}
}

// moreParallel runs six times as many tests at a time as there are processors, in CI twice as many, unless -parallel
// sets another number: most of the time they wait.
func moreParallel() {
	each := 6
	if os.Getenv("CI") != "" { // its machine may be busy with other things
		each = 2
	}
	if parallel := flag.Lookup("test.parallel"); parallel.Value.String() == parallel.DefValue {
		_ = parallel.Value.Set(strconv.Itoa(each * runtime.GOMAXPROCS(0)))
	}
}

// Which tests run is said by the environment variable LONG: those that take long are left out without it, and run alone
// where it is "only".
const which = "LONG"

var longOnes sync.Map // by name

// long marks a test that takes most of a minute. `make test-long` runs those.
func long(t *testing.T) {
	t.Helper()
	if os.Getenv(which) == "" {
		t.Skip("takes long: make test-long")
	}
	longOnes.Store(t.Name(), true)
}

// mayRun skips a test that is not its turn.
func mayRun(t *testing.T) {
	t.Helper()
	name, _, _ := strings.Cut(t.Name(), "/")
	if _, isLong := longOnes.Load(name); os.Getenv(which) == "only" && !isLong {
		t.Skip("runs with make test")
	}
}

// withTemporal runs f with a server in memory and with its UI.
func withTemporal(ctx context.Context, f func() int) (code int, err error) {
	temporal, err = startTemporal(ctx, func(o *devserver.Options) {
		if o.UIAddr, err = devserver.FreeAddr(); err != nil {
			panic(err)
		}
	})
	if err != nil {
		return 0, err
	}
	code = f()
	closeChromium()
	return code, temporal.Stop()
}

// startTemporal starts a server on free ports.
func startTemporal(ctx context.Context, change func(*devserver.Options)) (*devserver.Process, error) {
	binary, err := binary()
	if err != nil {
		return nil, err
	}
	o := devserver.Options{Binary: binary, Log: os.Stderr}
	if o.FrontendAddr, err = devserver.FreeAddr(); err != nil {
		return nil, err
	}
	change(&o)
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	return devserver.Start(ctx, o)
}

// binary is the server's executable. If it must be compiled, no test's timeout applies.
var binary = sync.OnceValues(func() (devserver.Binary, error) {
	dir, err := devserver.ModuleDir()
	if err != nil {
		return devserver.Binary{}, err
	}
	return devserver.Find(context.Background(), dir, filepath.Join(dir, ".state"), os.Stderr)
})

// startServer starts a separate server for a test, on the given file.
func startServer(t *testing.T, file string) *devserver.Process {
	t.Helper()
	server, err := startTemporal(t.Context(), func(o *devserver.Options) { o.DBFile = file })
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, server.Stop()) })
	return server
}
