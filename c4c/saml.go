package c4c

import (
	"crypto"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	"github.com/beevik/etree"
	"github.com/google/uuid"
	dsig "github.com/russellhaering/goxmldsig"
)

const (
	samlNamespace = "urn:oasis:names:tc:SAML:2.0:assertion"
	samlTime      = "2006-01-02T15:04:05Z"
	// An assertion is valid from a while before it is made, because clocks differ, until long after it has been used.
	samlBefore = 5 * time.Minute
	samlAfter  = 10 * time.Minute
)

// assertion states, signed, that the bearer acts for the user. It is encoded in URL-safe base64.
//
// Source: RFC 7522; https://github.com/SAP-archive/C4CODATAAPIDEVGUIDE, saml_bearer_assertion.xml.
func (o *oauthTokens) assertion(now time.Time) (string, error) {
	pair, err := o.client.KeyPair()
	if err != nil {
		return "", fmt.Errorf("key of the assertion: %w", err)
	}
	signer, ok := pair.PrivateKey.(crypto.Signer)
	if !ok {
		return "", errors.New("key of the assertion cannot sign")
	}
	signing, err := dsig.NewSigningContext(signer, pair.Certificate)
	if err != nil {
		return "", fmt.Errorf("key of the assertion: %w", err)
	}
	signing.Canonicalizer = dsig.MakeC14N10ExclusiveCanonicalizerWithPrefixList("")
	if err := signing.SetSignatureMethod(dsig.RSASHA256SignatureMethod); err != nil {
		return "", fmt.Errorf("key of the assertion: %w", err)
	}
	unsigned := o.statement(now.UTC())
	signature, err := signing.ConstructSignature(unsigned, true)
	if err != nil {
		return "", fmt.Errorf("sign the assertion: %w", err)
	}
	unsigned.InsertChildAt(1, signature) // the schema requires it after the issuer
	document := etree.NewDocumentWithRoot(unsigned)
	document.WriteSettings.CanonicalEndTags = true
	document.WriteSettings.CanonicalText = true
	document.WriteSettings.CanonicalAttrVal = true
	written, err := document.WriteToBytes()
	if err != nil {
		return "", fmt.Errorf("write the assertion: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(written), nil
}

// statement is the assertion without its signature.
func (o *oauthTokens) statement(now time.Time) *etree.Element {
	ends := now.Add(samlAfter).Format(samlTime)
	root := etree.NewElement("saml2:Assertion")
	root.CreateAttr("xmlns:saml2", samlNamespace)
	root.CreateAttr("ID", "_"+uuid.NewString())
	root.CreateAttr("IssueInstant", now.Format(samlTime))
	root.CreateAttr("Version", "2.0")
	root.CreateElement("saml2:Issuer").SetText(o.client.Issuer)

	subject := root.CreateElement("saml2:Subject")
	name := subject.CreateElement("saml2:NameID")
	name.CreateAttr("Format", "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified")
	name.SetText(o.client.User)
	confirmation := subject.CreateElement("saml2:SubjectConfirmation")
	confirmation.CreateAttr("Method", "urn:oasis:names:tc:SAML:2.0:cm:bearer")
	bearer := confirmation.CreateElement("saml2:SubjectConfirmationData")
	bearer.CreateAttr("NotOnOrAfter", ends)
	bearer.CreateAttr("Recipient", o.address)

	conditions := root.CreateElement("saml2:Conditions")
	conditions.CreateAttr("NotBefore", now.Add(-samlBefore).Format(samlTime))
	conditions.CreateAttr("NotOnOrAfter", ends)
	conditions.CreateElement("saml2:AudienceRestriction").CreateElement("saml2:Audience").SetText(o.host)

	authentication := root.CreateElement("saml2:AuthnStatement")
	authentication.CreateAttr("AuthnInstant", now.Format(samlTime))
	authentication.CreateElement("saml2:AuthnContext").CreateElement("saml2:AuthnContextClassRef").SetText("urn:none")

	attribute := root.CreateElement("saml2:AttributeStatement").CreateElement("saml2:Attribute")
	attribute.CreateAttr("Name", "client_id")
	attribute.CreateElement("saml2:AttributeValue").SetText(o.client.ClientID)
	return root
}
