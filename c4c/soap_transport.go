package c4c

import (
	"bytes"
	"context"
	"embed"
	"errors"
	"io"
	"net/http"
	"net/url"
	"sync"

	"github.com/tiaguinho/gosoap"
)

//go:embed c4c.wsdl
var wsdlFS embed.FS

const (
	wsdlAddress = "embed:///c4c.wsdl"
	soapPath    = "sap/bc/srt/scs/sap"
)

// soapOperation is an operation of c4c.wsdl and its service. Service names are cut after 30 characters.
type soapOperation struct{ name, service string }

var (
	maintainProfile  = soapOperation{"MaintainProfile", "managesocialmediauserprofilein"}
	findProfile      = soapOperation{"FindProfile", "requestforsocialmediauserprofi"}
	maintainActivity = soapOperation{"MaintainActivity", "managesocialmediaactivityin"}
	findActivity     = soapOperation{"FindActivity", "querysocialmediaactivityin"}
)

// soapClient calls C4C's SOAP services through gosoap.
//
// gosoap cannot use C4C's own WSDLs, and the element it writes is not the one that C4C requires. So it gets a WSDL of
// our own, and its HTTP client gets a transport that sends our own body, with the caller's context, to the tenant.
type soapClient struct {
	http  *transport
	base  *url.URL
	pairs sync.Pool
}

// soapPair is a gosoap client and its exchange; only one goroutine uses it at a time.
type soapPair struct {
	client   *gosoap.Client
	exchange *soapExchange
}

func newSOAP(t *transport, base *url.URL) *soapClient {
	wsdl := &http.Transport{}
	wsdl.RegisterProtocol("embed", http.NewFileTransportFS(wsdlFS))
	s := &soapClient{http: t, base: base}
	s.pairs.New = func() any {
		exchange := &soapExchange{http: t, wsdl: wsdl}
		client, err := gosoap.SoapClient(wsdlAddress, &http.Client{Transport: exchange})
		if err != nil {
			return err
		}
		return &soapPair{client: client, exchange: exchange}
	}
	return s
}

// call sends body, a struct whose XMLName is the message, and returns the answer if it contains neither a fault nor a
// log with errors.
func (s *soapClient) call(ctx context.Context, op string, operation soapOperation, body any) (soapAnswer, error) {
	envelope, err := marshalEnvelope(body)
	if err != nil {
		return soapAnswer{}, &TransportError{Op: op, Unsent: true, Err: err}
	}
	res, err := s.exchange(ctx, op, operation, envelope)
	if err != nil {
		return soapAnswer{}, err
	}
	var answer soapAnswer
	if err := res.Unmarshal(&answer); err != nil {
		return soapAnswer{}, unreadable(op)
	}
	return answer, answer.Log.err(op, s.http)
}

func (s *soapClient) exchange(ctx context.Context, op string, operation soapOperation, body []byte) (*gosoap.Response,
	error) {
	pair, ok := s.pairs.Get().(*soapPair)
	if !ok {
		return nil, &TransportError{Op: op, Unsent: true, Err: errors.New("no soap client")}
	}
	x := pair.exchange
	*x = soapExchange{http: x.http, wsdl: x.wsdl, ctx: ctx, op: op, address: s.address(operation), body: body}
	res, err := pair.client.Call(operation.name, gosoap.ArrayParams{})
	posted, failure := x.posted, x.err
	if !posted {
		// A gosoap client that failed to read its WSDL will always fail, so it is not put back.
		return nil, &TransportError{Op: op, Unsent: true, Err: errors.New("embedded wsdl cannot be used")}
	}
	*x = soapExchange{http: x.http, wsdl: x.wsdl}
	s.pairs.Put(pair)
	if failure != nil {
		return nil, failure
	}
	if err != nil {
		return nil, unreadable(op)
	}
	return res, nil
}

func (s *soapClient) address(operation soapOperation) string {
	u := s.base.JoinPath(soapPath, operation.service)
	u.RawQuery = url.Values{"sap-vhost": {s.base.Hostname()}}.Encode()
	return u.String()
}

func unreadable(op string) error {
	return &TransportError{Op: op, Status: http.StatusOK, Err: errUnreadable}
}

// soapExchange is the transport of a gosoap client. It keeps a call's typed error, which is more informative than
// gosoap's.
type soapExchange struct {
	http *transport
	wsdl http.RoundTripper

	ctx     context.Context
	op      string
	address string
	body    []byte
	posted  bool
	err     error
}

// RoundTrip sends the current call's body instead of gosoap's.
func (x *soapExchange) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Method != http.MethodPost {
		return x.wsdl.RoundTrip(req)
	}
	x.posted = true
	if req.Body != nil {
		_ = req.Body.Close()
	}
	own, err := http.NewRequestWithContext(x.ctx, http.MethodPost, x.address, bytes.NewReader(x.body))
	if err != nil {
		x.err = &TransportError{Op: x.op, Unsent: true, Err: errors.New("address cannot be used")}
		return nil, x.err
	}
	own.Header = req.Header.Clone()
	r, err := x.http.call(ask{op: x.op, req: own, want: wantEnvelope})
	if x.err = err; err != nil {
		return nil, err
	}
	return &http.Response{
		Status: http.StatusText(r.status), StatusCode: r.status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: r.header, Body: io.NopCloser(bytes.NewReader(r.body)), ContentLength: int64(len(r.body)), Request: req,
	}, nil
}
