package api_test

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// TestPushInAnotherCharset: declared charsets are decoded. Undeclared ones are refused, because C4C still has the
// complete text.
func TestPushInAnotherCharset(t *testing.T) {
	t.Parallel()
	const utf8Text, gbkText = "您好", "\xc4\xfa\xba\xc3"
	object := func(text string) string {
		return `{"original_id":"","sma_id":"59161","service_req_no":"8000012","private_ind":"FALSE","text":"` + text + `"}`
	}
	form := func(text string) string { return "content=" + url.QueryEscape(object(text)) }
	for _, tt := range []struct {
		name, contentType, body string
		status                  int
	}{
		{"utf-8", "application/x-www-form-urlencoded", form(utf8Text), http.StatusOK},
		{"utf-8 labelled as gbk", "application/x-www-form-urlencoded; charset=GBK", form(utf8Text), http.StatusOK},
		{"gbk in a form", "application/x-www-form-urlencoded; charset=GBK", form(gbkText), http.StatusOK},
		{"gbk as json", "application/json; charset=gb2312", object(gbkText), http.StatusOK},
		{"gbk without a label", "application/x-www-form-urlencoded", form(gbkText), http.StatusBadRequest},
		{"gbk labelled as utf-8", "application/json; charset=utf-8", object(gbkText), http.StatusBadRequest},
		{"gbk with an unknown label", "application/json; charset=x-none", object(gbkText), http.StatusBadRequest},
		{"broken gbk", "application/json; charset=GBK", object("\xff\xff"), http.StatusBadRequest},
		{"broken label", ";;", object(gbkText), http.StatusBadRequest},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := setup(t)
			req := f.c4cRequest(t, "")
			setBody(req, tt.body)
			req.Header.Set("Content-Type", tt.contentType)
			res, _ := f.do(t, req)
			require.Equal(t, tt.status, res.StatusCode)
			if tt.status != http.StatusOK {
				require.Empty(t, f.temporal.starts)
				return
			}
			require.Len(t, f.temporal.starts, 1)
			require.Equal(t, utf8Text, f.temporal.starts[0].args[0].(workflows.RouteReplyInput).Reply.Text)
		})
	}
}

func TestEventInAnotherCharset(t *testing.T) {
	t.Parallel()
	f := setup(t)
	req := f.c4cRequest(t, "")
	req.URL.Path = "/c4c/events"
	setBody(req,
		"{\"businessObject\":\"SERVICE_REQUEST\",\"businessObjectId\":\"00163E0A00011EE98000000000000002\",\"event\":\"\xc4\xfa\"}")
	res, _ := f.do(t, req)
	require.Equal(t, http.StatusBadRequest, res.StatusCode)
}
