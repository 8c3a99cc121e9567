//go:build unix && !linux

package sip

import "syscall"

// sendto offers a datagram to the system once.
func sendto(fd int, b []byte, to syscall.Sockaddr) error { return syscall.Sendto(fd, b, 0, to) }
