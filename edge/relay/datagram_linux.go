package relay

import (
	"encoding/binary"
	"errors"
	"net"
	"net/netip"
	"os"
	"strconv"
	"unsafe"

	"golang.org/x/sys/unix"
)

// The calls of the system below never wait and take microseconds, so the scheduler is not told of them: telling it costs as much as our own
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

// nameOf writes an address in the form of the system and returns its size; 0: a port of that family cannot have to do with it.
func nameOf(at netip.AddrPort, v6 bool, name *unix.RawSockaddrInet6) (size uintptr) {
	switch addr := at.Addr(); {
	case v6:
		*name = unix.RawSockaddrInet6{Family: unix.AF_INET6, Port: swap(at.Port()), Addr: addr.As16(), Scope_id: scopeOf(addr.Zone())}
		return unix.SizeofSockaddrInet6
	case addr.Is4() || addr.Is4In6():
		*(*unix.RawSockaddrInet4)(unsafe.Pointer(name)) = unix.RawSockaddrInet4{Family: unix.AF_INET, Port: swap(at.Port()), Addr: addr.As4()}
		return unix.SizeofSockaddrInet4
	}
	return 0
}

// send sends one datagram, or loses it when there is no room for it.
func send(fd int, v6 bool, raw []byte, to netip.AddrPort) error {
	var name unix.RawSockaddrInet6
	size := nameOf(to, v6, &name)
	if size == 0 {
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

// openUDP opens a UDP port at an address.
func openUDP(at netip.AddrPort) (fd int, v6 bool, err error) {
	family := uintptr(unix.AF_INET)
	if v6 = !at.Addr().Is4() && !at.Addr().Is4In6(); v6 {
		family = unix.AF_INET6
	}
	opened, _, fault := unix.RawSyscall(unix.SYS_SOCKET, family, unix.SOCK_DGRAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, unix.IPPROTO_UDP)
	if fault != 0 {
		return 0, false, os.NewSyscallError("socket", fault)
	}
	var name unix.RawSockaddrInet6
	size := nameOf(at, v6, &name)
	if _, _, fault = unix.RawSyscall(unix.SYS_BIND, opened, uintptr(unsafe.Pointer(&name)), size); fault != 0 {
		return 0, false, errors.Join(os.NewSyscallError("bind", fault), shut(int(opened)))
	}
	return int(opened), v6, nil
}

// shut closes a port.
func shut(fd int) error {
	if _, _, fault := unix.RawSyscall(unix.SYS_CLOSE, uintptr(fd), 0, 0); fault != 0 {
		return fault
	}
	return nil
}

// watch lets an epoll tell of a port when there is something to read.
func watch(epoll, fd int) error {
	event := unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(fd)}
	_, _, fault := unix.RawSyscall6(unix.SYS_EPOLL_CTL, uintptr(epoll), unix.EPOLL_CTL_ADD, uintptr(fd), uintptr(unsafe.Pointer(&event)), 0, 0)
	if fault != 0 {
		return fault
	}
	return nil
}

// scopeOf answers with the number of the interface that an address's zone names; 0 when it names none.
func scopeOf(zone string) uint32 {
	if zone == "" {
		return 0
	}
	if number, err := strconv.ParseUint(zone, 10, 32); err == nil {
		return uint32(number)
	}
	named, err := net.InterfaceByName(zone)
	if err != nil {
		return 0
	}
	return uint32(named.Index)
}

// boundTo answers with the address to which a port is bound.
func boundTo(fd int) (netip.AddrPort, error) {
	name, err := unix.Getsockname(fd)
	if err != nil {
		return netip.AddrPort{}, os.NewSyscallError("getsockname", err)
	}
	switch at := name.(type) {
	case *unix.SockaddrInet4:
		return netip.AddrPortFrom(netip.AddrFrom4(at.Addr), uint16(at.Port)), nil
	case *unix.SockaddrInet6:
		return netip.AddrPortFrom(netip.AddrFrom16(at.Addr), uint16(at.Port)), nil
	}
	return netip.AddrPort{}, errNoWay
}
