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

// certificateLife is longer than any process lives.
const certificateLife = 10 * 365 * 24 * time.Hour

// TLS makes the certificate with which this process takes files. It is made anew by each process and vouched for by
// nobody: the order that a worker gets, by way of Temporal and encrypted, says which one it has to meet.
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

// pinned is what a worker has to meet; empty: no certificate of ours. It is called with the lock held.
func (r *Relay) pinned() string {
	if !r.own {
		return ""
	}
	return r.pin
}
