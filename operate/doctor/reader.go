package doctor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/wechat-c4c/wechat-c4c/c4c"
)

// Reader reads from C4C's OData service what the connector itself never needs. Its errors have the classes of package
// c4c, and contain no address and no credential.
type Reader struct {
	BaseURL string
	// Authorize adds the credentials, as the connector does.
	Authorize  func(ctx context.Context, request *http.Request) error
	HTTPClient *http.Client // nil: http.DefaultClient without redirects
}

const (
	odataPath  = "sap/c4c/odata/v1/c4codataapi"
	maxAnswer  = 1 << 20
	csrfHeader = "x-csrf-token"
)

// CSRF requests a token as before a write; empty means that C4C requires none from this user.
func (r *Reader) CSRF(ctx context.Context) (string, error) {
	_, header, err := r.get(ctx, "csrf token", "/", nil, http.Header{csrfHeader: {"fetch"}})
	if token := header.Get(csrfHeader); err == nil && !strings.EqualFold(token, "required") {
		return token, nil
	}
	return "", err
}

// Values returns the distinct values of a field in the first rows of an entity set. A non-empty value restricts them
// to rows with that value.
func (r *Reader) Values(ctx context.Context, set, field, value string, top int) ([]string, error) {
	query := url.Values{"$select": {field}, "$top": {strconv.Itoa(top)}, "$format": {"json"}}
	if value != "" {
		query.Set("$filter", field+" eq '"+strings.ReplaceAll(value, "'", "''")+"'")
	}
	body, _, err := r.get(ctx, set, "/"+set, query, nil)
	if err != nil {
		return nil, err
	}
	var page struct {
		D struct {
			Results []map[string]any `json:"results"`
		} `json:"d"`
	}
	if err := json.Unmarshal(body, &page); err != nil {
		return nil, &c4c.TransportError{Op: set, Status: http.StatusOK, Err: errors.New("the answer is not JSON")}
	}
	var values []string
	for _, row := range page.D.Results {
		if v, ok := row[field].(string); ok {
			values = append(values, v)
		}
	}
	slices.Sort(values)
	return slices.Compact(values), nil
}

func (r *Reader) get(ctx context.Context, op, path string, query url.Values, header http.Header) ([]byte, http.Header,
	error) {
	response, err := r.open(ctx, op, path, query, header)
	if err != nil {
		return nil, nil, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil {
		return nil, nil, &c4c.TransportError{Op: op, Status: response.StatusCode, Err: err}
	}
	return body, response.Header, statusOf(op, response.StatusCode)
}

// open sends a request; the caller closes the answer's body.
func (r *Reader) open(ctx context.Context, op, path string, query url.Values, header http.Header) (*http.Response,
	error) {
	address := strings.TrimRight(r.BaseURL, "/") + "/" + odataPath + path
	if len(query) > 0 {
		address += "?" + strings.ReplaceAll(query.Encode(), "+", "%20") // C4C does not read a plus as a blank
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, &c4c.TransportError{Op: op, Unsent: true, Err: errors.New("address cannot be used")}
	}
	request.Header.Set("Accept", "application/json")
	for name, values := range header {
		request.Header.Set(name, values[0])
	}
	if r.Authorize != nil {
		if err := r.Authorize(ctx, request); err != nil {
			return nil, err
		}
	}
	response, err := r.client().Do(request)
	if err != nil {
		if told, ok := errors.AsType[*url.Error](err); ok {
			err = told.Err // without the address
		}
		return nil, &c4c.TransportError{Op: op, Unsent: true, Err: err}
	}
	return response, nil
}

func (r *Reader) client() *http.Client {
	given := r.HTTPClient
	if given == nil {
		given = http.DefaultClient
	}
	client := *given
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &client
}

// statusOf is the error class of an HTTP status.
func statusOf(op string, status int) error {
	var class error
	switch {
	case status == http.StatusOK:
		return nil
	case status == http.StatusUnauthorized:
		class = c4c.ErrUnauthorized
	case status == http.StatusForbidden:
		class = c4c.ErrNotAuthorized
	case status == http.StatusNotFound:
		class = c4c.ErrNotFound
	case status == http.StatusTooManyRequests || status >= http.StatusInternalServerError:
		class = c4c.ErrUnavailable
	default:
		class = c4c.ErrRejected
	}
	return fmt.Errorf("%s: http status %d: %w", op, status, class)
}
