package web

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"fmt"
	"math/big"
	"time"
)

// certificateLife is longer than any process runs.
const certificateLife = 10 * 365 * 24 * time.Hour

// TLS makes the certificate with which this process receives files. Each process makes its own, without an authority:
// the request that a worker gets, encrypted and through Temporal, contains the certificate to expect.
func (r *Relay) TLS() (*tls.Config, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("web: key of the relay: %w", err)
	}
	now := time.Now()
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: now.Add(-time.Hour),
		NotAfter: now.Add(certificateLife)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, fmt.Errorf("web: certificate of the relay: %w", err)
	}
	sum := sha256.Sum256(der)
	r.mu.Lock()
	r.pin = hex.EncodeToString(sum[:])
	r.mu.Unlock()
	return &tls.Config{
		MinVersion: tls.VersionTLS13, Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}},
	}, nil
}

// pinned is the certificate that workers must see; empty: not one of ours. The caller holds the lock.
func (r *Relay) pinned() string {
	if !r.own {
		return ""
	}
	return r.pin
}
