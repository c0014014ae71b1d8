package activities

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/wechat-c4c/wechat-c4c/c4c"
)

// MaxFile is the largest attachment that is sent to the page, in bytes.
const MaxFile = 30 << 20

// CarryFileInput names an attachment in C4C and the api process that waits for it.
type CarryFileInput struct {
	Account  string `json:"account"`
	Of       string `json:"of"`        // the attachment's owner: ticket, message
	ObjectID string `json:"object_id"` // C4C's key of the attachment
	To       string `json:"to"`        // address that accepts the file once
	// Pin is the hex SHA-256 of the certificate of the process at To, if no authority vouches for it; empty: To is
	// without TLS, or has a trusted certificate.
	Pin string `json:"pin,omitempty"`
	// Proof shows that one of our api processes has requested the file: see [CarryFileInput.Signed].
	Proof string `json:"proof"`
}

func (in CarryFileInput) account() string { return in.Account }

// RelayKey derives the key of the proofs from a secret that api and workers share.
func RelayKey(secret []byte) []byte {
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte("relay"))
	return mac.Sum(nil)
}

// Signed returns the request with its proof. Temporal accepts activities from everyone who reaches it. Without a
// proof, anyone could have customers' files sent to an address of their own.
func (in CarryFileInput) Signed(key []byte) CarryFileInput {
	in.Proof = ""
	text, err := json.Marshal(in)
	if err != nil {
		panic("activities: an order that JSON cannot hold: " + err.Error())
	}
	mac := hmac.New(sha256.New, key)
	mac.Write(text)
	in.Proof = hex.EncodeToString(mac.Sum(nil))
	return in
}

func (in CarryFileInput) proven(key []byte) bool {
	return len(key) > 0 && hmac.Equal([]byte(in.Signed(key).Proof), []byte(in.Proof))
}

// carrier sends files to api processes in our own network, without a proxy.
var carrier = &http.Client{
	Timeout:       time.Minute,
	Transport:     &http.Transport{MaxIdleConnsPerHost: 8, IdleConnTimeout: time.Minute},
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

// pinned is a carrier for one file that only talks to the process with the given certificate.
func pinned(pin string) *http.Client {
	own := *carrier
	own.Transport = &http.Transport{DisableKeepAlives: true, TLSClientConfig: &tls.Config{
		MinVersion: tls.VersionTLS13, InsecureSkipVerify: true, // the pin is stricter than a name check
		VerifyConnection: func(state tls.ConnectionState) error {
			sum := sha256.Sum256(state.PeerCertificates[0].Raw)
			if hex.EncodeToString(sum[:]) != pin {
				return errOtherProcess
			}
			return nil
		},
	}}
	return &own
}

var (
	errOtherProcess = errors.New("another process answers at the address")
	errUnprovenAsk  = errors.New("bring a file to the page: no api process of ours has asked for it; " +
		"are WECHAT_C4C_FOLLOWER_KEY_SECRET and the release the same everywhere?")
)

var errFileTooLarge = errors.New("the file is too large for the page")

// CarryFile streams an attachment from C4C to the api process that waits for it, so no file enters a history. Reading
// the ticket has already proven who may see it.
func (a *C4C) CarryFile(ctx context.Context, in CarryFileInput) error {
	if !in.proven(a.RelayKey) {
		return permanent(ErrorPageUnreachable, errUnprovenAsk)
	}
	client, err := a.client(in.Account)
	if err != nil {
		return err
	}
	content, err := client.OpenAttachment(ctx, c4c.AttachmentOwner(in.Of), in.ObjectID)
	if err != nil {
		return fromC4C(ctx, err)
	}
	defer func() { _ = content.Body.Close() }()
	if content.Size > MaxFile {
		return permanent(ErrorC4CRejected, errFileTooLarge)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPut, in.To, content.Body)
	if err != nil {
		return permanent(ErrorPageUnreachable, errors.New("bring a file to the page: its address cannot be used"))
	}
	req.ContentLength = content.Size
	req.Header.Set("Content-Type", content.ContentType)
	sender := carrier
	if in.Pin != "" {
		sender = pinned(in.Pin)
	}
	resp, err := sender.Do(req)
	if err != nil {
		if at, ok := errors.AsType[*url.Error](err); ok {
			err = at.Err // the address contains the right to deliver
		}
		return retryAt(ErrorPageUnreachable, fmt.Errorf("bring a file to the page: %w", err), 0)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusNoContent {
		return permanent(ErrorPageUnreachable, fmt.Errorf("bring a file to the page: the api answers HTTP %d",
			resp.StatusCode))
	}
	return nil
}
