package doctor

import (
	"context"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// PageOptions are what the checks of the H5 page work with.
type PageOptions struct {
	URL        string            // public address of the page; empty: there is none
	Files      map[string]string // WeChat's domain files, content by name
	HTTPClient *http.Client      // nil: http.DefaultClient
}

// Page checks from outside what WeChat itself looks at when the page's domain is entered in its console. There is
// nothing to check without a page and without files.
func Page(o PageOptions) []Check {
	if o.URL == "" || len(o.Files) == 0 {
		return nil
	}
	var checks []Check
	for _, name := range slices.Sorted(maps.Keys(o.Files)) {
		content := o.Files[name]
		checks = append(checks, Check{SystemPage, "domain file " + name, false, func(ctx context.Context) Finding {
			return o.domainFile(ctx, name, content)
		}})
	}
	return checks
}

// maxDomainFile is more than a right file has.
const maxDomainFile = 4 << 10

// domainFile fetches a file as WeChat would: nothing but its content counts.
func (o PageOptions) domainFile(ctx context.Context, name, content string) Finding {
	address := strings.TrimRight(o.URL, "/") + "/" + name
	got, status, err := o.fetch(ctx, address)
	switch {
	case err != nil:
		return fail(say("%s cannot be fetched: %s", address, oneLine(err)),
			"WeChat must reach it from the internet: check the host's DNS entry, its certificate and the proxy before the api. Where only this machine cannot reach it, run the doctor elsewhere.")
	case status >= http.StatusMultipleChoices && status < http.StatusBadRequest:
		return fail(say("%s leads elsewhere (status %d)", address, status),
			"Let the proxy pass this address on to the api as it is.")
	case status != http.StatusOK:
		return fail(say("%s answers %d", address, status),
			"Let the proxy pass this address, and the host, on to the api, and restart the api with this WECHAT_C4C_WEB_DOMAIN_FILES.")
	case got != content:
		return fail(say("%s has other content than the setting says (%d bytes instead of %d)", address, len(got),
			len(content)),
			"Something before the api answers in its place, or WECHAT_C4C_WEB_DOMAIN_FILES needs <name>=<content> as in the file that WeChat gave you.")
	}
	return ok("served at %s", address)
}

// fetch reads an address without following redirects. Its errors name no address.
func (o PageOptions) fetch(ctx context.Context, address string) (body string, status int, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return "", 0, errors.New("the address cannot be used")
	}
	client := http.Client{}
	if o.HTTPClient != nil {
		client = *o.HTTPClient
	}
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	response, err := client.Do(request)
	if err != nil {
		if told, ok := errors.AsType[*url.Error](err); ok {
			err = told.Err
		}
		return "", 0, err
	}
	defer func() { _ = response.Body.Close() }()
	read, err := io.ReadAll(io.LimitReader(response.Body, maxDomainFile))
	return string(read), response.StatusCode, err
}
