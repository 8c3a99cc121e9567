package psap_test

import (
	"crypto/tls"
	"crypto/x509"
	"net/netip"
	"testing"
	"time"

	"mayday/psap"
	"mayday/sip"
)

// TestServiceTakesCallsOverTLS: with a certificate that it has made itself, which the caller is given beforehand.
func TestServiceTakesCallsOverTLS(t *testing.T) {
	certificate, text, err := psap.SelfSigned(netip.MustParseAddr("127.0.0.1"), time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	service, err := psap.New(psap.Config{SIP: []string{"tls://127.0.0.1:0"}, TLS: &tls.Config{Certificates: []tls.Certificate{certificate}}})
	if err != nil {
		t.Fatal(err)
	}
	if err := service.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = service.Stop() })
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM([]byte(text)) {
		t.Fatal("the certificate that is to be believed: no PEM")
	}
	caller := sip.New(sip.Config{}, nil)
	t.Cleanup(func() { _ = caller.Close() })
	call, err := caller.Invite(sip.Invite{
		Peer: "sip:" + service.SIP()[0].String() + ";transport=tls", TLS: &tls.Config{RootCAs: roots}, RequestURI: "sip:911@127.0.0.1",
		From: sip.Address{URI: "sip:+12175550101@127.0.0.1"}, To: sip.Address{URI: "sip:911@127.0.0.1"}, ContentType: "application/sdp",
		Body: []byte("v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n"),
	})
	if err != nil {
		t.Fatal(err)
	}
	for e := range call.Events() {
		if _, is := e.(sip.Answered); is {
			call.End("")
		}
		if failed, is := e.(sip.Failed); is {
			t.Fatalf("call over TLS: %+v", failed)
		}
	}
}

func TestServiceWithoutACertificateDoesNotListenOverTLS(t *testing.T) {
	if _, err := psap.New(psap.Config{SIP: []string{"tls://127.0.0.1:0"}}); err == nil {
		t.Error("no certificate: the service is made all the same")
	}
}
