package bench

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"runtime"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// bare hands packets on between pairs of sockets and does nothing else: no look at them, no statistics, no check of who sends. It is
// what relaying costs the machine at that moment, and nothing that receives and sends each packet by itself can cost much less.
type bare struct {
	watch int // an epoll
	ports map[int32]*barePort
}

// barePort is a socket whose packets leave by another one.
type barePort struct {
	fd, leaves int
	address    netip.AddrPort
	to         unix.RawSockaddrInet4
}

func newBare() (*bare, error) {
	watch, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("open epoll: %w", err)
	}
	return &bare{watch: watch, ports: map[int32]*barePort{}}, nil
}

func (b *bare) close() {
	for _, port := range b.ports {
		_ = unix.Close(port.fd)
	}
	_ = unix.Close(b.watch)
}

// join opens a pair of sockets between two mouths, and answers with where each of them is to send.
func (b *bare) join(one, other *mouth) (ofOne, ofOther netip.AddrPort, err error) {
	first, err := b.open(one.address)
	if err != nil {
		return netip.AddrPort{}, netip.AddrPort{}, err
	}
	second, err := b.open(other.address)
	if err != nil {
		return netip.AddrPort{}, netip.AddrPort{}, err
	}
	first.leaves, first.to = second.fd, second.to
	second.leaves, second.to = first.fd, rawAddress(one.address)
	return first.address, second.address, nil
}

func (b *bare) open(far netip.AddrPort) (*barePort, error) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	port := &barePort{fd: fd, to: rawAddress(far)}
	b.ports[int32(fd)] = port
	if port.address, err = bindLoopback(fd); err != nil {
		return nil, err
	}
	return port, unix.EpollCtl(b.watch, unix.EPOLL_CTL_ADD, fd, &unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(fd)})
}

// bindLoopback gives a socket a free port on loopback.
func bindLoopback(fd int) (netip.AddrPort, error) {
	if err := unix.Bind(fd, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		return netip.AddrPort{}, err
	}
	bound, err := unix.Getsockname(fd)
	if err != nil {
		return netip.AddrPort{}, err
	}
	here, ok := bound.(*unix.SockaddrInet4)
	if !ok {
		return netip.AddrPort{}, errors.New("a socket of another family than was asked for")
	}
	return netip.AddrPortFrom(netip.AddrFrom4(here.Addr), uint16(here.Port)), nil
}

func rawAddress(of netip.AddrPort) unix.RawSockaddrInet4 {
	raw := unix.RawSockaddrInet4{Family: unix.AF_INET, Addr: of.Addr().As4()}
	binary.BigEndian.PutUint16((*[2]byte)(unsafe.Pointer(&raw.Port))[:], of.Port())
	return raw
}

// lookAgain is how long the bare relay waits for a packet before it sees whether it is to end, in milliseconds.
const lookAgain = 50

// carry hands packets on until done is closed, and answers with the share of a core that it took. The thread is its own.
func (b *bare) carry(done <-chan struct{}, counting func() bool) (share float64) {
	var events [128]unix.EpollEvent
	var packet [2048]byte
	var begin, used time.Duration
	for {
		select {
		case <-done:
			return ratio(float64(threadTime()-used), float64(monotonic()-begin))
		default:
		}
		if begin == 0 && counting() {
			begin, used = monotonic(), threadTime()
		}
		n, err := unix.EpollWait(b.watch, events[:], lookAgain)
		if err != nil && !errors.Is(err, unix.EINTR) {
			return 0
		}
		for i := range max(0, n) {
			port := b.ports[events[i].Fd]
			size, _, errno := unix.RawSyscall6(unix.SYS_RECVFROM, uintptr(port.fd), uintptr(unsafe.Pointer(&packet)), uintptr(len(packet)),
				unix.MSG_DONTWAIT, 0, 0)
			if errno == 0 {
				_, _, _ = unix.RawSyscall6(unix.SYS_SENDTO, uintptr(port.leaves), uintptr(unsafe.Pointer(&packet)), size,
					unix.MSG_DONTWAIT, uintptr(unsafe.Pointer(&port.to)), unix.SizeofSockaddrInet4)
			}
		}
	}
}

// threadTime is the CPU time that this thread has used.
func threadTime() time.Duration { return clock(unix.CLOCK_THREAD_CPUTIME_ID) }

func monotonic() time.Duration { return clock(unix.CLOCK_MONOTONIC) }

func clock(which int32) time.Duration {
	var at unix.Timespec
	_ = unix.ClockGettime(which, &at) // both clocks are there
	return time.Duration(at.Nano())
}

// measureBare relays so many calls on the core by the least code there is. The sound is one that nothing else speaks in.
func measureBare(core *int, s *sound, calls int, length time.Duration, wait func(time.Duration) error) (Bare, error) {
	b, err := newBare()
	if err != nil {
		return Bare{}, err
	}
	defer b.close()
	var voices []*voice
	defer func() {
		for _, v := range voices {
			s.hush(v)
		}
	}()
	for range calls {
		one, other := s.mouth(), s.mouth()
		ofOne, ofOther, err := b.join(one, other)
		if err != nil {
			return Bare{}, fmt.Errorf("open the bare relay's sockets: %w", err)
		}
		voices = append(voices, s.speak(one, ofOne), s.speak(other, ofOther))
	}
	done, share := make(chan struct{}), make(chan float64, 1)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		_ = onCore(core, func() error { share <- b.carry(done, s.counted.Load); return nil }) // on another core the figure is another one
	}()
	if err := wait(settle); err != nil {
		close(done)
		<-share
		return Bare{}, err
	}
	got, err := s.count(length, wait)
	close(done)
	return Bare{CorePer100: ratio(100*<-share, float64(calls)), Delay: got.Delay, Lost: got.Lost}, err
}
