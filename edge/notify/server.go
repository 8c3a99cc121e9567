package notify

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/netip"
	"net/textproto"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/wneessen/go-mail/smtp"

	"mayday/center/emergency"
)

// connectWithin is how long a mail server may take to be reached.
const connectWithin = 10 * time.Second

// Dial opens a connection, as net.Dialer.DialContext does.
type Dial func(ctx context.Context, network, address string) (net.Conn, error)

// server is the operator's mail server, which takes mails for everybody.
type server struct {
	host, port string
	wrapped    bool // TLS from the first byte on, smtps
	username   string
	password   string
	dial       Dial
}

// parseServer reads the URL of a mail server. The error does not repeat it: it may hold a password.
func parseServer(raw string, dial Dial) (server, error) {
	u, err := url.Parse(raw)
	if err != nil || u.Hostname() == "" || u.Scheme != "smtp" && u.Scheme != "smtps" {
		return server{}, errors.New("mail server: write smtp://host:port or smtps://host:port")
	}
	s := server{host: u.Hostname(), wrapped: u.Scheme == "smtps", dial: dial}
	if u.User != nil {
		s.username = u.User.Username()
		s.password, _ = u.User.Password()
	}
	standard := "25"
	switch {
	case s.wrapped:
		standard = "465"
	case s.username != "":
		standard = "587"
	}
	s.port = cmp.Or(u.Port(), standard)
	if s.dial == nil {
		s.dial = new(net.Dialer).DialContext
	}
	return s, nil
}

// sender is who a mail comes from when neither the rep nor the organisation has an address: who signs in, else this machine.
func (s server) sender() string {
	if emergency.ValidAddress(s.username) {
		return s.username
	}
	return "mayday@" + ownName()
}

// here reports whether the server is on this machine.
func (s server) here() bool {
	address, err := netip.ParseAddr(s.host)
	return s.host == "localhost" || err == nil && address.IsLoopback()
}

// mustBeProven reports whether the server has to show a certificate that this machine trusts: where a password is at stake, and where
// the operator has asked for TLS. Elsewhere any encryption is better than none (RFC 7435 §3).
func (s server) mustBeProven() bool { return (s.wrapped || s.username != "") && !s.here() }

func (s server) tls() *tls.Config {
	return &tls.Config{ServerName: s.host, MinVersion: tls.VersionTLS12, InsecureSkipVerify: !s.mustBeProven()}
}

// stage is how far an attempt to hand over a mail has come.
type stage string

const (
	connecting stage = "connect"    // the connection is being opened
	greeting   stage = "greeting"   // it stands, and the server says hello
	securing   stage = "tls"        // it is being encrypted
	signingIn  stage = "sign_in"    // the user name and the password are shown
	naming     stage = "sender"     // the sender is said
	addressing stage = "recipients" // the recipients are said
	sending    stage = "data"       // the mail is sent and the server's answer awaited
	answered   stage = "answer"     // of a channel: it has answered that it does not take it
	accepted   stage = "accepted"   // the server has taken it
)

// result is what became of an attempt.
type result struct {
	stage   stage
	status  int      // what the mail server answered when it failed; 0: nothing
	told    []string // for whom the server has taken the mail
	refused []string // whom it will never take a mail for
	refusal int      // what it answered for the last of them
}

// blamesSender reports whether another sender could do better for those who are left: the server has refused the sender, the mail, or
// everybody, which is how many servers answer to a sender that they do not like.
func (r result) blamesSender(left int) bool {
	return (r.stage == naming || r.stage == sending) && r.status >= 500 || len(r.refused) == left
}

// errUnfit ends an attempt to sign in.
var errUnfit = errors.New("the mail server offers no way to sign in that keeps the password")

// hand tries once to hand the letter over to the server, encrypted if the server can and encrypt says so. It takes no longer than the
// context. A recipient who is refused keeps nobody else from being told.
func (s server) hand(ctx context.Context, l letter, encrypt bool) result {
	r := result{stage: connecting}
	message, err := l.message()
	if err == nil {
		err = s.talk(ctx, l, message, encrypt, &r)
	}
	if answer := (*textproto.Error)(nil); errors.As(err, &answer) {
		r.status = answer.Code
	}
	return r
}

