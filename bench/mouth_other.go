//go:build !linux

package bench

import (
	"net"
	"net/netip"
	"time"
)

// mouth is a socket for the sound of many calls.
type mouth struct {
	conn    *net.UDPConn
	address netip.AddrPort
}

func newMouth() (*mouth, error) {
	conn, err := listen()
	if err != nil {
		return nil, err
	}
	return &mouth{conn, addressOf(conn)}, nil
}

func (m *mouth) close() { _ = m.conn.Close() }

// to returns what sends a packet to the address. What does not arrive is counted at the other end.
func (m *mouth) to(address netip.AddrPort) func([]byte) {
	return func(packet []byte) { _, _ = m.conn.WriteToUDPAddrPort(packet, address) }
}

// flush has nothing to do: every packet has gone.
func (m *mouth) flush() {}

// listen hands what arrives within a moment to hear, with the time at which it is read.
func (m *mouth) listen(hear func(packet []byte, at time.Time)) {
	_ = m.conn.SetReadDeadline(time.Now().Add(lookEvery)) // it has one
	packet := make([]byte, 2048)
	for {
		n, err := m.conn.Read(packet)
		if err != nil {
			return
		}
		hear(packet[:n], time.Now())
	}
}
