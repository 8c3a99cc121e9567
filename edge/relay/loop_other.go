//go:build !linux

package relay

import (
	"errors"
	"net"
	"net/netip"
)

// loops are not to be had on this system: each port has a goroutine.
type loops struct{ alone bool }

func (*Ports) listenInLoop(netip.AddrPort, func([]byte, netip.AddrPort)) (udp, netip.AddrPort, error) {
	return nil, netip.AddrPort{}, errNoLoop
}

func (*Ports) adopt(*net.UDPConn, func([]byte, netip.AddrPort)) (udp, error) {
	return nil, errors.ErrUnsupported
}
