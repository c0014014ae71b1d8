// Package temporaldev runs a complete Temporal server and its web UI inside one process, on SQLite and on the
// loopback interface only: nothing is fetched, nothing is installed. The development stack and the end-to-end tests
// run on it; it is not a server for production.
//
// It is a module of its own, because it needs some 1200 packages. The rest of the development stack runs its command as
// a child process, through package devserver, so that changes there do not compile these packages again.
package temporaldev

import (
	"errors"
	"fmt"
	"maps"
	"net"
	"slices"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/server/common/dynamicconfig"
)

// Defaults of Options.
const (
	DefaultFrontendAddr = "127.0.0.1:7233"
	DefaultUIAddr       = "127.0.0.1:8233"
	DefaultNamespace    = "default"
	// DefaultRetention keeps closed workflows as long as the connector needs their ids to recognise a repeat.
	DefaultRetention = 14 * 24 * time.Hour
	// MinRetention is the least the server accepts for a local namespace.
	MinRetention = time.Hour
)

// Options configure where the server listens and what it contains when it is ready.
type Options struct {
	// FrontendAddr is the gRPC address, an IP literal with a port; port 0 picks a free one.
	FrontendAddr string
	// UIAddr is the address of the web UI; port 0 picks a free one, empty starts no UI.
	UIAddr string
	// HTTPPort is the port of the frontend's HTTP API; 0 leaves it off.
	HTTPPort int
	// MetricsPort is the port of /metrics in Prometheus' format; 0 leaves it off.
	MetricsPort int
	// DBFile is the SQLite file, created with its schema when missing; empty keeps everything in memory.
	DBFile string
	// SQLitePragmas are added to those of the file (journal_mode and synchronous may be overridden).
	SQLitePragmas map[string]string
	// Namespaces exist when Start returns. The namespace "default" is always among them.
	Namespaces []string
	// Retention of the namespaces, at least MinRetention.
	Retention time.Duration
	// SearchAttributes exist in each namespace when Start returns.
	SearchAttributes map[string]enumspb.IndexedValueType
	// CodecEndpoint is the URL the UI sends payloads to for decoding; empty shows them as they are.
	CodecEndpoint string
	// LogLevel is debug, info, warn, error or off.
	LogLevel string
	// DynamicConfig overrides DefaultDynamic.
	DynamicConfig map[string]any
}

// DefaultDynamic returns the dynamic configuration of a single server on a small machine. The poll rates matter most:
// with the server's own default of 20 per shard, every step of a workflow waits up to 50 ms.
func DefaultDynamic() map[string]any {
	return map[string]any{
		"frontend.enableServerVersionCheck":              false,
		"frontend.namespaceRPS.visibility":               100,
		"frontend.namespaceBurstRatio.visibility":        1.0,
		"frontend.persistenceMaxQPS":                     10_000,
		"frontend.WorkflowPauseEnabled":                  true,
		"history.hostLevelCacheMaxSize":                  8096,
		"history.persistenceMaxQPS":                      45_000,
		"history.timerProcessorMaxPollRPS":               100,
		"history.transferProcessorMaxPollRPS":            100,
		"history.visibilityProcessorMaxPollRPS":          100,
		"matching.enableFairness":                        true,
		"matching.numTaskqueueReadPartitions":            1,
		"matching.numTaskqueueWritePartitions":           1,
		"system.forceSearchAttributesCacheRefreshOnRead": true,
	}
}

func (o Options) withDefaults() Options {
	if o.FrontendAddr == "" {
		o.FrontendAddr = DefaultFrontendAddr
	}
	if !slices.Contains(o.Namespaces, DefaultNamespace) {
		o.Namespaces = append([]string{DefaultNamespace}, o.Namespaces...)
	}
	if o.Retention == 0 {
		o.Retention = DefaultRetention
	}
	if o.LogLevel == "" {
		o.LogLevel = "error"
	}
	return o
}

func (o Options) validate() error {
	if o.Retention < MinRetention {
		return fmt.Errorf("temporaldev: a retention of %s is too short: the least is %s", o.Retention, MinRetention)
	}
	if err := checkAddr("frontend", o.FrontendAddr); err != nil {
		return err
	}
	if o.UIAddr != "" {
		if err := checkAddr("UI", o.UIAddr); err != nil {
			return err
		}
	}
	if slices.Contains(o.Namespaces, "") {
		return errors.New("temporaldev: a namespace needs a name")
	}
	return nil
}

func checkAddr(what, addr string) error {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return fmt.Errorf("temporaldev: address of the %s: %w", what, err)
	}
	if net.ParseIP(host) == nil {
		return fmt.Errorf("temporaldev: address of the %s: %q is not an IP address", what, host)
	}
	return nil
}

func (o Options) dynamic() dynamicconfig.StaticClient {
	all := DefaultDynamic()
	maps.Copy(all, o.DynamicConfig)
	static := make(dynamicconfig.StaticClient, len(all))
	for name, value := range all {
		// Numbers that come from JSON are float64, which the server refuses where it expects an integer. It accepts an
		// integer where it expects a float.
		if f, ok := value.(float64); ok && f == float64(int(f)) {
			value = int(f)
		}
		static[dynamicconfig.MakeKey(name)] = value
	}
	return static
}
