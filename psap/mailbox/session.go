package mailbox

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/subtle"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io"
	"math/big"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// session is one client's way through the protocol.
type session struct {
	mailbox    *Mailbox
	connection *smtp.Conn
	username   string // as whom the client signed in
	from       string
	to         []string
}

func (m *Mailbox) begin(connection *smtp.Conn) (smtp.Session, error) {
	return &session{mailbox: m, connection: connection}, nil
}

// Mail takes the sender.
func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	if s.mailbox.config.Username != "" && s.username == "" {
		return &smtp.SMTPError{Code: 530, EnhancedCode: smtp.EnhancedCode{5, 7, 0}, Message: "Sign in first"}
	}
	if err := s.mailbox.rejects(AtSender); err != nil {
		return err
	}
	if refused := s.mailbox.Behaviour().RefuseSender; refused != "" && strings.EqualFold(refused, from) {
		return answer(550)
	}
	s.from = from
	return nil
}

// Rcpt takes a recipient.
func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	if err := s.mailbox.rejects(AtRecipient); err != nil {
		return err
	}
	if refused := s.mailbox.Behaviour().RefuseRecipient; refused != "" && strings.EqualFold(refused, to) {
		return answer(550)
	}
	s.to = append(s.to, to)
	return nil
}

// Data takes the mail itself.
func (s *session) Data(body io.Reader) error {
	raw, err := io.ReadAll(body)
	if err != nil {
		return err
	}
	changed := s.mailbox.untilChanged()
	switch behaviour := s.mailbox.misbehaves(AtData); {
	case behaviour.Reject != 0:
		return answer(behaviour.Reject)
	case behaviour.HangAfterData:
		<-changed
		return answer(421)
	case behaviour.Reset:
		reset(s.connection.Conn())
		return answer(421)
	}
	_, encrypted := s.connection.TLSConnectionState()
	message := read(raw)
	message.ID, message.Received = rand.Text(), time.Now()
	message.From, message.To, message.TLS, message.Username = s.from, s.to, encrypted, s.username
	s.mailbox.keep(message)
	s.mailbox.log.Debug("mail taken", "recipients", len(s.to), "bytes", len(raw))
	return nil
}

// Reset begins anew.
func (s *session) Reset() { s.from, s.to = "", nil }

// Logout ends the session.
func (s *session) Logout() error { return nil }

// AuthMechanisms returns the ways to sign in.
func (s *session) AuthMechanisms() []string {
	if s.mailbox.config.Username == "" {
		return nil
	}
	return []string{sasl.Plain}
}

// Auth signs a client in (RFC 4616 §2).
func (s *session) Auth(mechanism string) (sasl.Server, error) {
	if mechanism != sasl.Plain {
		return nil, smtp.ErrAuthUnknownMechanism
	}
	return sasl.NewPlainServer(func(_, username, password string) error {
		config := s.mailbox.config
		if !same(username, config.Username) || !same(password, config.Password) {
			return smtp.ErrAuthFailed
		}
		s.username = username
		return nil
	}), nil
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// lines is the listener of a mailbox that knows its connections.
type lines struct {
	net.Listener
	mailbox *Mailbox
}

// Accept waits for the next client.
func (l lines) Accept() (net.Conn, error) {
	connection, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	accepted := &line{Conn: connection, mailbox: l.mailbox}
	l.mailbox.mu.Lock()
	defer l.mailbox.mu.Unlock()
	if l.mailbox.stopped {
		connection.Close()
	} else {
		l.mailbox.open[accepted] = true
	}
	return accepted, nil
}

// line is a connection whose first words may be late.
type line struct {
	net.Conn
	mailbox *Mailbox
	banner  sync.Once
}

// Close ends the connection.
func (l *line) Close() error {
	l.mailbox.mu.Lock()
	delete(l.mailbox.open, l)
	l.mailbox.mu.Unlock()
	return l.Conn.Close()
}

// Write writes; the banner goes out when it is time.
func (l *line) Write(words []byte) (int, error) {
	l.banner.Do(func() {
		delay, changed := time.Duration(l.mailbox.Behaviour().BannerAfterMS)*time.Millisecond, l.mailbox.untilChanged()
		if delay == 0 {
			return
		}
		select {
		case <-time.After(delay):
		case <-changed:
		}
		l.SetWriteDeadline(time.Now().Add(idleForMinute)) //nolint:errcheck // a connection that is gone says so when it is written to
	})
	return l.Conn.Write(words)
}

// reset breaks the connection as a crashed server does: no goodbye, not even of TCP.
func reset(connection net.Conn) {
	if encrypted, ok := connection.(*tls.Conn); ok {
		connection = encrypted.NetConn()
	}
	if l, ok := connection.(*line); ok {
		if tcp, ok := l.Conn.(*net.TCPConn); ok {
			tcp.SetLinger(0) //nolint:errcheck // a connection that is gone already needs no reset
		}
	}
	connection.Close()
}

// selfSigned makes a certificate for this machine that nobody vouches for.
func selfSigned(now time.Time) (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	serial, serialErr := rand.Int(rand.Reader, big.NewInt(1<<62))
	if err := errors.Join(err, serialErr); err != nil {
		return tls.Certificate{}, err
	}
	template := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: "localhost"}, DNSNames: []string{"localhost"},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback},
		NotBefore:   now.Add(-time.Hour), NotAfter: now.AddDate(1, 0, 0),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return tls.Certificate{}, err
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, nil
}
