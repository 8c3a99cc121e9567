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
		rtp, rtcp, err := p.bind(port)
		if err == nil {
			return newSocket(p, port, rtp, rtcp), nil
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
		rtp, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(p.address, 0)))
		if err != nil {
			return nil, fmt.Errorf("open media ports: %w", err)
		}
		port := uint16(rtp.LocalAddr().(*net.UDPAddr).Port)
		if port%2 == 0 {
			var rtcp *net.UDPConn
			if rtcp, last = p.listen(port + 1); last == nil {
				p.reserve(port)
				return newSocket(p, port, rtp, rtcp), nil
			}
		}
		rtp.Close()
	}
	return nil, errors.Join(ErrNoPorts, last)
}

func (p *Ports) bind(port uint16) (rtp, rtcp *net.UDPConn, err error) {
	if rtp, err = p.listen(port); err != nil {
		return nil, nil, err
	}
	if rtcp, err = p.listen(port + 1); err != nil {
		rtp.Close()
		return nil, nil, err
	}
	return rtp, rtcp, nil
}

func (p *Ports) listen(port uint16) (*net.UDPConn, error) {
	return net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(p.address, port)))
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

// hear hands over what arrives at a port: a loop does it or, where that cannot be, a goroutine of its own.
func (p *Ports) hear(conn *net.UDPConn, receive func([]byte, netip.AddrPort)) udp {
	if !p.loops.alone {
		if port, err := p.adopt(conn, receive); err == nil {
			return port
		}
		// The system is short of something; a call needs its sound all the same.
	}
	return attend(conn, receive)
}