func (s server) talk(ctx context.Context, l letter, message []byte, encrypt bool, r *result) error {
	connection, err := s.connect(ctx)
	if err != nil {
		return err
	}
	defer connection.Close()
	defer context.AfterFunc(ctx, func() { connection.Close() })()
	r.stage = greeting
	if s.wrapped {
		r.stage = securing
		wrapped := tls.Client(connection, s.tls())
		if err := wrapped.HandshakeContext(ctx); err != nil {
			return err
		}
		connection, r.stage = wrapped, greeting
	}
	client, err := smtp.NewClient(connection, s.host)
	if err != nil {
		return err
	}
	if err := client.Hello(ownName()); err != nil {
		return err
	}
	if err := s.secure(client, encrypt, r); err != nil {
		return err
	}
	if err := send(client, l, message, r); err != nil {
		return err
	}
	connection.SetDeadline(time.Now().Add(time.Second)) //nolint:errcheck // the mail is handed over; this is only a goodbye
	client.Quit()                                       //nolint:errcheck // likewise
	return nil
}

func (s server) connect(ctx context.Context) (net.Conn, error) {
	dialling, cancel := context.WithTimeout(ctx, connectWithin)
	defer cancel()
	return s.dial(dialling, "tcp", net.JoinHostPort(s.host, s.port))
}

// secure encrypts the connection where the server offers it (RFC 3207 §4), and signs in where the operator has given a user name
// (RFC 4954 §4).
func (s server) secure(client *smtp.Client, encrypt bool, r *result) error {
	if offered, _ := client.Extension("STARTTLS"); offered && encrypt && !s.wrapped {
		r.stage = securing
		if err := client.StartTLS(s.tls()); err != nil {
			return err
		}
	}
	if s.username == "" {
		return nil
	}
	r.stage = signingIn
	_, encrypted := client.TLSConnectionState()
	_, ways := client.Extension("AUTH")
	way := s.way(strings.Fields(ways), encrypted || s.here())
	if way == nil {
		return errUnfit
	}
	return client.Auth(way)
}

// way returns the best way to sign in of those that the server offers; nil if there is none. A password goes over the wire only where
// nobody else reads it.
func (s server) way(offered []string, private bool) smtp.Auth {
	has := func(name string) bool { return slices.Contains(offered, name) }
	switch {
	case has("SCRAM-SHA-256"):
		return smtp.ScramSHA256Auth(s.username, s.password)
	case has("SCRAM-SHA-1"):
		return smtp.ScramSHA1Auth(s.username, s.password)
	case has("PLAIN") && private:
		return smtp.PlainAuth("", s.username, s.password, s.host, true)
	case has("LOGIN") && private:
		return smtp.LoginAuth(s.username, s.password, s.host, true)
	}
	return nil
}

// send hands the message over for everybody who is left. Whom the server takes it for is told only when it has taken the whole.
func send(client *smtp.Client, l letter, message []byte, r *result) error {
	r.stage = naming
	if err := client.Mail("<" + l.Sender + ">"); err != nil {
		return err
	}
	r.stage = addressing
	var taken []string
	var later error
	for _, address := range l.Left {
		err := client.Rcpt("<" + address + ">")
		answer := (*textproto.Error)(nil)
		switch {
		case err == nil:
			taken = append(taken, address)
		case !errors.As(err, &answer):
			return err
		case answer.Code >= 500 && answer.Code != 552: // 552 may say "too many at once" (RFC 5321 §4.5.3.1.10)
			r.refused, r.refusal = append(r.refused, address), answer.Code
		default:
			later = err
		}
	}
	if len(taken) == 0 {
		return later
	}
	r.stage = sending
	data, err := client.Data()
	if err != nil {
		return err
	}
	if _, err := data.Write(message); err != nil {
		return err
	}
	if err := data.Close(); err != nil {
		return err
	}
	r.told = taken
	if later != nil {
		r.stage = addressing
		return later
	}
	r.stage = accepted
	return nil
}

// ownName is how this machine introduces itself (RFC 5321 §4.1.4).
func ownName() string {
	if name, err := os.Hostname(); err == nil && emergency.ValidAddress("mayday@"+name) {
		return name
	}
	return "localhost"
}
