package stack

import (
	"errors"
	"fmt"
	"net"
	"strings"
	"syscall"

	"github.com/wechat-c4c/wechat-c4c/dev/devserver"
)

// Addresses are where the parts of the stack listen.
type Addresses struct {
	// API takes the webhooks; Internal has health, metrics and the codec.
	API, Internal string
	// WeChat and C4C are the simulators.
	WeChat, C4C string
	// Temporal is the gRPC frontend, TemporalUI the web pages; empty starts none.
	Temporal, TemporalUI string
}

// place is one address with what it is for and the environment variable that moves it.
type place struct {
	what, variable, standard string
	addr                     *string
}

func (a *Addresses) places() []place {
	return []place{
		{"api, public", "DEV_API_ADDR", "127.0.0.1:8080", &a.API},
		{"api, internal", "DEV_INTERNAL_ADDR", "127.0.0.1:8081", &a.Internal},
		{"WeChat simulator", "DEV_WECHAT_ADDR", "127.0.0.1:8090", &a.WeChat},
		{"C4C simulator", "DEV_C4C_ADDR", "127.0.0.1:8091", &a.C4C},
		{"Temporal frontend", "DEV_TEMPORAL_ADDR", "127.0.0.1:7233", &a.Temporal},
		{"Temporal UI", "DEV_TEMPORAL_UI_ADDR", "127.0.0.1:8233", &a.TemporalUI},
	}
}

// AddressVariables are the environment variables that change the addresses.
func AddressVariables() []string {
	var names []string
	for _, p := range new(Addresses).places() {
		names = append(names, p.variable)
	}
	return names
}

// AddressesFrom returns the standard addresses, each replaced by its environment variable if that is set.
func AddressesFrom(getenv func(string) string) (Addresses, error) {
	var a Addresses
	for _, p := range a.places() {
		*p.addr = p.standard
		value := getenv(p.variable)
		if value == "" {
			continue
		}
		host, _, err := net.SplitHostPort(value)
		if err != nil || net.ParseIP(host) == nil {
			return Addresses{}, fmt.Errorf("stack: %s must be an IP address with a port, for example %s", p.variable, p.standard)
		}
		*p.addr = value
	}
	return a, nil
}

// FreeAddresses returns addresses with ports that were just free, for stacks that run in parallel.
func FreeAddresses() (Addresses, error) {
	var a Addresses
	for _, p := range a.places() {
		addr, err := devserver.FreeAddr()
		if err != nil {
			return Addresses{}, err
		}
		*p.addr = addr
	}
	return a, nil
}

// Probe tries every address and returns one error that names all unusable ones, or nil. Checking first is better than a
// stack that stops half-way.
func (a Addresses) Probe() error {
	var problems []error
	for _, p := range a.places() {
		if *p.addr == "" {
			continue
		}
		if err := p.probe(); err != nil {
			problems = append(problems, err)
		}
	}
	return errors.Join(problems...)
}

func (p place) probe() error {
	l, err := net.Listen("tcp", *p.addr)
	if errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Errorf("port %s is in use: stop what listens on %s, or choose another address for the %s with %s",
			port(*p.addr), *p.addr, p.what, p.variable)
	}
	if err != nil {
		return fmt.Errorf("the %s cannot listen on %s (%s): %w", p.what, *p.addr, p.variable, err)
	}
	return l.Close()
}

func port(addr string) string { return addr[strings.LastIndexByte(addr, ':')+1:] }
