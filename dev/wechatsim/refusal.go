package wechatsim

import (
	"fmt"
	"strconv"
)

// refusal is an answer with an errcode, by which WeChat refuses a call.
type refusal struct {
	code    int
	message string
}

// Error names the code: "errcode 45015".
func (e *refusal) Error() string { return "errcode " + strconv.Itoa(e.code) }

// refuse makes the answer for code with WeChat's wording; an optional detail follows it, as when 47003 names the field.
func refuse(code int, detail ...string) *refusal {
	message, known := errmsgs[code]
	if !known {
		message = "error " + strconv.Itoa(code)
	}
	for _, d := range detail {
		message += " " + d
	}
	return &refusal{code: code, message: message}
}

// refuseIP is 40164 with the address that the operator has to put on the list.
func refuseIP(ip string) *refusal {
	return &refusal{code: 40164, message: fmt.Sprintf("invalid ip %s ipv6 ::ffff:%s, not in whitelist", ip, ip)}
}

// errmsgs is the wording of the errcodes that the simulator returns itself or for a fault rule.
// https://developers.weixin.qq.com/doc/service/guide/dev/errcode.html
var errmsgs = map[int]string{
	-1:    "system error",
	40001: "invalid credential, access_token is invalid or not latest, could get access_token by getStableAccessToken, more details at https://mmbizurl.cn/s/JtxxFh33r",
	40002: "invalid grant_type", 40003: "invalid openid", 40004: "invalid media type",
	40005: "invalid file type", 40006: "invalid meida size", 40007: "invalid media_id",
	40008: "invalid message type", 40009: "invalid image size", 40010: "invalid voice size",
	40011: "invalid video size", 40012: "invalid thumb size", 40013: "invalid appid",
	40014: "invalid access_token", 40016: "invalid button size", 40017: "invalid button type",
	40018: "invalid button name size", 40019: "invalid button key size", 40020: "invalid button url size",
	40022: "invalid sub button level", 40023: "invalid sub button size", 40024: "invalid sub button type",
	40025: "invalid sub button name size", 40026: "invalid sub button key size", 40027: "invalid sub button url size",
	40029: "invalid code", 40030: "invalid refresh_token", 40031: "invalid openid list",
	40032: "invalid openid list size",
	40033: "invalid charset. please check your request, if include \\uxxxx will create fail!",
	40035: "invalid parameter", 40037: "invalid template_id", 40054: "invalid sub button url domain",
	40055: "invalid button url domain", 40066: "invalid url", 40097: "invalid args",
	40113: "unsupported file type", 40125: "invalid appsecret", 40137: "invalid image format",
	40163: "code been used", 40202: "invalid check action", 40203: "invalid check operator",
	40243: "appsecret is frozen", 41001: "access_token missing", 41002: "appid missing",
	41004: "appsecret missing", 41005: "media data missing", 41006: "media_id missing",
	41008: "missing code", 41009: "missing openid", 41030: "invalid page",
	42001: "access_token expired", 42002: "refresh_token expired", 42003: "code expired",
	42007: "refresh_token revoked", 43001: "require GET method", 43002: "require POST method",
	43004: "require subscribe", 43019: "require remove blacklist", 43101: "user refuse to accept the msg",
	44001: "empty media data", 44002: "empty post data", 44003: "empty news data", 44004: "empty content",
	45001: "media size out of limit", 45002: "content size out of limit", 45003: "title size out of limit",
	45004: "description size out of limit", 45005: "url size out of limit", 45007: "playtime out of limit",
	45008: "article size out of limit", 45009: "reach max api daily quota limit", 45010: "create menu limit",
	45011: "api minute-quota reach limit must slower retry next minute",
	45015: "response out of time limit or subscription is canceled",
	45047: "out of response count limit", 45056: "too many tag now", 45058: "can't modify sys tag",
	45059: "has tagged too many tags", 45066: "clientmsgid retry too fast", 45067: "clientmsgid size out of limit",
	45072: "invalid command", 45080: "not able to type", 45081: "already typing", 45157: "invalid tag name",
	45158: "tag name too long", 45159: "invalid tag id", 46001: "media data no exist", 46003: "menu no exist",
	46004: "user no exist", 47001: "data format error", 47003: "argument invalid!",
	48001: "api unauthorized", 48002: "user block receive message", 48004: "api forbidden for irregularities",
	48006: "forbid to clear quota because of reaching the limit", 48008: "no permission for this msgtype",
	49003: "not match openid with appid", 50001: "user unauthorized", 50002: "user limited",
	50005: "user is not following", 61004: "access clientip is not registered", 61007: "api is unauthorized to component",
	61450: "system error", 61452: "invalid kf_account", 65301: "this menuid is not exist",
	65303: "there is no selfmenu, please create selfmenu first", 65304: "match rule empty",
	65320: "match rule is not supported any more", 65400: "please enable new kf function",
	76021: "cgi_path not found", 87014: "risky content", 89503: "need admin confirm",
	89506: "admin refused the ip, retry after 24 hours",
	89507: "admin refused the ip, retry after 1 hour",
}
