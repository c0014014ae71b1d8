// Package wechat is a client for a WeChat Official Account (公众号) and the codec of its webhook.
//
// # Webhook
//
// A [Codec] verifies, decrypts and parses what WeChat pushes to the callback URL, and builds the passive reply:
//
//	codec, err := wechat.NewCodec(wechat.CodecOptions{
//		AppID: "wx…", Token: "…", EncodingAESKey: "…", Mode: wechat.ModeSecure,
//	})
//	msg, err := codec.Open(r.URL.Query(), body)
//	switch m := msg.(type) {
//	case *wechat.TextMessage: // m.Content
//	case *wechat.SubscribeEvent: // m.Scene
//	}
//
// All three modes of the console (plain, compatible, secure) and both data formats (XML, JSON) are understood.
// Unknown message types, events and fields never fail: they stay readable in [Header.Raw].
//
// # Client
//
// A [Client] calls the account's API. It never sleeps and never loops. It repeats a call only once, and only if its
// access token was refused (40001, 40014, 42001), with another token from its [TokenSource].
//
// # Errors
//
// A failure that WeChat reports is an [*Error] and is matched by code:
//
//	if errors.Is(err, wechat.ErrWindowClosed) { … }
//
// A call that fails in transit is a [*TransportError]. It belongs to exactly one of two classes: [ErrNotSent] (nothing
// was processed, a repeat is safe) or [ErrOutcomeUnknown] (the request may have been processed; the API has no
// idempotency keys, so a repeat may double it). A call whose access token could not be fetched matches both ErrNotSent
// and the reason, for example ErrIPNotAllowed. No error contains a token, a secret, an OAuth code or an openid.
//
// Vendor documentation: https://developers.weixin.qq.com/doc/offiaccount/Getting_Started/Overview.html
package wechat
