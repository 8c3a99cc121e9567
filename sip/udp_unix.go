//go:build unix

package sip

import (
	"errors"
	"net"
	"net/netip"
	"syscall"
)

// sendNow sends a datagram without ever waiting for room in the socket's buffer.
func sendNow(conn *net.UDPConn, own netip.Addr, b []byte, to netip.AddrPort) error {
	if to.Addr().Zone() != "" || own.Is4() != to.Addr().Is4() && !own.Is6() {
		_, err := conn.WriteToUDPAddrPort(b, to)
		return err
	}
	raw, err := conn.SyscallConn()
	if err != nil {
		return err
	}
	if own.Is4() {
		return put(raw, b, &syscall.SockaddrInet4{Port: int(to.Port()), Addr: to.Addr().As4()})
	}
	return put(raw, b, &syscall.SockaddrInet6{Port: int(to.Port()), Addr: to.Addr().As16()})
}

// put offers a datagram to the system once; for want of room it is lost without a word.
func put(raw syscall.RawConn, b []byte, to syscall.Sockaddr) error {
	var fault error
	err := raw.Write(func(fd uintptr) bool {
		for {
			if fault = sendto(int(fd), b, to); !errors.Is(fault, syscall.EINTR) {
				return true // never wait here
			}
		}
	})
	if errors.Is(fault, syscall.EAGAIN) || errors.Is(fault, syscall.ENOBUFS) {
		return err
	}
	return errors.Join(err, fault)
}
