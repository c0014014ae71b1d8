// Package window keeps the ledger of WeChat's reply window: how many customer-service messages an account may still
// send to a follower, and until when. WeChat's published numbers are defined here and nowhere else.
//
// Source: https://developers.weixin.qq.com/doc/service/guide/product/message/Service_Center_messages.html
package window
