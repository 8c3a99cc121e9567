package relay

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"syscall"
)

// ErrNoPorts says that every port pair of the range is in use.
var ErrNoPorts = errors.New("no media port is free")

var (
	// errOdd says that the system chose an odd port for RTP.
	errOdd = errors.New("an odd port for RTP")
	// errNoLoop says that no loop can read a port.
	errNoLoop = errors.New("no loop for media ports")
)

// Ports is the range from which sockets take an even port for RTP and the odd one above it for RTCP
// (RFC 3550 §11). A range that begins with 0 lets the system choose.
type Ports struct {
	address netip.Addr
	any     bool // the system chooses
	low     int  // of the first pair, even
	pairs   int

	mu    sync.Mutex
	next  int
	taken map[uint16]bool
	open  int
	kept  int // pairs that Open leaves to OpenReserved

	loops loops
}

// NewPorts makes a range from low to high, both included.
func NewPorts(address netip.Addr, low, high uint16) *Ports {
	p := &Ports{address: address, any: low == 0, taken: make(map[uint16]bool)}
	p.low = int(low) + int(low)%2
	p.pairs = max(int(high)+1-p.low, 0) / 2
	return p
}

// InUse answers how many pairs are open.
func (p *Ports) InUse() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.open
}

// Reserve keeps so many pairs for OpenReserved, at most half of the range. A range of the system's choice keeps none.
func (p *Ports) Reserve(pairs int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.kept = min(pairs, p.pairs/2)
}

// Open opens the pair that was free for longest and begins to listen on it. It answers ErrNoPorts when
// the range is exhausted but for what is reserved, else the fault of the system.
func (p *Ports) Open() (*Socket, error) { return p.openOne(false) }

// OpenReserved does the same and may take what is reserved.
func (p *Ports) OpenReserved() (*Socket, error) { return p.openOne(true) }

func (p *Ports) openOne(reserved bool) (*Socket, error) {
	if p.any {
		return p.openAny()
	}
	var busy error
	for range p.pairs {
		port, ok := p.take(reserved)
		if !ok {
			break
		}
		s := newSocket(p)
		err := s.listen(port)
		if err == nil {
			return s, nil
		}
		p.giveBack(port)
		if !errors.Is(err, syscall.EADDRINUSE) {
			return nil, fmt.Errorf("open media ports: %w", err)
		}
		busy = err
	}
	return nil, errors.Join(ErrNoPorts, busy)
}

// openAny lets the system choose a port until it chooses an even one whose neighbour is free.
func (p *Ports) openAny() (*Socket, error) {
	var last error
	for range 100 {
		s := newSocket(p)
		last = s.listen(0)
		switch {
		case last == nil:
			p.reserve(s.port)
			return s, nil
		case !errors.Is(last, errOdd) && !errors.Is(last, syscall.EADDRINUSE):
			return nil, fmt.Errorf("open media ports: %w", last)
		}
	}
	return nil, errors.Join(ErrNoPorts, last)
}

// take reserves the next free pair. Going round the range keeps a pair unused for as long as possible,
// so that late packets of an ended call reach nobody.
func (p *Ports) take(reserved bool) (uint16, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.open >= p.pairs || !reserved && p.open >= p.pairs-p.kept {
		return 0, false
	}
	for range p.pairs {
		port := uint16(p.low + 2*p.next)
		p.next = (p.next + 1) % p.pairs
		if !p.taken[port] {
			p.taken[port] = true
			p.open++
			return port, true
		}
	}
	return 0, false
}

func (p *Ports) reserve(port uint16) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.taken[port] = true
	p.open++
}

func (p *Ports) giveBack(port uint16) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.taken, port)
	p.open--
}

// listen opens a port, 0 for one of the system's choice, and begins to hand over what arrives there: a loop does it or, where that
// cannot be, a goroutine of its own. It answers with the port's address.
func (p *Ports) listen(port uint16, receive func([]byte, netip.AddrPort)) (udp, netip.AddrPort, error) {
	at := netip.AddrPortFrom(p.address, port)
	if !p.loops.alone {
		opened, at, err := p.listenInLoop(at, receive)
		if !errors.Is(err, errNoLoop) {
			return opened, at, err
		}
		// The system is short of something; a call needs its sound all the same.
	}
	conn, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(at))
	if err != nil {
		return nil, netip.AddrPort{}, err
	}
	return attend(conn, receive), unmapped(conn.LocalAddr().(*net.UDPAddr).AddrPort()), nil
}

// hear does so for a port that is open already.
func (p *Ports) hear(conn *net.UDPConn, receive func([]byte, netip.AddrPort)) udp {
	if !p.loops.alone {
		if port, err := p.adopt(conn, receive); err == nil {
			return port
		}
	}
	return attend(conn, receive)
}
