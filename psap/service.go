package psap

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"mayday/sip"
)

// Config is what a service needs; every field has a good zero value.
type Config struct {
	Logger           *slog.Logger // nil: silent
	SIP              []string     // where to listen, "udp://127.0.0.1:5080"; empty: UDP and TCP on 127.0.0.1:5080
	TLS              *tls.Config  // with which calls over TLS are taken; needed for "tls://…" in SIP
	Media            netip.Addr   // where sound is taken; zero: 127.0.0.1
	CallbackPeer     string       // SIP URI that call backs go to; empty: where the last call came from
	EmergencyNumbers []string     // empty: 911, 112, 999, 000
	Tone             float64      // in Hz, the voice of the emergency service; 0: 440
}

// settings is a Config with its gaps filled.
type settings struct {
	logger           *slog.Logger
	listen           []listenAddress
	tls              *tls.Config
	media            netip.Addr
	callbackPeer     string
	emergencyNumbers []string
	toneHz           float64
}

// Service is the pretend emergency service and carrier.
type Service struct {
	settings settings
	book     book

	ctx     context.Context // of all calls, between Start and Stop
	cancel  context.CancelFunc
	running sync.WaitGroup // the loops of the calls

	line sync.Mutex // held while the peer falls silent or speaks again
	peer peer       // guarded by line

	mu        sync.Mutex
	behaviour Behaviour
	lastPeer  string     // URI of where the last call came from
	stack     *sip.Stack // nil: not started, or silent
	addresses []netip.AddrPort
	closed    bool
}

// New checks the settings. The error names everything that is wrong with them.
func New(config Config) (*Service, error) {
	s := settings{
		logger:           cmp.Or(config.Logger, slog.New(slog.DiscardHandler)),
		tls:              config.TLS,
		media:            config.Media,
		callbackPeer:     config.CallbackPeer,
		emergencyNumbers: config.EmergencyNumbers,
		toneHz:           cmp.Or(config.Tone, 440),
	}
	if !s.media.IsValid() {
		s.media = netip.AddrFrom4([4]byte{127, 0, 0, 1})
	}
	if len(s.emergencyNumbers) == 0 {
		s.emergencyNumbers = []string{"911", "112", "999", "000"}
	}
	listen := config.SIP
	if len(listen) == 0 {
		listen = []string{"udp://127.0.0.1:5080", "tcp://127.0.0.1:5080"}
	}
	var wrong []error
	for _, text := range listen {
		address, err := parseListen(text)
		if address.network == "tls" && s.tls == nil {
			err = fmt.Errorf("SIP address %q: there is no certificate to show", text)
		}
		wrong = append(wrong, err)
		s.listen = append(s.listen, address)
	}
	if s.toneHz < 50 || s.toneHz > 3900 {
		wrong = append(wrong, fmt.Errorf("tone: %v Hz does not fit through a telephone", s.toneHz))
	}
	if slices.Contains(s.emergencyNumbers, testNumber) {
		wrong = append(wrong, fmt.Errorf("emergency numbers: %s is the test service's", testNumber))
	}
	if s.callbackPeer != "" {
		if _, err := hostOf(s.callbackPeer); err != nil {
			wrong = append(wrong, fmt.Errorf("call-back peer: %w", err))
		}
	}
	if err := errors.Join(wrong...); err != nil {
		return nil, fmt.Errorf("pretend emergency service: %w", err)
	}
	return &Service{settings: s, behaviour: defaultBehaviour()}, nil
}

// Start opens the SIP sockets. A service starts once.
func (s *Service) Start() error {
	s.line.Lock()
	defer s.line.Unlock()
	s.ctx, s.cancel = context.WithCancel(context.Background())
	opened, err := s.openSpeaking(s.settings.listen)
	if err != nil {
		s.cancel()
		return err
	}
	s.use(opened)
	return nil
}

// Stop ends every call with a BYE, closes every socket and waits for all that ran.
func (s *Service) Stop() error {
	s.line.Lock()
	defer s.line.Unlock()
	if s.cancel == nil {
		return nil
	}
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.cancel()
	s.book.waitFor(200 * time.Millisecond)
	var err error
	if s.peer != nil {
		err = s.peer.Close()
	}
	s.running.Wait()
	return err
}

// Run is Start, a wait for ctx, and Stop.
func (s *Service) Run(ctx context.Context) error {
	if err := s.Start(); err != nil {
		return err
	}
	<-ctx.Done()
	return s.Stop()
}

// SIP gives the addresses at which the service listens, in the order of the settings; none before Start.
func (s *Service) SIP() []netip.AddrPort {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.addresses)
}

// Behave sets how the far end treats the calls that arrive from now on. A change to or from silence closes
// and opens the SIP sockets: calls that are up are lost without a word, as if the machine had died.
func (s *Service) Behave(b Behaviour) error {
	if b.Provisionals == nil {
		b.Provisionals = []int{180}
	}
	if err := b.check(); err != nil {
		return err
	}
	if err := s.setSilent(b.Silent); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.behaviour = b
	return nil
}

// Behaviour is how the far end treats calls now.
func (s *Service) Behaviour() Behaviour {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.behaviour
}

// Invited takes a call from the server under test; it is called by the SIP stack.
func (s *Service) Invited(dialog *sip.Dialog) {
	brought := readBrought(dialog.Request())
	c := s.newCall(dialog, brought, kindOf(brought.Dialled, s.settings.emergencyNumbers), Incoming, Ringing)
	c.source = dialog.Source().String()
	s.mu.Lock()
	c.behaviour = s.behaviour
	s.lastPeer = returnURI(dialog)
	s.mu.Unlock()
	s.begin(c, func(now time.Time) { c.arrive(now, s.settings) })
}

// Requested answers requests outside of calls; it is called by the SIP stack.
func (s *Service) Requested(x *sip.Exchange) { x.RespondDefault() }

func (s *Service) newCall(dialog *sip.Dialog, brought Brought, kind Kind, direction Direction, state State) *call {
	return &call{
		logger: s.settings.logger, id: rand.Text(), kind: kind, direction: direction, dialog: dialog,
		brought: brought, received: time.Now(), state: state,
		commands: make(chan command), done: make(chan struct{}), last: Hearing{LevelDBov: silenceDBov},
	}
}

// begin enters the call in the book and starts its loop, unless the service stops.
func (s *Service) begin(c *call, start func(time.Time)) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		c.dialog.End("the service stops")
		return false
	}
	s.book.add(c)
	s.running.Go(func() { c.run(s.ctx, start) })
	return true
}

// returnURI is where the caller can be called: its Contact, else the address that the call came from.
func returnURI(dialog *sip.Dialog) string {
	_, contact := readNameAddress(dialog.Request().Header("Contact"))
	if _, err := hostOf(contact); err == nil {
		return contact
	}
	return "sip:" + dialog.Source().String()
}

// hostOf is the host and port of a SIP URI.
func hostOf(uri string) (string, error) {
	scheme, rest, _ := strings.Cut(uri, ":")
	if !strings.EqualFold(scheme, "sip") {
		return "", fmt.Errorf("%q is not a sip URI", uri)
	}
	rest, _, _ = strings.Cut(rest, ";")
	rest, _, _ = strings.Cut(rest, "?")
	if _, host, ok := strings.Cut(rest, "@"); ok {
		rest = host
	}
	if rest == "" {
		return "", fmt.Errorf("%q names no host", uri)
	}
	return rest, nil
}
