package sip

import (
	"encoding/binary"
	"syscall"
	"unsafe"
)

// sendto offers a datagram to the system once. The scheduler is not told of it, because it never waits: told, it takes the processor away
// from a sender that the system holds up for 20 µs, and its monitor then looks again every 20 µs, which costs more than the sending.
func sendto(fd int, b []byte, to syscall.Sockaddr) error {
	var name syscall.RawSockaddrInet6
	var size uintptr
	switch at := to.(type) {
	case *syscall.SockaddrInet4:
		size = syscall.SizeofSockaddrInet4
		*(*syscall.RawSockaddrInet4)(unsafe.Pointer(&name)) = syscall.RawSockaddrInet4{Family: syscall.AF_INET, Port: networkPort(at.Port), Addr: at.Addr}
	case *syscall.SockaddrInet6:
		size = syscall.SizeofSockaddrInet6
		name = syscall.RawSockaddrInet6{Family: syscall.AF_INET6, Port: networkPort(at.Port), Addr: at.Addr, Scope_id: at.ZoneId}
	default:
		return syscall.Sendto(fd, b, 0, to)
	}
	_, _, err := syscall.RawSyscall6(syscall.SYS_SENDTO, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)),
		syscall.MSG_DONTWAIT|syscall.MSG_NOSIGNAL, uintptr(unsafe.Pointer(&name)), size)
	if err != 0 {
		return err
	}
	return nil
}

// networkPort turns a port into the order of the network.
func networkPort(port int) uint16 {
	var octets [2]byte
	binary.BigEndian.PutUint16(octets[:], uint16(port))
	return binary.NativeEndian.Uint16(octets[:])
}
