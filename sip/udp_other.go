//go:build !unix

package sip

import (
	"net"
	"net/netip"
)

// sendNow leaves it to the system whether to wait.
func sendNow(conn *net.UDPConn, _ netip.Addr, b []byte, to netip.AddrPort) error {
	_, err := conn.WriteToUDPAddrPort(b, to)
	return err
}
