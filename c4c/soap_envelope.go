package c4c

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"golang.org/x/net/html/charset"
)

// globalNS is the namespace of the message elements. Their content has no namespace.
const globalNS = "http://sap.com/xi/SAPGlobal20/Global"

const (
	envelopeStart = xml.Header +
		`<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Header/><soapenv:Body>`
	envelopeEnd = `</soapenv:Body></soapenv:Envelope>`
)

// Action codes. Without one C4C assumes 04, which creates a second object if a call without a UUID is repeated.
const (
	actionCreate = "01"
	actionSave   = "04"
)

// messageHeader is the BusinessDocumentBasicMessageHeader. For a limited time, the same UUID means the same call.
type messageHeader struct {
	UUID string `xml:"UUID"`
}

// selection is a range of one value. The value's element is named after the selection.
type selection struct {
	Inclusion string `xml:"InclusionExclusionCode"`
	Boundary  string `xml:"IntervalBoundaryTypeCode"`
	Lower     lowerBoundary
}

type lowerBoundary struct {
	XMLName xml.Name
	Value   string `xml:",chardata"`
}

// equals selects what equals value; name is the selection's name without "SelectionBy".
func equals(name, value string) *selection {
	return &selection{
		Inclusion: "I", Boundary: "1",
		Lower: lowerBoundary{XMLName: xml.Name{Local: "LowerBoundary" + name}, Value: value},
	}
}

func header(op string, requestID uuid.UUID) (messageHeader, error) {
	if requestID == uuid.Nil {
		return messageHeader{}, &ArgumentError{Op: op, Field: "requestID", Reason: "is the nil UUID"}
	}
	return messageHeader{UUID: requestID.String()}, nil
}

func marshalEnvelope(body any) ([]byte, error) {
	inner, err := xml.Marshal(body)
	if err != nil {
		return nil, errors.New("request cannot be written as xml")
	}
	return bytes.Join([][]byte{[]byte(envelopeStart), inner, []byte(envelopeEnd)}, nil), nil
}

// soapAnswer is the answer of the four services. The roots of two answers are undocumented, so elements are found by
// their local names, at any depth.
type soapAnswer struct {
	Profiles   []soapProfile
	Activities []soapActivity
	Log        soapLog
	Hits       string
}

// UnmarshalXML collects the known elements.
func (a *soapAnswer) UnmarshalXML(d *xml.Decoder, _ xml.StartElement) error {
	for depth := 1; depth > 0; {
		token, err := d.Token()
		if err != nil {
			return err
		}
		switch element := token.(type) {
		case xml.EndElement:
			depth--
		case xml.StartElement:
			known, err := a.take(d, element)
			if err != nil {
				return err
			}
			if !known {
				depth++
			}
		}
	}
	return nil
}

func (a *soapAnswer) take(d *xml.Decoder, element xml.StartElement) (bool, error) {
	switch element.Name.Local {
	case "SocialMediaUserProfile":
		a.Profiles = append(a.Profiles, soapProfile{})
		return true, d.DecodeElement(&a.Profiles[len(a.Profiles)-1], &element)
	case "SocialMediaActivity":
		a.Activities = append(a.Activities, soapActivity{})
		return true, d.DecodeElement(&a.Activities[len(a.Activities)-1], &element)
	case "Log":
		return true, d.DecodeElement(&a.Log, &element)
	case "ReturnedQueryHitsNumberValue":
		return true, d.DecodeElement(&a.Hits, &element)
	}
	return false, nil
}

// missing is the error for a search without a result. If the answer counts hits but contains no object, its form is
// unknown: treating that as "not found" would create a second object.
func (a *soapAnswer) missing(op string) error {
	if hits, err := strconv.Atoi(strings.TrimSpace(a.Hits)); err == nil && hits > 0 {
		return unreadable(op)
	}
	return notFound(op)
}

type soapLog struct {
	Maximum int `xml:"MaximumLogItemSeverityCode"`
	Items   []struct {
		TypeID   string `xml:"TypeID"`
		Severity string `xml:"SeverityCode"`
		Note     string `xml:"Note"`
	} `xml:"Item"`
}

// err is the BusinessError for a log with severity 3 or more.
func (l soapLog) err(op string, t *transport) error {
	worst := l.Maximum
	failure := &BusinessError{Op: op}
	for _, i := range l.Items {
		severity, _ := strconv.Atoi(strings.TrimSpace(i.Severity))
		worst = max(worst, severity)
		failure.Items = append(failure.Items, LogItem{TypeID: t.note(i.TypeID), Severity: severity, Note: t.note(i.Note)})
	}
	if worst < 3 {
		return nil
	}
	return failure
}

// soapFault is a fault of SOAP 1.1 or 1.2.
type soapFault struct {
	Code    string   `xml:"faultcode"`
	Text    string   `xml:"faultstring"`
	Value   string   `xml:"Code>Value"`
	Reasons []string `xml:"Reason>Text"`
}

// parseFault finds a fault in an envelope or in its body.
func parseFault(document []byte) (soapFault, bool) {
	d := xml.NewDecoder(bytes.NewReader(document))
	d.CharsetReader = charset.NewReaderLabel
	for elements := 0; elements < 8; {
		token, err := d.Token()
		if err != nil {
			return soapFault{}, false
		}
		start, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		elements++
		if start.Name.Local != "Fault" {
			continue
		}
		var f soapFault
		if err := d.DecodeElement(&f, &start); err != nil && !errors.Is(err, io.EOF) {
			return soapFault{}, false
		}
		return f, f.Code != "" || f.Text != "" || f.Value != "" || len(f.Reasons) > 0
	}
	return soapFault{}, false
}

var (
	transactionID  = regexp.MustCompile(`(?i)transaction id:?\s*([0-9A-Za-z]+)`)
	faultTimestamp = regexp.MustCompile(`(?i)utc timestamp:?\s*(\d{14})`)
)

func (t *transport) fault(op string, r reply, f soapFault) *Fault {
	code, text := f.Code, f.Text
	if code == "" {
		code = f.Value
	}
	if text == "" && len(f.Reasons) > 0 {
		text = f.Reasons[0]
	}
	e := &Fault{Op: op, Status: r.status, Code: t.note(code), Text: t.note(text), RetryAfter: r.retryAfter(time.Now())}
	if m := transactionID.FindStringSubmatch(text); m != nil {
		e.TransactionID = cut(m[1], 64)
	}
	if m := faultTimestamp.FindStringSubmatch(text); m != nil {
		e.At, _ = time.Parse("20060102150405", m[1])
	}
	return e
}
