package relay

import (
	"errors"
	"net"
	"net/netip"
	"sync"
	"time"
)

// udp is one open UDP port. Each datagram that arrives is handed over, one after the other, until it is closed.
type udp interface {
	// send never waits: a datagram that the system has no room for is lost.
	send(raw []byte, to netip.AddrPort) error
	// close returns when nothing is handed over any more. It must not be called by whoever it hands over to.
	close() error
}

// attended is a UDP port with a goroutine of its own, for systems and moments without a [loop].
type attended struct {
	conn    *net.UDPConn
	receive func(raw []byte, from netip.AddrPort)
	done    chan struct{}
	reading sync.WaitGroup
}

func attend(conn *net.UDPConn, receive func([]byte, netip.AddrPort)) *attended {
	a := &attended{conn: conn, receive: receive, done: make(chan struct{})}
	a.reading.Go(a.read)
	return a
}

func (a *attended) send(raw []byte, to netip.AddrPort) error {
	_, err := a.conn.WriteToUDPAddrPort(raw, to)
	return err
}

func (a *attended) close() error {
	close(a.done)
	err := a.conn.Close()
	a.reading.Wait()
	return err
}

// read hands every datagram over until the port is closed.
func (a *attended) read() {
	buffer := make([]byte, maxDatagram)
	for {
		n, from, err := a.conn.ReadFromUDPAddrPort(buffer)
		switch {
		case err == nil:
			a.receive(buffer[:n], unmapped(from))
		case errors.Is(err, net.ErrClosed):
			return
		case !a.wait(pace): // the system is short of something; spinning would not help it
			return
		}
	}
}

// wait answers false if the port was closed meanwhile.
func (a *attended) wait(d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-a.done:
		return false
	}
}

// Port is one UDP port at which many far ends arrive, such as all browsers do.
type Port struct {
	of    Ports // this one only; what reads it belongs to a range
	conn  *net.UDPConn
	open  udp
	ready sync.WaitGroup // until open is there
}

// NewPort makes a port of conn, which is the port's from now on.
func NewPort(conn *net.UDPConn) *Port { return &Port{conn: conn} }

// Attend begins to hand over each datagram that arrives, one after the other and from one goroutine, until Close. A datagram is
// the port's again on return. It is called once, before anything else.
func (p *Port) Attend(receive func(raw []byte, from netip.AddrPort)) {
	p.ready.Add(1)
	defer p.ready.Done()
	p.open = p.of.hear(p.conn, func(raw []byte, from netip.AddrPort) {
		p.ready.Wait() // what receive does may be to send
		receive(raw, from)
	})
}

// Send sends one datagram, at once or not at all; net.ErrClosed says that the port is closed. It may be called from any goroutine.
func (p *Port) Send(raw []byte, to netip.AddrPort) error { return p.open.send(raw, to) }

// Close returns when nothing is handed over any more. It is called once, and not by whoever is handed something.
func (p *Port) Close() error { return p.open.close() }
