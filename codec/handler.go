package codec

import (
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"strings"

	"go.temporal.io/sdk/converter"
)

const maxBody = 16 << 20 // a page of history as Temporal UI sends it, at most 4 MB of payloads before base64

// HandlerOptions says who may use the codec endpoint.
type HandlerOptions struct {
	// Token is the bearer token callers present. Empty: none is asked for.
	Token string
	// Origin is the origin of Temporal UI, the only one that browsers may call from. Empty: no browser may.
	Origin string
	// Namespace is the only value accepted in X-Namespace, where a caller sends that header. Empty: any.
	Namespace string
}

// Handler serves POST …/encode and …/decode as Temporal UI and CLI call them, and the CORS preflight of
// both. It answers 401 without the token, 403 for a foreign origin or namespace, 400 for payloads that
// cannot be read, 413 for a body of more than 16 MiB.
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
			header.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, X-Namespace")
		}
		if req.Method == http.MethodOptions {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		if o.Token != "" && !bearer(req, o.Token) {
			header.Set("WWW-Authenticate", "Bearer")
			http.Error(w, "bearer token missing or wrong", http.StatusUnauthorized)
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

// bearer compares hashes, so that neither content nor length of the token shows in the time it takes.
func bearer(req *http.Request, want string) bool {
	scheme, got, _ := strings.Cut(req.Header.Get("Authorization"), " ")
	a, b := sha256.Sum256([]byte(strings.TrimSpace(got))), sha256.Sum256([]byte(want))
	return strings.EqualFold(scheme, "Bearer") && subtle.ConstantTimeCompare(a[:], b[:]) == 1
}
