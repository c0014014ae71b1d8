package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
)

// try is one attempt at a stack with people in it. Its error is the evidence that the attacker got in.
type try struct {
	kind, name string
	run        func(context.Context, *live) error
}

// asking is a try of one request. Its answer must have one of the statuses and reveal nothing.
func asking(kind, name string, ask func(*live) attempt, statuses ...int) try {
	return askingAlso(kind, name, ask, func(answer) error { return nil }, statuses...)
}

// askingAlso is asking with a further check of the answer.
func askingAlso(kind, name string, ask func(*live) attempt, also func(answer) error, statuses ...int) try {
	return try{kind, name, func(ctx context.Context, l *live) error {
		got, err := l.do(ctx, ask(l))
		if err != nil {
			return err
		}
		return errors.Join(want(got, statuses...), l.tells(got), also(got))
	}}
}

// telling is a try of one request that may get any status, as long as the answer reveals nothing.
func telling(kind, name string, ask func(*live) attempt) try {
	return asking(kind, name, ask, http.StatusOK, http.StatusFound, http.StatusSeeOther, http.StatusNotFound,
		http.StatusBadRequest, http.StatusForbidden)
}

// tells fails if an answer reveals something that is not the attacker's: another follower's data, a session, a link to
// another site, or internals of the service.
func (l *live) tells(got answer) error {
	secrets := append(slices.Clone(l.secrets), "goroutine ", ".go:", "runtime error", "temporalio", "<nil>")
	for _, secret := range secrets {
		if secret != "" && strings.Contains(got.body, secret) {
			return fmt.Errorf("the answer holds %q", secret)
		}
	}
	if to := got.header.Get("Location"); strings.Contains(to, elsewhere) {
		return fmt.Errorf("leads to %q", to)
	}
	for _, set := range got.header.Values("Set-Cookie") {
		name, value, _ := strings.Cut(set, "=")
		if strings.HasSuffix(name, "wx_session") && !strings.HasPrefix(value, ";") &&
			!strings.HasPrefix(openIDOf(value), "oAttackGuest") {
			return errors.New("a session came back")
		}
	}
	if got.status >= http.StatusInternalServerError && got.status != http.StatusServiceUnavailable &&
		got.status != http.StatusNotImplemented &&
		got.status != http.StatusHTTPVersionNotSupported {
		return fmt.Errorf("broke the service: %d", got.status)
	}
	return nil
}

// elsewhere is the host of another site.
const elsewhere = "evil.example.com"

// tries returns all tries.
func tries() []try {
	return slices.Concat(triesOfSignatures(), triesOfCiphertexts(), triesOfRepeats(), triesOfSessions(), triesOfForms(),
		triesOfForeign(),
		triesOfLogins(), triesOfRedirects(), triesOfWebhooks(), triesOfTokens(), triesOfPaths(), triesOfMethods(),
		triesOfWire(),
		triesOfBodies(), triesOfFiles(), triesOfQueries(), triesOfCookies(), triesOfConditions(), triesOfAddresses(),
		triesOfWords(),
		triesOfFollowers(), triesOfInside(), triesOfTurns())
}

// tryAll runs all tries and prints a line for each kind, and one for each try that got through.
func tryAll(ctx context.Context, l *live, out io.Writer) error {
	var kinds []string
	counts := map[string][2]int{}
	open := 0
	all := tries()
	for _, t := range all {
		v := door{t.kind + ": " + t.name, func(ctx context.Context, _ target) error { return t.run(ctx, l) }}.try(ctx,
			l.target)
		count, known := counts[t.kind]
		if !known {
			kinds = append(kinds, t.kind)
		}
		count[0]++
		if v.word != wordShut {
			count[1]++
			open++
			fmt.Fprintf(out, "%-9s %s: %s%s\n", v.word, t.kind, t.name, v.detail())
		}
		counts[t.kind] = count
	}
	for _, kind := range kinds {
		fmt.Fprintf(out, "%-9s %s: %d tries, %d shut\n", wordShut, kind, counts[kind][0], counts[kind][0]-counts[kind][1])
	}
	fmt.Fprintf(out, "%d tries, %d shut\n", len(all), len(all)-open)
	if open > 0 {
		return fmt.Errorf("%w: %d of %d", errOpen, open, len(all))
	}
	return nil
}

// openIDOf returns the openid of a session cookie.
func openIDOf(cookie string) string {
	cookie, _, _ = strings.Cut(cookie, ";")
	parts := strings.Split(cookie, ".")
	if len(parts) != 3 {
		return ""
	}
	data, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return ""
	}
	var own struct {
		OpenID string `json:"o"`
	}
	if json.Unmarshal(data, &own) != nil {
		return ""
	}
	return own.OpenID
}
