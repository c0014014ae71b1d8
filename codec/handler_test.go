package codec_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/wechat-c4c/wechat-c4c/codec"
)

const (
	uiOrigin = "http://127.0.0.1:8233"
	token    = "codec-token-of-this-test"
)

func setup(t *testing.T, o codec.HandlerOptions) (*codec.KeyRing, string) {
	t.Helper()
	r := ring(t, "a")
	mux := http.NewServeMux()
	mux.Handle("/base/codec/", r.Handler(o))
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return r, server.URL + "/base/codec"
}

func call(t *testing.T, method, url, body string, header map[string]string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	require.NoError(t, err)
	for name, value := range header {
		req.Header.Set(name, value)
	}
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	return res, string(answer)
}

func wire(t *testing.T, payloads ...*commonpb.Payload) string {
	t.Helper()
	body, err := protojson.Marshal(&commonpb.Payloads{Payloads: payloads})
	require.NoError(t, err)
	return string(body)
}

func TestHandlerDecodesAndEncodes(t *testing.T) {
	t.Parallel()
	r, url := setup(t, codec.HandlerOptions{Token: token, Origin: uiOrigin, Namespace: "default"})
	header := map[string]string{"Authorization": "Bearer " + token, "Origin": uiOrigin, "X-Namespace": "default",
		"Content-Type": "application/json"}

	plain := payload(t, "hello")
	res, body := call(t, http.MethodPost, url+"/decode", wire(t, encode(t, r, "hello"), plain), header)
	require.Equal(t, http.StatusOK, res.StatusCode, body)
	require.Equal(t, uiOrigin, res.Header.Get("Access-Control-Allow-Origin"))
	require.Equal(t, "true", res.Header.Get("Access-Control-Allow-Credentials"))
	require.Equal(t, "no-store", res.Header.Get("Cache-Control"))
	var decoded commonpb.Payloads
	require.NoError(t, protojson.Unmarshal([]byte(body), &decoded))
	require.Len(t, decoded.Payloads, 2)
	require.Equal(t, `"hello"`, string(decoded.Payloads[0].Data))
	require.Equal(t, `"hello"`, string(decoded.Payloads[1].Data), "what is not encrypted passes through")

	res, body = call(t, http.MethodPost, url+"/encode", wire(t, plain), header)
	require.Equal(t, http.StatusOK, res.StatusCode, body)
	var encoded commonpb.Payloads
	require.NoError(t, protojson.Unmarshal([]byte(body), &encoded))
	opened, err := r.Decode(encoded.Payloads)
	require.NoError(t, err)
	require.Equal(t, `"hello"`, string(opened[0].Data))
}

func TestHandlerRefuses(t *testing.T) {
	t.Parallel()
	right := "Bearer " + token
	tests := []struct {
		name, method, path, body string
		header                   map[string]string
		status                   int
	}{
		{"no token", http.MethodPost, "/decode", "{}", nil, http.StatusUnauthorized},
		{"wrong token", http.MethodPost, "/decode", "{}",
			map[string]string{"Authorization": "Bearer codec-token-of-this-tesT"}, http.StatusUnauthorized},
		{"token as Basic", http.MethodPost, "/decode", "{}", map[string]string{"Authorization": "Basic " + token},
			http.StatusUnauthorized},
		{"foreign origin", http.MethodPost, "/decode", "{}",
			map[string]string{"Authorization": right, "Origin": "http://evil.example"}, http.StatusForbidden},
		{"foreign preflight", http.MethodOptions, "/decode", "", map[string]string{"Origin": "http://evil.example"},
			http.StatusForbidden},
		{"foreign namespace", http.MethodPost, "/decode", "{}",
			map[string]string{"Authorization": right, "X-Namespace": "other"}, http.StatusForbidden},
		{"not JSON", http.MethodPost, "/decode", "<xml/>", map[string]string{"Authorization": right}, http.StatusBadRequest},
		{"read", http.MethodGet, "/decode", "", map[string]string{"Authorization": right}, http.StatusNotFound},
		{"another path", http.MethodPost, "/other", "{}", map[string]string{"Authorization": right}, http.StatusNotFound},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, url := setup(t, codec.HandlerOptions{Token: token, Origin: uiOrigin, Namespace: "default"})
			res, body := call(t, tt.method, url+tt.path, tt.body, tt.header)
			require.Equal(t, tt.status, res.StatusCode)
			require.NotContains(t, body, token)
			if tt.status == http.StatusForbidden && tt.header["Origin"] != "" {
				require.Empty(t, res.Header.Get("Access-Control-Allow-Origin"))
			}
		})
	}
}

func TestHandlerRefusesLargeBodies(t *testing.T) {
	t.Parallel()
	req := httptest.NewRequest(http.MethodPost, "/codec/decode", strings.NewReader("{}"))
	req.ContentLength = 16<<20 + 1
	rec := httptest.NewRecorder()
	ring(t, "a").Handler(codec.HandlerOptions{}).ServeHTTP(rec, req)
	require.Equal(t, http.StatusRequestEntityTooLarge, rec.Code)
}

// blanks is a body that does not end.
type blanks struct{}

func (blanks) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}

func TestHandlerStopsReadingABodyOfUnknownLength(t *testing.T) {
	t.Parallel()
	body := io.LimitReader(blanks{}, 64<<20)
	req := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/codec/decode", body)
	req.ContentLength = -1
	rec := httptest.NewRecorder()
	ring(t, "a").Handler(codec.HandlerOptions{}).ServeHTTP(rec, req)
	require.Equal(t, http.StatusBadRequest, rec.Code)
	rest, err := io.Copy(io.Discard, body)
	require.NoError(t, err)
	require.Greater(t, rest, int64(47<<20), "no more than 16 MB of it is held in memory")
}

func TestHandlerRefusesAnUnknownKey(t *testing.T) {
	t.Parallel()
	_, url := setup(t, codec.HandlerOptions{})
	res, body := call(t, http.MethodPost, url+"/decode", wire(t, encode(t, ring(t, "b"), "hello")), nil)
	require.Equal(t, http.StatusBadRequest, res.StatusCode)
	require.Contains(t, body, "unknown key")
}

func TestHandlerAnswersPreflightWithoutToken(t *testing.T) {
	t.Parallel()
	_, url := setup(t, codec.HandlerOptions{Token: token, Origin: uiOrigin})
	res, _ := call(t, http.MethodOptions, url+"/decode", "",
		map[string]string{"Origin": uiOrigin, "Access-Control-Request-Headers": "authorization,content-type,x-namespace"})
	require.Equal(t, http.StatusNoContent, res.StatusCode)
	require.Equal(t, uiOrigin, res.Header.Get("Access-Control-Allow-Origin"))
	require.Contains(t, res.Header.Get("Access-Control-Allow-Methods"), "POST")
	for _, name := range []string{"Authorization", "Content-Type", "X-Namespace"} {
		require.Contains(t, res.Header.Get("Access-Control-Allow-Headers"), name)
	}
}

func TestHandlerWithoutOriginServesNoBrowser(t *testing.T) {
	t.Parallel()
	_, url := setup(t, codec.HandlerOptions{})
	res, _ := call(t, http.MethodPost, url+"/decode", "{}", map[string]string{"Origin": uiOrigin})
	require.Equal(t, http.StatusForbidden, res.StatusCode)
	res, _ = call(t, http.MethodPost, url+"/decode", "{}", nil)
	require.Equal(t, http.StatusOK, res.StatusCode)
}
