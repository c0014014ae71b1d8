package c4csim

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

const (
	soapPath        = "/sap/bc/srt/scs/sap/"
	namespaceGlobal = "http://sap.com/xi/SAPGlobal20/Global"
	namespaceSOAP11 = "http://schemas.xmlsoap.org/soap/envelope/"
	namespaceSOAP12 = "http://www.w3.org/2003/05/soap-envelope"
)

// node is one XML element with resolved namespaces.
type node struct {
	space, name string
	attrs       []xml.Attr
	children    []*node
	text        string
}

func (n *node) child(name string) *node {
	for _, c := range n.children {
		if c.name == name {
			return c
		}
	}
	return nil
}

// value is the text of the element at the path, with xsd:token white space.
func (n *node) value(path ...string) string {
	for _, name := range path {
		if n = n.child(name); n == nil {
			return ""
		}
	}
	return strings.Join(strings.Fields(n.text), " ")
}

// verbatim is the text of a child as it was sent.
func (n *node) verbatim(path ...string) string {
	for _, name := range path {
		if n = n.child(name); n == nil {
			return ""
		}
	}
	return n.text
}

func (n *node) has(name string) bool { return n.child(name) != nil }

func (n *node) attr(name string) string {
	for _, a := range n.attrs {
		if a.Name.Local == name && a.Name.Space == "" {
			return a.Value
		}
	}
	return ""
}

// envelope is a parsed SOAP message; root is the only child of Body.
type envelope struct {
	soap12 bool
	root   *node
}

// parseEnvelope reads a SOAP 1.1 or 1.2 message. The envelope comes back even with an error, as far as it was
// understood.
func parseEnvelope(body []byte) (*envelope, error) {
	top, err := parseXML(body)
	if err != nil {
		return nil, err
	}
	e := &envelope{soap12: top.space == namespaceSOAP12}
	if top.name != "Envelope" || !e.soap12 && top.space != namespaceSOAP11 {
		return e, errors.New("no SOAP envelope")
	}
	children := top.children
	if len(children) == 2 && children[0].name == "Header" && children[0].space == top.space {
		children = children[1:]
	}
	if len(children) != 1 || children[0].name != "Body" || children[0].space != top.space {
		return e, errors.New("no SOAP body")
	}
	if len(children[0].children) != 1 {
		return e, fmt.Errorf("%d elements in the body", len(children[0].children))
	}
	e.root = children[0].children[0]
	return e, nil
}

// parseXML reads one XML document into a tree. Document type declarations are refused.
func parseXML(body []byte) (*node, error) {
	if !utf8.Valid(body) {
		return nil, errors.New("not UTF-8")
	}
	d := xml.NewDecoder(bytes.NewReader(body))
	var open []*node
	var top *node
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("not well-formed: %w", err)
		}
		switch t := token.(type) {
		case xml.StartElement:
			n := &node{space: t.Name.Space, name: t.Name.Local, attrs: plainAttrs(t.Attr)}
			if len(open) > 0 {
				parent := open[len(open)-1]
				parent.children = append(parent.children, n)
			} else if top != nil {
				return nil, errors.New("two root elements")
			} else {
				top = n
			}
			open = append(open, n)
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			if len(open) > 0 {
				open[len(open)-1].text += string(t)
			}
		case xml.Directive:
			return nil, errors.New("document type declaration")
		}
	}
	if top == nil {
		return nil, errors.New("no element")
	}
	return top, nil
}

// plainAttrs leaves out namespace declarations.
func plainAttrs(attrs []xml.Attr) []xml.Attr {
	var out []xml.Attr
	for _, a := range attrs {
		if a.Name.Space != "xmlns" && !(a.Name.Space == "" && a.Name.Local == "xmlns") {
			out = append(out, a)
		}
	}
	return out
}

// element writes one unqualified element with escaped text.
func element(name, text string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(text)) // a strings.Builder does not fail
	return "<" + name + ">" + b.String() + "</" + name + ">"
}

// optional is element, or nothing for an empty text.
func optional(name, text string) string {
	if text == "" {
		return ""
	}
	return element(name, text)
}
