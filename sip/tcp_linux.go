package sip

import (
	"net"
	"syscall"
	"time"
)

// tcpUserTimeout is the option's number on every architecture of Linux.
const tcpUserTimeout = 18

// giveUpAfter bounds how long the system waits for the acknowledgement of what was written.
func giveUpAfter(conn *net.TCPConn, patience time.Duration) {
	raw, err := conn.SyscallConn()
	if err != nil {
		return
	}
	_ = raw.Control(func(fd uintptr) {
		_ = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, tcpUserTimeout, int(patience.Milliseconds()))
	})
}
