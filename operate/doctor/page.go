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
	"time"
)

// PageOptions configure the checks of the H5 page.
type PageOptions struct {
	URL        string            // public address of the page; empty: no page
	Files      map[string]string // WeChat's domain files, content by name
	HTTPClient *http.Client      // nil: http.DefaultClient
	Now        func() time.Time  // nil: time.Now
}

// Page checks the page's host from outside, as followers, WeChat and C4C see it: its certificate, and the files that
// WeChat reads when the domain is entered in its console. Without a page there is nothing to check.
func Page(o PageOptions) []Check {
	if o.URL == "" {
		return nil
	}
	var checks []Check
	if strings.HasPrefix(o.URL, "https://") {
		checks = append(checks, Check{SystemPage, "certificate of the host", false, o.certificate})
	}
	for _, name := range slices.Sorted(maps.Keys(o.Files)) {
		content := o.Files[name]
		checks = append(checks, Check{SystemPage, "domain file " + name, false, func(ctx context.Context) Finding {
			return o.domainFile(ctx, name, content)
		}})
	}
	return checks
}

// renewal is how long before its end a certificate should have been renewed: renewal programs do so 30 days ahead.
const renewal = 14 * 24 * time.Hour

const remedyOfHost = "WeChat must reach it from the internet: check the host's DNS entry, its certificate and " +
	"the proxy before the api. Where only this machine cannot reach it, run the doctor elsewhere."

// certificate checks the certificate that strangers get, with its intermediate certificates: if one is missing,
// verification fails here as it does at C4C.
func (o PageOptions) certificate(ctx context.Context) Finding {
	response, err := o.get(ctx, o.URL)
	if err != nil {
		return fail(say("%s cannot be fetched: %s", o.URL, oneLine(err)), remedyOfHost)
	}
	_ = response.Body.Close()
	now := o.Now
	if now == nil {
		now = time.Now
	}
	until := response.TLS.PeerCertificates[0].NotAfter.UTC()
	if until.Sub(now()) < renewal {
		return warn(say("valid until %s UTC only", until.Format(time.DateTime)),
			"Renew it and have the proxy load it. When it is over, no push of WeChat, no reply of C4C and no page gets through.")
	}
	return ok("valid until %s UTC", until.Format(time.DateTime))
}

// maxDomainFile is larger than any valid file.
const maxDomainFile = 4 << 10

// domainFile fetches a file as WeChat would: only its content counts.
func (o PageOptions) domainFile(ctx context.Context, name, content string) Finding {
	address := strings.TrimRight(o.URL, "/") + "/" + name
	got, status, err := o.fetch(ctx, address)
	switch {
	case err != nil:
		return fail(say("%s cannot be fetched: %s", address, oneLine(err)),
			remedyOfHost)
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

// fetch reads an address without following redirects.
func (o PageOptions) fetch(ctx context.Context, address string) (body string, status int, err error) {
	response, err := o.get(ctx, address)
	if err != nil {
		return "", 0, err
	}
	defer func() { _ = response.Body.Close() }()
	read, err := io.ReadAll(io.LimitReader(response.Body, maxDomainFile))
	return string(read), response.StatusCode, err
}

// get requests an address without following redirects. Its errors contain no address.
func (o PageOptions) get(ctx context.Context, address string) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, errors.New("the address cannot be used")
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
		return nil, err
	}
	return response, nil
}
