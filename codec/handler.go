package codec

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"net/http"
	"strings"

	"go.temporal.io/sdk/converter"
)

const maxBody = 16 << 20 // a page of history as Temporal UI sends it, at most 4 MB of payloads before base64

// HandlerOptions configure who may use the codec endpoint.
type HandlerOptions struct {
	// Token is a bearer token that callers may present. If it is empty and AccessTokens is nil, no token is required.
	Token string
	// AccessTokens accepts tokens of persons as well, such as Temporal UI passes on; nil: none.
	AccessTokens *AccessTokens
	// Origin is the origin of Temporal UI, the only one from which browsers may call. Empty: no browser may.
	Origin string
	// Namespace is the only value accepted in the header X-Namespace, which a caller may omit. Empty: any.
	Namespace string
}

// Handler serves POST …/encode and …/decode as Temporal UI and CLI call them, and the CORS preflight of both. It
// answers 401 without a token, 403 to a person without the right and to a foreign origin or namespace, 400 to payloads
// that cannot be read, 413 to a body of more than 16 MiB, and 503 while access tokens cannot be checked.
//
// https://docs.temporal.io/codec-server
func (r *KeyRing) Handler(o HandlerOptions) http.Handler {
	next := converter.NewPayloadCodecHTTPHandler(r)
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		header := w.Header()
		header.Add("Vary", "Origin")
		header.Set("Cache-Control", "no-store")
		if origin := req.Header.Get("Origin"); origin != "" {
			if origin != o.Origin {
				http.Error(w, "origin not allowed", http.StatusForbidden)
				return
			}
			header.Set("Access-Control-Allow-Origin", origin)
			header.Set("Access-Control-Allow-Credentials", "true")
			header.Set("Access-Control-Allow-Methods", "POST, OPTIONS")
			header.Set("Access-Control-Allow-Headers", "Authorization, Authorization-Extras, Content-Type, X-Namespace")
		}
		if req.Method == http.MethodOptions {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		if err := o.admit(req); err != nil {
			refuse(w, err)
			return
		}
		if ns := req.Header.Get("X-Namespace"); o.Namespace != "" && ns != "" && ns != o.Namespace {
			http.Error(w, "namespace not served here", http.StatusForbidden)
			return
		}
		if req.ContentLength > maxBody {
			http.Error(w, "body too large", http.StatusRequestEntityTooLarge)
			return
		}
		req.Body = http.MaxBytesReader(w, req.Body, maxBody)
		next.ServeHTTP(w, req)
	})
}

// admit returns nil for a caller with one of the tokens. Temporal UI passes on both the access token and the ID token
// of the person who uses it: some issuers' access tokens can only be read by the issuer.
func (o HandlerOptions) admit(req *http.Request) error {
	if o.Token == "" && o.AccessTokens == nil {
		return nil
	}
	token := bearer(req)
	switch {
	case token == "":
		return errNoToken
	case o.Token != "" && equal(token, o.Token):
		return nil
	case o.AccessTokens == nil:
		return errNoToken
	}
	err := o.AccessTokens.check(req.Context(), token)
	if identity := req.Header.Get("Authorization-Extras"); identity != "" && errors.Is(err, errNoToken) {
		return o.AccessTokens.check(req.Context(), identity)
	}
	return err
}

// refuse answers only with the kind of refusal. A caller without a valid token does not learn what is wrong with it.
func refuse(w http.ResponseWriter, err error) {
	switch {
	case errors.Is(err, errForbidden):
		http.Error(w, errForbidden.Error(), http.StatusForbidden)
	case errors.Is(err, errNoIssuer):
		http.Error(w, errNoIssuer.Error(), http.StatusServiceUnavailable)
	default:
		w.Header().Set("WWW-Authenticate", "Bearer")
		http.Error(w, errNoToken.Error(), http.StatusUnauthorized)
	}
}

func bearer(req *http.Request) string {
	scheme, token, _ := strings.Cut(req.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(token)
}

// equal compares hashes, so that the time it takes reveals neither the content nor the length of the token.
func equal(got, want string) bool {
	a, b := sha256.Sum256([]byte(got)), sha256.Sum256([]byte(want))
	return subtle.ConstantTimeCompare(a[:], b[:]) == 1
}
