package mailbox

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/emersion/go-smtp"
)

const (
	keptMessages  = 200
	longestMail   = 1 << 20 // bytes
	idleForMinute = time.Minute
)

// Config is what a mailbox needs; every field has a good zero value.
type Config struct {
	Listen   string       // loopback address and port; empty: 127.0.0.1:1025
	Logger   *slog.Logger // nil: silent
	Username string       // whoever sends must sign in with it; empty: nobody needs to
	Password string
	NoTLS    bool // do not offer STARTTLS
}

// Mailbox is the mail server and what came to it.
type Mailbox struct {
	config Config
	server *smtp.Server
	log    *slog.Logger
	wait   sync.WaitGroup

	mu         sync.Mutex
	listener   net.Listener // nil: not started
	open       map[*line]bool
	messages   []Message // newest first
	behaviour  Behaviour
	misbehaved int           // how often the behaviour has rejected, hung or reset
	changed    chan struct{} // closed when the behaviour changes or the mailbox stops: whoever hangs is let go
	stopped    bool
}

// New checks the settings and makes the certificate of STARTTLS, which this mailbox signs itself.
func New(config Config) (*Mailbox, error) {
	config.Listen = cmp.Or(config.Listen, "127.0.0.1:1025")
	address, err := netip.ParseAddrPort(config.Listen)
	if err != nil || !address.Addr().IsLoopback() {
		return nil, fmt.Errorf("mailbox: %q is no loopback address with a port, such as 127.0.0.1:1025", config.Listen)
	}
	m := &Mailbox{config: config, log: cmp.Or(config.Logger, slog.New(slog.DiscardHandler)), changed: make(chan struct{}), open: map[*line]bool{}}
	m.server = smtp.NewServer(smtp.BackendFunc(m.begin))
	m.server.Domain = "mailbox.localhost"
	m.server.MaxMessageBytes = longestMail
	m.server.MaxRecipients = 1000
	m.server.ReadTimeout, m.server.WriteTimeout = idleForMinute, idleForMinute
	m.server.ErrorLog = quiet{m.log}
	if !config.NoTLS {
		certificate, err := selfSigned(time.Now())
		if err != nil {
			return nil, fmt.Errorf("mailbox: make a certificate: %w", err)
		}
		m.server.TLSConfig = &tls.Config{
			Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12,
			GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) {
				if m.Behaviour().BreakTLS {
					return nil, errors.New("told to break the handshake")
				}
				return nil, nil
			},
		}
	}
	return m, nil
}

// Start listens. A mailbox starts once.
func (m *Mailbox) Start() error {
	listener, err := net.Listen("tcp", m.config.Listen)
	if err != nil {
		return fmt.Errorf("mailbox: %w", err)
	}
	m.mu.Lock()
	m.listener = listener
	m.mu.Unlock()
	m.wait.Go(func() {
		if err := m.server.Serve(lines{listener, m}); !errors.Is(err, net.ErrClosed) {
			m.log.Error("mailbox ended", "error", err)
		}
	})
	return nil
}

// Stop closes every connection and waits for all that ran.
func (m *Mailbox) Stop() error {
	m.mu.Lock()
	started := m.listener != nil && !m.stopped
	m.stopped = true
	if started {
		close(m.changed)
	}
	open := slices.Collect(maps.Keys(m.open))
	m.mu.Unlock()
	if !started {
		return nil
	}
	m.listener.Close()
	m.wait.Wait()
	for _, l := range open {
		l.Close()
	}
	m.server.Shutdown(context.Background()) //nolint:errcheck // it closes the listener once more, and says so; it waits for the sessions
	return nil
}

// Addr returns where the mailbox listens; zero before Start.
func (m *Mailbox) Addr() netip.AddrPort {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.listener == nil {
		return netip.AddrPort{}
	}
	return m.listener.Addr().(*net.TCPAddr).AddrPort()
}

// Messages returns what came, newest first.
func (m *Mailbox) Messages() []Message {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.messages)
}

// Forget drops all that came.
func (m *Mailbox) Forget() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.messages = nil
}

func (m *Mailbox) keep(message Message) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.messages = slices.Insert(m.messages, 0, message)
	if len(m.messages) > keptMessages {
		m.messages = m.messages[:keptMessages]
	}
}

// Behave sets how mail is treated from now on. Whoever hangs is let go.
func (m *Mailbox) Behave(b Behaviour) error {
	b, err := b.checked()
	if err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.stopped {
		return errors.New("the mailbox has stopped")
	}
	m.behaviour, m.misbehaved = b, 0
	close(m.changed)
	m.changed = make(chan struct{})
	return nil
}

// Behaviour returns how mail is treated.
func (m *Mailbox) Behaviour() Behaviour {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.behaviour
}

// Misbehaved returns how often the behaviour has rejected, hung or reset since it was set.
func (m *Mailbox) Misbehaved() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.misbehaved
}

// untilChanged returns what is closed when the behaviour changes or the mailbox stops.
func (m *Mailbox) untilChanged() <-chan struct{} {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.changed
}

// quiet tells the log that something went wrong and not what: the library's words hold addresses.
type quiet struct{ log *slog.Logger }

func (q quiet) Printf(string, ...any) { q.log.Debug("mail session ended with a fault") }
func (q quiet) Println(...any)        { q.log.Debug("mail session ended with a fault") }
