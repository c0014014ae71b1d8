package devserver

import (
	"maps"
	"net"
	"slices"
)

// dynamicForCLI are the settings of temporaldev.DefaultDynamic that matter for speed. Our own server has them built in;
// the "temporal" command gets them as arguments.
var dynamicForCLI = []string{
	"history.timerProcessorMaxPollRPS=100",
	"history.transferProcessorMaxPollRPS=100",
	"history.visibilityProcessorMaxPollRPS=100",
	"matching.enableFairness=true",
	"matching.numTaskqueueReadPartitions=1",
	"matching.numTaskqueueWritePartitions=1",
	"system.forceSearchAttributesCacheRefreshOnRead=true",
}

// Command is the command line of a server with these options, for people who run the process themselves. Our own
// server ends when its standard input does.
func Command(o Options) []string { return append([]string{o.Binary.Path}, arguments(o)...) }

// arguments writes the options as the command line of "temporal server start-dev".
func arguments(o Options) []string {
	host, port, _ := net.SplitHostPort(o.FrontendAddr)
	level := o.LogLevel
	if level == "" {
		level = "error"
	}
	args := []string{"server", "start-dev", "--ip", host, "--port", port, "--log-level", level}
	if o.UIAddr == "" {
		args = append(args, "--headless")
	} else {
		uiHost, uiPort, _ := net.SplitHostPort(o.UIAddr)
		args = append(args, "--ui-ip", uiHost, "--ui-port", uiPort)
	}
	if o.DBFile != "" {
		args = append(args, "--db-filename", o.DBFile)
	}
	for _, namespace := range o.Namespaces {
		args = append(args, "--namespace", namespace)
	}
	for _, name := range slices.Sorted(maps.Keys(o.SearchAttributes)) {
		args = append(args, "--search-attribute", name+"="+o.SearchAttributes[name])
	}
	if o.CodecEndpoint != "" && o.UIAddr != "" {
		args = append(args, "--ui-codec-endpoint", o.CodecEndpoint)
	}
	if o.Binary.CLI {
		if o.DBFile != "" {
			args = append(args, "--sqlite-pragma", "journal_mode=wal", "--sqlite-pragma", "synchronous=1")
		}
		for _, value := range dynamicForCLI {
			args = append(args, "--dynamic-config-value", value)
		}
	} else {
		args = append(args, "--stop-with-stdin")
	}
	for _, name := range slices.Sorted(maps.Keys(o.DynamicConfig)) {
		args = append(args, "--dynamic-config-value", name+"="+o.DynamicConfig[name])
	}
	return args
}
