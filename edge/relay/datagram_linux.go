package relay

import (
	"encoding/binary"
	"errors"
	"net/netip"
	"strconv"
	"unsafe"

	"golang.org/x/sys/unix"
)

// The calls below never wait and take microseconds, so the scheduler is not told of them: telling it costs as much as our own
// code for a packet does, and wakes the runtime's monitor, which takes the processor away for nothing. The library's own
// functions for this allocate an address for each datagram.

// datagram is what is needed to take one off a port; it is used for one after the other.
type datagram struct {
	buffer [maxDatagram]byte
	name   unix.RawSockaddrInet6 // of the sender; its first octets if it is IPv4
	size   uint32
}

// receive takes one datagram, if there is one.
func (d *datagram) receive(fd int) (raw []byte, from netip.AddrPort, ok bool) {
	d.size = unix.SizeofSockaddrInet6
	n, _, err := unix.RawSyscall6(unix.SYS_RECVFROM, uintptr(fd), uintptr(unsafe.Pointer(&d.buffer)), maxDatagram,
		unix.MSG_DONTWAIT, uintptr(unsafe.Pointer(&d.name)), uintptr(unsafe.Pointer(&d.size)))
	if err != 0 {
		return nil, netip.AddrPort{}, false
	}
	return d.buffer[:n], addressIn(&d.name), true
}

func addressIn(name *unix.RawSockaddrInet6) netip.AddrPort {
	if name.Family == unix.AF_INET {
		v4 := (*unix.RawSockaddrInet4)(unsafe.Pointer(name))
		return netip.AddrPortFrom(netip.AddrFrom4(v4.Addr), swap(v4.Port))
	}
	addr := netip.AddrFrom16(name.Addr).Unmap()
	if name.Scope_id != 0 {
		addr = addr.WithZone(strconv.FormatUint(uint64(name.Scope_id), 10))
	}
	return netip.AddrPortFrom(addr, swap(name.Port))
}

// swap turns a port between the order of the network and that of the machine.
func swap(port uint16) uint16 {
	var octets [2]byte
	binary.NativeEndian.PutUint16(octets[:], port)
	return binary.BigEndian.Uint16(octets[:])
}

var errNoWay = errors.New("address is of another family than the port")

// send sends one datagram, or loses it when there is no room for it.
func send(fd int, v6 bool, raw []byte, to netip.AddrPort) error {
	var name unix.RawSockaddrInet6
	size := uintptr(unix.SizeofSockaddrInet6)
	switch addr := to.Addr(); {
	case v6:
		scope, _ := strconv.ParseUint(addr.Zone(), 10, 32) // without a zone 0, which is right
		name = unix.RawSockaddrInet6{Family: unix.AF_INET6, Port: swap(to.Port()), Addr: addr.As16(), Scope_id: uint32(scope)}
	case addr.Is4() || addr.Is4In6():
		size = unix.SizeofSockaddrInet4
		*(*unix.RawSockaddrInet4)(unsafe.Pointer(&name)) = unix.RawSockaddrInet4{Family: unix.AF_INET, Port: swap(to.Port()), Addr: addr.As4()}
	default:
		return errNoWay
	}
	_, _, err := unix.RawSyscall6(unix.SYS_SENDTO, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(raw))), uintptr(len(raw)),
		unix.MSG_DONTWAIT|unix.MSG_NOSIGNAL, uintptr(unsafe.Pointer(&name)), size)
	if err != 0 {
		return err
	}
	return nil
}

// ready answers which of the descriptors that are watched have something to read. It does not wait, so no signal interrupts it.
func ready(epoll int, events []unix.EpollEvent) (int, error) {
	n, _, err := unix.RawSyscall6(unix.SYS_EPOLL_PWAIT, uintptr(epoll), uintptr(unsafe.Pointer(unsafe.SliceData(events))),
		uintptr(len(events)), 0, 0, 0)
	if err != 0 {
		return 0, err
	}
	return int(n), nil
}
