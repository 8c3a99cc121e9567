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

// answeredWithin is how long a call may take that is answered and ended in a moment.
const answeredWithin = 20 * time.Second

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
	answered, limit := false, time.After(answeredWithin)
	for events := call.Events(); ; {
		select {
		case e, more := <-events:
			switch e := e.(type) {
			case sip.Answered:
				answered = true
				call.End("")
			case sip.Failed:
				t.Fatalf("call over TLS: %+v", e)
			case sip.Cancelled, sip.Confirmed, sip.Ended, sip.Provisional, sip.Reanswered, sip.Received, sip.Reinvited, sip.ReofferFailed:
			}
			if !more {
				if !answered {
					t.Error("call over TLS: it is over and was never answered")
				}
				return
			}
		case <-limit:
			t.Fatalf("call over TLS: answered is %v, and it is not over after %v", answered, answeredWithin)
		}
	}
}

func TestServiceWithoutACertificateDoesNotListenOverTLS(t *testing.T) {
	if _, err := psap.New(psap.Config{SIP: []string{"tls://127.0.0.1:0"}}); err == nil {
		t.Error("no certificate: the service is made all the same")
	}
}
