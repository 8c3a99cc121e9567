package silence_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"syscall"
	"testing"

	"mayday/silence"
)

// TestReasonSaysWhatAnOperatorCanCure: in words of its own, however deep the error lies.
func TestReasonSaysWhatAnOperatorCanCure(t *testing.T) {
	for want, err := range map[string]error{
		"its certificate has expired, or is not valid yet":          x509.CertificateInvalidError{Reason: x509.Expired},
		"its certificate is for another name":                       x509.HostnameError{Certificate: &x509.Certificate{}, Host: "secret.example"},
		"its certificate is of an authority that is not known here": &tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}},
		"it does not speak TLS":                                     tls.RecordHeaderError{Msg: "first record does not look like a TLS handshake"},
		"its name is not found":                                     &net.OpError{Op: "dial", Err: &net.DNSError{Name: "secret.example", Err: "no such host"}},
		"it refuses connections":                                    &net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)},
		"no answer in time":                                         context.DeadlineExceeded,
		"":                                                          errors.New("10.0.0.1 said something"),
	} {
		if got := silence.Reason(fmt.Errorf("ask secret.example: %w", err)); got != want {
			t.Errorf("%v: %q, want %q", err, got, want)
		}
	}
}
