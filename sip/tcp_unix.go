//go:build unix

package sip

import (
	"net"
	"syscall"
)

// writeNow gives the system as many bytes as it takes without waiting.
func writeNow(conn *net.TCPConn, b []byte) int {
	raw, err := conn.SyscallConn()
	if err != nil {
		return 0
	}
	written := 0
	_ = raw.Write(func(fd uintptr) bool {
		n, err := syscall.Write(int(fd), b)
		if err == nil && n > 0 {
			written = n
		}
		return true // never wait here; what is left is the writer's
	})
	return written
}
