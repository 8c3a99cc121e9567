package app

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"time"

	"mayday/center/trunk"
	"mayday/config"
)

// soon is how long before its end a certificate is worth a word.
const soon = 30 * 24 * time.Hour

// Certificates is what is found wrong with certificates.
type Certificates struct {
	Mistakes []string // they cannot be used
	Warnings []string // they can, though not for long, or not yet

	now time.Time
}

// CertificatesIn says what is wrong with the certificate files of the settings: with a mistake among them the node does not start.
func CertificatesIn(s config.Settings, now time.Time) Certificates {
	c := Certificates{now: now}
	c.files("sip", s.SIP.Certificate, s.SIP.Key)
	c.files("http", s.HTTP.Certificate, s.HTTP.Key)
	return c
}

// CertificatesOf says what is wrong with the certificates of trunks: what is a mistake is left out when a trunk is connected to.
func CertificatesOf(trunks []trunk.Trunk, now time.Time) Certificates {
	c := Certificates{now: now}
	for i, t := range trunks {
		at := fmt.Sprintf("trunks[%d].tls", i)
		if t.TLS.Authority != "" {
			c.texts(at+".authority", t.TLS.Authority)
		}
		switch {
		case t.TLS.Certificate == "":
		case t.TLS.Key == "": // a file that was exported without secrets: the node keeps the key that it has
			c.texts(at+".certificate", t.TLS.Certificate)
		default:
			c.pair(at, []byte(t.TLS.Certificate), []byte(t.TLS.Key))
		}
	}
	return c
}

func (c *Certificates) mistake(at string, err error) {
	if err != nil {
		c.Mistakes = append(c.Mistakes, fmt.Sprintf("%s: %v", at, err))
	}
}

func (c *Certificates) files(at, certificate, key string) {
	if certificate == "" || key == "" {
		return
	}
	shown, fault := os.ReadFile(certificate)
	c.mistake(at+".certificate", fault)
	secret, keyFault := os.ReadFile(key)
	c.mistake(at+".key", keyFault)
	if fault == nil && keyFault == nil {
		c.pair(at, shown, secret)
	}
}

// pair looks at a certificate with its key.
func (c *Certificates) pair(at string, certificate, key []byte) {
	both, err := tls.X509KeyPair(certificate, key)
	if err != nil {
		c.mistake(at, fmt.Errorf("certificate and key are not usable together: %w", err))
		return
	}
	c.dates(at+".certificate", both.Leaf)
}

// texts looks at certificates without a key.
func (c *Certificates) texts(at, text string) {
	all, err := certificatesIn(text)
	c.mistake(at, err)
	for _, one := range all {
		c.dates(at, one)
	}
}

func (c *Certificates) dates(at string, one *x509.Certificate) {
	day := func(t time.Time) string { return t.UTC().Format(time.DateOnly) }
	switch {
	case c.now.After(one.NotAfter):
		c.Warnings = append(c.Warnings, fmt.Sprintf("%s: has expired on %s", at, day(one.NotAfter)))
	case c.now.Before(one.NotBefore):
		c.Warnings = append(c.Warnings, fmt.Sprintf("%s: is not valid before %s", at, day(one.NotBefore)))
	case c.now.Add(soon).After(one.NotAfter):
		c.Warnings = append(c.Warnings, fmt.Sprintf("%s: expires on %s", at, day(one.NotAfter)))
	}
}

// certificatesIn reads PEM text. The error does not repeat it.
func certificatesIn(text string) (all []*x509.Certificate, fault error) {
	for block, rest := pem.Decode([]byte(text)); block != nil; block, rest = pem.Decode(rest) {
		if block.Type != "CERTIFICATE" {
			continue
		}
		one, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return all, fmt.Errorf("certificate %d is not readable: %w", len(all)+1, err)
		}
		all = append(all, one)
	}
	if len(all) == 0 {
		return nil, errors.New("holds no certificate that is readable: it may have been cut short or indented otherwise")
	}
	return all, nil
}
