package bench

import (
	"errors"
	"fmt"
	"net/netip"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// mouth is a socket for the sound of many calls. Nothing wakes for what arrives at it: it is looked at every now and then, and the
// system says when each datagram came. The bench must cost less than what it measures.
type mouth struct {
	fd      int
	address netip.AddrPort
}

const roomFor = 16 << 20 // octets that may wait in a mouth

func newMouth() (*mouth, error) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	m := &mouth{fd: fd}
	if err := m.open(); err != nil {
		m.close()
		return nil, err
	}
	return m, nil
}

func (m *mouth) open() error {
	_ = unix.SetsockoptInt(m.fd, unix.SOL_SOCKET, unix.SO_RCVBUF, roomFor)      // the system may give less
	_ = unix.SetsockoptInt(m.fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, roomFor) // for those who may
	if err := unix.SetsockoptInt(m.fd, unix.SOL_SOCKET, unix.SO_TIMESTAMPNS, 1); err != nil {
		return fmt.Errorf("ask for times of arrival: %w", err)
	}
	if err := unix.Bind(m.fd, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		return err
	}
	bound, err := unix.Getsockname(m.fd)
	if err != nil {
		return err
	}
	here, ok := bound.(*unix.SockaddrInet4)
	if !ok {
		return errors.New("a socket of another family than was asked for")
	}
	m.address = netip.AddrPortFrom(netip.AddrFrom4(here.Addr), uint16(here.Port))
	return nil
}

func (m *mouth) close() { _ = unix.Close(m.fd) }

// to returns what sends a packet to the address. What does not arrive is counted at the other end.
func (m *mouth) to(address netip.AddrPort) func([]byte) {
	there := &unix.SockaddrInet4{Addr: address.Addr().As4(), Port: int(address.Port())}
	return func(packet []byte) { _ = unix.Sendto(m.fd, packet, unix.MSG_DONTWAIT, there) }
}

// listen hands everything that has arrived to hear, with the time at which it came.
func (m *mouth) listen(hear func(packet []byte, at time.Time)) {
	var packet [2048]byte
	var beside [64]byte
	for {
		n, said, _, _, err := unix.Recvmsg(m.fd, packet[:], beside[:], unix.MSG_DONTWAIT)
		if err != nil {
			return // there is nothing more
		}
		hear(packet[:n], stampOf(beside[:said]))
	}
}

// stampOf returns when a datagram arrived, which the system says beside it.
func stampOf(beside []byte) time.Time {
	const head = unix.SizeofCmsghdr
	if len(beside) < head+int(unsafe.Sizeof(unix.Timespec{})) {
		return time.Now()
	}
	at := *(*unix.Timespec)(unsafe.Pointer(&beside[head])) // the only thing that was asked for
	return time.Unix(at.Unix())
}
