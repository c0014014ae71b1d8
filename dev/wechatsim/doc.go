// Package wechatsim is a strict, stateful simulator of a WeChat Official Account
// (公众号) for development and tests.
//
// It plays three parts at once, all behind one http.Handler:
//
//   - api.weixin.qq.com, open.weixin.qq.com and mp.weixin.qq.com: the server APIs,
//     the OAuth page and the QR image, under their real paths;
//   - the platform that pushes followers' messages and events to the callback URL,
//     signed and encrypted as configured, with WeChat's five seconds and its
//     three retries, and that checks the passive reply it gets back;
//   - the phone of a follower, a page at "/".
//
// Everything under "/_sim/" drives the simulator itself and does not exist at
// WeChat. The package has its own cryptography and its own types on purpose: it
// imports nothing of the product, so that an error in one cannot hide the same
// error in the other. README.md lists the control endpoints and what is not
// simulated.
//
// The behaviour follows the pages under
// https://developers.weixin.qq.com/doc/service/ and
// https://developers.weixin.qq.com/doc/subscription/.
package wechatsim
