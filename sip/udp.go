package sip

import (
	"bytes"
	"errors"
	"net"
	"net/netip"
	"runtime"
	"sync/atomic"
	"time"
)

// udpBuffer is asked of the system for each direction, so that a burst of calls is not lost.
const udpBuffer = 4 << 20

// udpSocket is one listening UDP socket; everything that we send by UDP leaves from one of these.
type udpSocket struct {
	stack  *Stack
	conn   *net.UDPConn
	addr   netip.AddrPort
	closed atomic.Bool
}

func (s *Stack) listenUDP(address string) (netip.AddrPort, error) {
	at, err := net.ResolveUDPAddr("udp", address)
	if err != nil {
		return netip.AddrPort{}, err
	}
	conn, err := net.ListenUDP("udp", at)
	if err != nil {
		return netip.AddrPort{}, err
	}
	_ = conn.SetReadBuffer(udpBuffer) // the system may give less
	_ = conn.SetWriteBuffer(udpBuffer)
	bound := conn.LocalAddr().(*net.UDPAddr).AddrPort()
	u := &udpSocket{stack: s, conn: conn, addr: netip.AddrPortFrom(bound.Addr().Unmap(), bound.Port())}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		_ = conn.Close()
		return netip.AddrPort{}, errClosed
	}
	s.udp = append(s.udp, u)
	s.running.Go(u.read)
	return u.addr, nil
}

// read is the socket's goroutine: it hands each message on, or handles an urgent one, and is held up by nothing else.
func (u *udpSocket) read() {
	buffer := make([]byte, 64<<10)
	lanes := u.stack.lanes()
	for turn := 1; ; turn++ {
		if turn%readerTurn == 0 {
			runtime.Gosched()
		}
		n, from, err := u.conn.ReadFromUDPAddrPort(buffer)
		if err != nil {
			if u.closed.Load() || errors.Is(err, net.ErrClosed) {
				return
			}
			u.stack.log.Warn("udp read", "error", err)
			if !u.stack.pause() {
				return
			}
			continue
		}
		if n <= 4 && len(bytes.Trim(buffer[:n], "\r\n\x00")) == 0 {
			continue // keep-alive
		}
		source := route{u, netip.AddrPortFrom(from.Addr().Unmap(), from.Port())}
		lanes.put(buffer[:n], source, time.Now())
		clear(buffer[:n]) // the next may be shorter, or long in coming
	}
}

// send writes whatever the length: the peer that was configured for UDP gets UDP, fragmented if need be. What the
// system has no room for at this moment is dropped as the network drops it: whoever misses it repeats.
func (u *udpSocket) send(b []byte, to netip.AddrPort) error {
	if u.closed.Load() {
		return errClosed
	}
	return sendNow(u.conn, u.addr.Addr(), b, to)
}

func (u *udpSocket) network() string { return "UDP" }
func (u *udpSocket) alive() bool     { return !u.closed.Load() }

func (u *udpSocket) local(to netip.AddrPort) netip.AddrPort { return u.stack.ownAddress(u.addr, to) }

func (u *udpSocket) bound() netip.AddrPort { return u.addr }

// serves says whether the socket can send to that address.
func (u *udpSocket) serves(to netip.Addr) bool {
	own := u.addr.Addr()
	return own.Is4() == to.Is4() || (own.Is6() && own.IsUnspecified())
}

func (u *udpSocket) close() {
	u.closed.Store(true)
	_ = u.conn.Close()
}
