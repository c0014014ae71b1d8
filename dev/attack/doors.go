package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// doors are all attacks.
var doors = []door{
	{"a push without any signature is answered without being read", unreadPush("")},
	{"a push with a signature over a body alone is answered without being read",
		unreadPush("?msg_signature=x&timestamp=1&nonce=1")},
	{"a push with a guessed signature is answered without being read", unreadPush("?signature=x&timestamp=1&nonce=1")},
	{"150 unsigned pushes at once, of one address", pushesAtOnce},
	{"a signature of two hours ago", oldSignature},
	{"a push of two days ago, signed anew", oldContent},
	{"a signature that was seen, with another body", borrowedSignature},
	{"the padding of a ciphertext tells something", paddingOracle},
	{"a document of 200,000 attributes under a signature that was seen", manyAttributes},
	{"C4C's webhook without credentials", c4cWithoutCredentials},
	{"C4C's password is guessed without a limit", guessedPasswords},
	{"internal addresses on the public port", internalAddresses},
	{"looking for routes without a limit", lookingForRoutes},
	{"other methods without a limit", otherMethods},
	{"40 kB of headers", largeHeaders},
	{"a request of which the rest never comes", slowRequest},
	{"the page without a session", pageWithoutSession},
	{"an invented session", inventedSession},
	{"the page's limit, from many addresses of one IPv6 subscriber", oneSubscriber},
	{"OAuth codes without a login of this browser", codesWithoutLogin},
	{"a login that leads to another site", loginToElsewhere},
	{"headers that keep the page to itself are missing", missingHeaders},
	{"a change without the session's token", changeWithoutToken},
	{"a change that another site sends", changeFromElsewhere},
	{"a picture before the session's token", pictureBeforeToken},
	{"a follower asks without a limit", askingWithoutLimit},
}

// want fails if an answer has none of these statuses.
func want(got answer, statuses ...int) error {
	for _, status := range statuses {
		if got.status == status {
			return nil
		}
	}
	return fmt.Errorf("answered with %d", got.status)
}

// limited sends until it is rate limited. It fails if that never happens, or if the refusal does not say when to try
// again.
func (t target) limited(ctx context.Context, most int, next func(i int) attempt) error {
	for i := range most {
		got, err := t.do(ctx, next(i))
		if err != nil {
			return err
		}
		if got.status != http.StatusTooManyRequests {
			continue
		}
		if got.header.Get("Retry-After") == "" {
			return errors.New("429 without Retry-After")
		}
		return nil
	}
	return fmt.Errorf("%d requests were answered, none with 429", most)
}

// tells fails if an answer reveals more than it should to someone unproven.
func tells(got answer) error {
	for _, word := range []string{"goroutine", ".go:", "panic", "temporal", "oAttackNobody"} {
		if strings.Contains(strings.ToLower(got.body), strings.ToLower(word)) {
			return fmt.Errorf("the answer says %q", word)
		}
	}
	return nil
}
