package psap

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strings"
	"sync"

	"mayday/sip"
)

// userAgent is how the service names itself in SIP.
const userAgent = "Mayday-pretend-emergency-service"

// peer is what holds the SIP sockets: a stack that speaks, or a silence that only listens.
type peer interface{ Close() error }

// listenAddress is a transport and an address.
type listenAddress struct {
	network string // udp, tcp or tls
	address string
}

// parseListen reads "udp://host:port".
func parseListen(text string) (listenAddress, error) {
	network, address, ok := strings.Cut(text, "://")
	if !ok || network != "udp" && network != "tcp" && network != "tls" {
		return listenAddress{}, fmt.Errorf("SIP address %q: does not begin with udp://, tcp:// or tls://", text)
	}
	if _, err := netip.ParseAddrPort(address); err != nil {
		return listenAddress{}, fmt.Errorf("SIP address %q: %w", text, err)
	}
	return listenAddress{network, address}, nil
}

// opened is a peer with the addresses that it got.
type opened struct {
	peer      peer
	stack     *sip.Stack // nil: silent
	addresses []netip.AddrPort
}

// openSpeaking opens a SIP stack.
func (s *Service) openSpeaking(listen []listenAddress) (opened, error) {
	stack := sip.New(sip.Config{Logger: s.settings.logger, UserAgent: userAgent, TLS: s.settings.tls}, s)
	o := opened{peer: stack, stack: stack}
	for _, l := range listen {
		got, err := stack.Listen(l.network, l.address)
		if err != nil {
			return o, errors.Join(fmt.Errorf("listen on %s://%s: %w", l.network, l.address, err), stack.Close())
		}
		o.addresses = append(o.addresses, got)
	}
	return o, nil
}

// openSilent opens sockets that take everything and say nothing.
func openSilent(listen []listenAddress) (opened, error) {
	quiet := new(silence)
	o := opened{peer: quiet}
	for _, l := range listen {
		got, err := quiet.listen(l)
		if err != nil {
			return o, errors.Join(fmt.Errorf("listen on %s://%s: %w", l.network, l.address, err), quiet.Close())
		}
		o.addresses = append(o.addresses, got)
	}
	return o, nil
}

// use makes what was opened the service's own. The caller holds s.line.
func (s *Service) use(o opened) {
	s.peer = o.peer
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stack, s.addresses = o.stack, o.addresses
}

// setSilent closes what speaks and opens what is silent on the same addresses, or the other way round.
func (s *Service) setSilent(silent bool) error {
	s.line.Lock()
	defer s.line.Unlock()
	s.mu.Lock()
	isSilent, closed := s.stack == nil, s.closed
	s.mu.Unlock()
	if s.peer == nil || closed || isSilent == silent {
		return nil
	}
	same := s.sameAddresses()
	err := s.peer.Close()
	s.use(opened{peer: new(silence), addresses: s.SIP()}) // what it is if the sockets cannot be opened again
	if err != nil {
		return fmt.Errorf("close SIP sockets: %w", err)
	}
	open := s.openSpeaking
	if silent {
		open = openSilent
	}
	o, err := open(same)
	if err != nil {
		return err
	}
	s.use(o)
	return nil
}

// sameAddresses is the settings with the ports that were got for port 0.
func (s *Service) sameAddresses() []listenAddress {
	same := make([]listenAddress, len(s.settings.listen))
	for i, got := range s.SIP() {
		same[i] = listenAddress{s.settings.listen[i].network, got.String()}
	}
	return same
}

// silence takes datagrams and connections and never says a word.
type silence struct {
	running sync.WaitGroup

	mu     sync.Mutex
	open   []io.Closer
	closed bool
}

func (q *silence) listen(l listenAddress) (netip.AddrPort, error) {
	if l.network != "udp" {
		listener, err := net.Listen("tcp", l.address)
		if err != nil {
			return netip.AddrPort{}, err
		}
		q.keep(listener)
		q.running.Go(func() { q.accept(listener) })
		return listener.Addr().(*net.TCPAddr).AddrPort(), nil
	}
	socket, err := net.ListenPacket("udp", l.address)
	if err != nil {
		return netip.AddrPort{}, err
	}
	q.keep(socket)
	q.running.Go(func() { swallow(socket) })
	return socket.LocalAddr().(*net.UDPAddr).AddrPort(), nil
}

// swallow reads datagrams until the socket is closed.
func swallow(socket net.PacketConn) {
	buffer := make([]byte, 1)
	for {
		if _, _, err := socket.ReadFrom(buffer); errors.Is(err, net.ErrClosed) {
			return
		}
	}
}

func (q *silence) accept(listener net.Listener) {
	for {
		connection, err := listener.Accept()
		if err != nil {
			return
		}
		if !q.keep(connection) {
			return
		}
		q.running.Go(func() {
			io.Copy(io.Discard, connection) //nolint:errcheck // the connection is read until it ends, however it does
			connection.Close()
		})
	}
}

// keep remembers what has to be closed; it is false, and the thing closed, when the silence is over.
func (q *silence) keep(c io.Closer) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		c.Close()
		return false
	}
	q.open = append(q.open, c)
	return true
}

// Close ends the silence and frees the sockets.
func (q *silence) Close() error {
	q.mu.Lock()
	q.closed = true
	for _, c := range q.open {
		c.Close()
	}
	q.mu.Unlock()
	q.running.Wait()
	return nil
}
