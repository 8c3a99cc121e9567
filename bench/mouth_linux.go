package bench

import (
	"fmt"
	"net/netip"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// mouth is a socket for the sound of many calls. Nothing wakes for what arrives at it: it is looked at every now and then, and the
// system says when each datagram came. Datagrams come and go many at a time: the bench must cost less than what it measures.
type mouth struct {
	fd      int
	address netip.AddrPort
	in, out *letters
}

const (
	together   = 64  // datagrams that one call of the system moves
	roomInEach = 256 // octets, of which a packet of 20 ms needs 172
)

// letters are datagrams that go or come together, with their addresses or what the system says beside them.
type letters struct {
	heads  [together]letter
	pieces [together]unix.Iovec
	octets [together][roomInEach]byte
	far    [together]unix.RawSockaddrInet4
	beside [together][64]byte
	many   int
}

// letter is the struct mmsghdr of sendmmsg(2).
type letter struct {
	head   unix.Msghdr
	length uint32
}

const roomFor = 16 << 20 // octets that may wait in a mouth

func newMouth() (*mouth, error) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	m := &mouth{fd: fd, in: newLetters(), out: newLetters()}
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
	address, err := bindLoopback(m.fd)
	m.address = address
	return err
}

func (m *mouth) close() { _ = unix.Close(m.fd) }

// newLetters returns room for letters, empty.
func newLetters() *letters {
	l := &letters{}
	for i := range l.heads {
		l.pieces[i].Base = &l.octets[i][0]
		l.heads[i].head.Iov = &l.pieces[i]
		l.heads[i].head.SetIovlen(1)
	}
	return l
}

// to returns what leaves a packet to be sent to the address with the next flush. What does not arrive is counted at the other end.
// One goroutine sends.
func (m *mouth) to(address netip.AddrPort) func([]byte) {
	there := rawAddress(address)
	return func(packet []byte) { m.add(packet, &there) }
}

func (m *mouth) add(packet []byte, there *unix.RawSockaddrInet4) {
	out := m.out
	if out.many == together {
		m.flush()
	}
	i := out.many
	out.many++
	out.far[i] = *there
	out.pieces[i].SetLen(copy(out.octets[i][:], packet))
	head := &out.heads[i].head
	head.Name, head.Namelen = (*byte)(unsafe.Pointer(&out.far[i])), unix.SizeofSockaddrInet4
}

// flush sends what was left to be sent.
func (m *mouth) flush() {
	for sent := 0; sent < m.out.many; {
		n, err := m.move(unix.SYS_SENDMMSG, m.out.heads[sent:m.out.many])
		if err != nil || n == 0 {
			n = 1 // that one is lost, and the others need not be
		}
		sent += n
	}
	m.out.many = 0
}

// listen hands everything that has arrived to hear, with the time at which it came. One goroutine listens.
func (m *mouth) listen(hear func(packet []byte, at time.Time)) {
	in := m.in
	for {
		for i := range in.heads {
			in.pieces[i].SetLen(roomInEach)
			in.heads[i].head.Control = &in.beside[i][0]
			in.heads[i].head.SetControllen(len(in.beside[i]))
		}
		n, err := m.move(unix.SYS_RECVMMSG, in.heads[:])
		if err != nil {
			return // there is nothing more
		}
		for i := range n {
			hear(in.octets[i][:in.heads[i].length], stampOf(in.beside[i][:in.heads[i].head.Controllen]))
		}
		if n < together {
			return
		}
	}
}

// move is sendmmsg(2) and recvmmsg(2), which both answer with how many datagrams they moved.
func (m *mouth) move(call uintptr, heads []letter) (int, error) {
	n, _, errno := unix.Syscall6(call, uintptr(m.fd), uintptr(unsafe.Pointer(&heads[0])), uintptr(len(heads)), unix.MSG_DONTWAIT, 0, 0)
	if errno != 0 {
		return 0, errno
	}
	return int(n), nil
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
