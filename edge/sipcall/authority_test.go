package sipcall_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"testing"
	"time"
)

// authority signs the certificates of trunks.
type authority struct {
	t    *testing.T
	key  *ecdsa.PrivateKey
	cert *x509.Certificate
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{t: t, key: newKey(t)}
	a.cert = &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Test authority"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageCertSign,
	}
	var err error
	if a.cert, err = x509.ParseCertificate(a.sign(a.cert, &a.key.PublicKey)); err != nil {
		t.Fatal(err)
	}
	return a
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func (a *authority) sign(template *x509.Certificate, key *ecdsa.PublicKey) []byte {
	a.t.Helper()
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, key, a.key)
	if err != nil {
		a.t.Fatal(err)
	}
	return der
}

// issue makes a certificate for an address or a host, which lives so long from now.
func (a *authority) issue(name string, life time.Duration) tls.Certificate {
	a.t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(life),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	if address := net.ParseIP(name); address != nil {
		template.IPAddresses = []net.IP{address}
	} else {
		template.DNSNames = []string{name}
	}
	key := newKey(a.t)
	return tls.Certificate{Certificate: [][]byte{a.sign(template, &key.PublicKey)}, PrivateKey: key}
}

// text is the authority's certificate as a trunk's words have it.
func (a *authority) text() string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.cert.Raw}))
}

// terminate takes TLS at an address of its own and hands what is in it on to another one, as a border controller's front does. It returns
// where, and closes with the test.
func terminate(t *testing.T, address string, config *tls.Config, onTo string) string {
	t.Helper()
	l, err := tls.Listen("tcp", address, config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go passOn(conn, onTo)
		}
	}()
	return l.Addr().String()
}

func passOn(conn net.Conn, to string) {
	if conn.(*tls.Conn).Handshake() != nil {
		_ = conn.Close()
		return
	}
	passPlain(conn, to)
}

// passPlain hands on what comes over a connection, and back.
func passPlain(conn net.Conn, to string) {
	defer func() { _ = conn.Close() }()
	on, err := net.Dial("tcp", to)
	if err != nil {
		return
	}
	go func() {
		_, _ = io.Copy(on, conn)
		_ = on.Close()
	}()
	_, _ = io.Copy(conn, on)
}
