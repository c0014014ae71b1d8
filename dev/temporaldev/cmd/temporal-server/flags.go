package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"

	enumspb "go.temporal.io/api/enums/v1"

	"github.com/wechat-c4c/wechat-c4c/dev/temporaldev"
)

type settings struct {
	options       temporaldev.Options
	stopWithStdin bool
}

// flags holds the raw values of the command line.
type flags struct {
	ip, uiIP, logFormat string
	port, uiPort        int
	headless            bool
	attributes, dynamic map[string]string
	namespaces          listFlag
	options             temporaldev.Options
	stopWithStdin       bool
}

func parse(args []string, stderr io.Writer) (settings, error) {
	if len(args) >= 2 && args[0] == "server" && args[1] == "start-dev" {
		args = args[2:]
	}
	f := flags{attributes: map[string]string{}, dynamic: map[string]string{}}
	f.options.SQLitePragmas = map[string]string{}
	set := flag.NewFlagSet("temporal-server server start-dev", flag.ContinueOnError)
	set.SetOutput(stderr)
	f.define(set)
	if err := set.Parse(args); err != nil {
		return settings{}, err
	}
	if set.NArg() > 0 {
		return settings{}, fmt.Errorf("unknown argument %q", set.Arg(0))
	}
	options, err := f.resolve()
	return settings{options: options, stopWithStdin: f.stopWithStdin}, err
}

func (f *flags) define(set *flag.FlagSet) {
	set.StringVar(&f.ip, "ip", "127.0.0.1", "`address` to listen on")
	set.IntVar(&f.port, "port", 7233, "`port` of the frontend; 0 picks a free one")
	set.StringVar(&f.uiIP, "ui-ip", "", "`address` of the UI (default: that of --ip)")
	set.IntVar(&f.uiPort, "ui-port", -1, "`port` of the UI; 0 picks a free one (default: port + 1000)")
	set.BoolVar(&f.headless, "headless", false, "start no UI")
	set.IntVar(&f.options.HTTPPort, "http-port", 0, "`port` of the HTTP API; 0 leaves it off")
	set.IntVar(&f.options.MetricsPort, "metrics-port", 0, "`port` of /metrics; 0 leaves it off")
	set.StringVar(&f.options.DBFile, "db-filename", "", "SQLite `file`; empty keeps everything in memory")
	set.Var(&f.namespaces, "namespace", "`name` of a namespace to create; may be repeated")
	set.DurationVar(&f.options.Retention, "retention", temporaldev.DefaultRetention, "how long closed workflows are kept")
	set.Var(pairFlag(f.attributes), "search-attribute", "`Name=Type` to register; may be repeated")
	set.StringVar(&f.options.LogLevel, "log-level", "error", "debug, info, warn, error or never")
	set.StringVar(&f.logFormat, "log-format", "", "accepted and ignored")
	set.StringVar(&f.options.CodecEndpoint, "ui-codec-endpoint", "", "`URL` the UI decodes payloads with")
	set.Var(pairFlag(f.dynamic), "dynamic-config-value", "`key=JSON` to override; may be repeated")
	set.Var(pairFlag(f.options.SQLitePragmas), "sqlite-pragma", "`key=value` for the SQLite connection; may be repeated")
	set.BoolVar(&f.stopWithStdin, "stop-with-stdin", false, "end when standard input is closed")
}

// resolve turns the values into options: ports to addresses, names to types, JSON to values.
func (f *flags) resolve() (temporaldev.Options, error) {
	o := f.options
	o.Namespaces = f.namespaces
	o.FrontendAddr = join(f.ip, f.port)
	if f.uiIP == "" {
		f.uiIP = f.ip
	}
	if f.uiPort < 0 {
		f.uiPort = f.port + 1000
	}
	if !f.headless {
		o.UIAddr = join(f.uiIP, f.uiPort)
	}
	if o.LogLevel == "never" {
		o.LogLevel = "off"
	}
	o.SearchAttributes = make(map[string]enumspb.IndexedValueType, len(f.attributes))
	for name, kind := range f.attributes {
		t, err := enumspb.IndexedValueTypeFromString(kind)
		if err != nil || t == enumspb.INDEXED_VALUE_TYPE_UNSPECIFIED {
			return o, fmt.Errorf("--search-attribute %s: %q is no type of search attributes", name, kind)
		}
		o.SearchAttributes[name] = t
	}
	o.DynamicConfig = make(map[string]any, len(f.dynamic))
	for key, text := range f.dynamic {
		var value any
		if err := json.Unmarshal([]byte(text), &value); err != nil {
			return o, fmt.Errorf("--dynamic-config-value %s: %w", key, err)
		}
		o.DynamicConfig[key] = value
	}
	return o, nil
}

func join(ip string, port int) string {
	if ip == "localhost" {
		ip = "127.0.0.1"
	}
	return net.JoinHostPort(ip, strconv.Itoa(port))
}

// listFlag collects a flag that may be repeated.
type listFlag []string

func (l *listFlag) String() string { return strings.Join(*l, ",") }

func (l *listFlag) Set(value string) error {
	*l = append(*l, value)
	return nil
}

// pairFlag collects key=value pairs of a flag that may be repeated.
type pairFlag map[string]string

func (p pairFlag) String() string { return fmt.Sprint(map[string]string(p)) }

func (p pairFlag) Set(text string) error {
	key, value, ok := strings.Cut(text, "=")
	if !ok || key == "" {
		return fmt.Errorf("%q is not of the form key=value", text)
	}
	p[key] = value
	return nil
}
