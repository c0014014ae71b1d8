// Package api is the connector's HTTP side. It turns WeChat's and C4C's requests into signals for workflows, and
// answers only once Temporal, or the spool on its own disk, has them. It never calls C4C, and calls WeChat only for
// the H5 page (package web).
//
// The public handler (NewPublic) receives the webhooks. The internal one (NewInternal) serves health, metrics and the
// codec. Server binds both to their addresses and stops them in order.
package api

import (
	"errors"
	"log/slog"
	"time"

	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/metric/noop"
	"go.opentelemetry.io/otel/trace"
	nooptrace "go.opentelemetry.io/otel/trace/noop"

	"github.com/wechat-c4c/wechat-c4c/api/handover"
	"github.com/wechat-c4c/wechat-c4c/api/spool"
	"github.com/wechat-c4c/wechat-c4c/api/web"
	"github.com/wechat-c4c/wechat-c4c/catalogue"
	"github.com/wechat-c4c/wechat-c4c/wechat"
	"github.com/wechat-c4c/wechat-c4c/wording"
)

// Options configure the public handler. Account, FollowerKeySecret, WeChat, C4C and Temporal are required.
type Options struct {
	Account           string             // short name of the Official Account
	FollowerKeySecret []byte             // key of the hash that replaces a follower's openid in ids
	Language          catalogue.Language // of the welcome and of the lines that describe messages other than texts
	OperatorLanguage  wording.Language   // of texts for operators in Temporal UI; empty: English
	Texts             *catalogue.Texts   // the account's texts; nil: the catalogue's
	AutoReplies       AutoReplies        // which texts answer a push at once
	WeChat            *wechat.Codec      // verifies, decrypts and answers WeChat's pushes
	C4C               Credentials        // the credentials that C4C must present
	Temporal          handover.Temporal
	Spool             *spool.Spool       // keeps what Temporal does not accept at once; nil: such requests get 503
	Proxies           Proxies            // whose X-Forwarded-For is trusted
	Limits            Limits             // of strangers and floods
	Callbacks         *CallbackAddresses // the addresses that WeChat pushes from; nil: any
	// Web is the H5 page; nil: none. Account, Language, Backend, Logger and Now are filled in. WebTemporal is the
	// client that it queries.
	Web         *web.Options
	WebTemporal web.Temporal
	DomainFiles []DomainFile     // by which WeChat verifies that the page's host is the account's
	Logger      *slog.Logger     // nil: none
	Meter       metric.Meter     // nil: none
	Tracer      trace.Tracer     // nil: none
	Now         func() time.Time // nil: time.Now
}

// handlers are the public routes.
type handlers struct {
	Options
	metrics  *instruments
	guard    *guard
	handover *handover.Handover
	site     *web.Site // nil: no page

	plain plainPushes

	autoReplier *autoReplier
}

// newHandlers checks the options and fills in their defaults.
func newHandlers(o Options) (*handlers, error) {
	if o.Account == "" || len(o.FollowerKeySecret) == 0 || o.WeChat == nil || o.Temporal == nil {
		return nil, errors.New("api: account, follower key secret, WeChat codec and Temporal client are required")
	}
	if err := o.C4C.check(); err != nil {
		return nil, err
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Meter == nil {
		o.Meter = noop.NewMeterProvider().Meter("")
	}
	if o.Tracer == nil {
		o.Tracer = nooptrace.NewTracerProvider().Tracer("")
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Texts == nil {
		o.Texts = catalogue.Standard(o.Language)
	}
	metrics, err := newInstruments(o.Meter)
	if err != nil {
		return nil, err
	}
	h := &handlers{Options: o, metrics: metrics, guard: newGuard(o.Limits, o.Now), autoReplier: newAutoReplier(o),
		handover: newHandover(o)}
	if o.Web != nil {
		if h.site, err = h.newSite(); err != nil {
			return nil, err
		}
	}
	return h, nil
}
