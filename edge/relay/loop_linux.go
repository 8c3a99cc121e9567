package relay

import (
	"errors"
	"fmt"
	"math"
	"net"
	"net/netip"
	"os"
	"runtime"
	"sync"
	"sync/atomic"

	"golang.org/x/sys/unix"
)

const (
	readyAtOnce = 128 // ports that one look at the system tells of
	turn        = 64  // datagrams after which others may have the processor
)

// loop reads many UDP ports in one goroutine: a datagram costs one call of the system to take it and one to send it on, and
// no goroutine of its own is woken for it (ADR 13). It lives as long as any of its ports.
type loop struct {
	file *os.File // the epoll of all its ports; the runtime waits for it as for any other file
	fd   int      // the same

	mu    sync.Mutex // of whoever opens and closes ports; no datagram waits for it
	open  int
	ports atomic.Pointer[[]atomic.Pointer[looped]] // by descriptor

	events [readyAtOnce]unix.EpollEvent
	letter datagram
	since  int // datagrams since others had the processor
}

// newLoop begins a loop with no ports.
func newLoop() (*loop, error) {
	fd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("open epoll: %w", err)
	}
	if err := unix.SetNonblock(fd, true); err != nil {
		return nil, errors.Join(fmt.Errorf("open epoll: %w", err), unix.Close(fd))
	}
	l := &loop{file: os.NewFile(uintptr(fd), "media ports"), fd: fd}
	l.ports.Store(new([]atomic.Pointer[looped]))
	raw, err := l.file.SyscallConn()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open epoll: %w", err), l.file.Close())
	}
	go func() { _ = raw.Read(l.run) }() // it returns when the file is closed
	return l, nil
}

// run takes what there is. It answers false, which lets the runtime wait until there is more.
func (l *loop) run(uintptr) bool {
	for {
		n, err := ready(l.fd, l.events[:])
		if n == 0 || err != nil {
			return false
		}
		// A port that has more is told of again: so none holds up the others.
		for i := range l.events[:n] {
			if p := l.at(int(l.events[i].Fd)); p != nil {
				p.read(&l.letter)
			}
		}
		if l.since += n; l.since >= turn {
			l.since = 0
			runtime.Gosched()
		}
	}
}

// at answers with the port of a descriptor, or nil when it was closed since the system told of it.
func (l *loop) at(fd int) *looped {
	ports := *l.ports.Load()
	if fd >= len(ports) {
		return nil
	}
	return ports[fd].Load()
}

// add begins to read a port.
func (l *loop) add(p *looped) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.put(p.fd, p)
	err := watch(l.fd, p.fd)
	if err != nil {
		l.put(p.fd, nil)
		return fmt.Errorf("watch media port: %w", err)
	}
	l.open++
	return nil
}

// put notes whose a descriptor is. The caller holds the lock.
func (l *loop) put(fd int, p *looped) {
	ports := *l.ports.Load()
	if fd >= len(ports) {
		more := make([]atomic.Pointer[looped], 2*fd+16)
		for i := range ports {
			more[i].Store(ports[i].Load())
		}
		ports = more
		l.ports.Store(&more)
	}
	ports[fd].Store(p)
}

// remove ends the reading of a port and closes it, which also ends the watching: nobody else has its descriptor. It answers whether the
// port was the last one.
func (l *loop) remove(p *looped) (last bool, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.put(p.fd, nil)
	l.open--
	if err = shut(p.fd); err != nil {
		err = fmt.Errorf("close media port: %w", err)
	}
	return l.open == 0, err
}

// looped is a UDP port that a loop reads.
type looped struct {
	ports   *Ports
	index   int // of the loop
	loop    *loop
	fd      int
	v6      bool
	receive func(raw []byte, from netip.AddrPort)
	// uses counts who reads or sends at this instant, so that the descriptor is not closed, and somebody else's by then, under
	// them. It is negative from close on.
	uses atomic.Int32
}

func (p *looped) enter() bool {
	for {
		n := p.uses.Load()
		if n < 0 {
			return false
		}
		if p.uses.CompareAndSwap(n, n+1) {
			return true
		}
	}
}

func (p *looped) leave() { p.uses.Add(-1) }

// read takes one datagram. Only the loop calls it.
func (p *looped) read(d *datagram) {
	if !p.enter() {
		return
	}
	defer p.leave()
	// There may be none: its checksum was wrong, or the descriptor was another port's a moment ago.
	if raw, from, ok := d.receive(p.fd); ok {
		p.receive(raw, from)
	}
}

func (p *looped) send(raw []byte, to netip.AddrPort) error {
	if !p.enter() {
		return net.ErrClosed
	}
	defer p.leave()
	return send(p.fd, p.v6, raw, to)
}

func (p *looped) close() error {
	for n := p.uses.Load(); !p.uses.CompareAndSwap(n, n+math.MinInt32); n = p.uses.Load() {
	}
	for p.uses.Load() != math.MinInt32 {
		runtime.Gosched() // nobody stays in for longer than it takes to hand one datagram on
	}
	return p.ports.loops.leave(p)
}

// loops are those of one range of ports: as many as there are cores, so that all can work.
type loops struct {
	alone bool // a goroutine for each port instead
	mu    sync.Mutex
	all   []*loop // nil where none runs
}

// adopt lets a loop read a port in place of conn, which is closed then. After an error it is as it was.
func (p *Ports) adopt(conn *net.UDPConn, receive func([]byte, netip.AddrPort)) (udp, error) {
	fd, v6, err := duplicate(conn)
	if err != nil {
		return nil, fmt.Errorf("watch media port: %w", err)
	}
	port := &looped{ports: p, fd: fd, v6: v6, receive: receive}
	// Both ports of a pair have the same loop.
	port.index = conn.LocalAddr().(*net.UDPAddr).Port / 2
	if err := p.loops.join(port); err != nil {
		return nil, errors.Join(err, unix.Close(fd))
	}
	_ = conn.Close() // the port lives on in the other descriptor
	return port, nil
}

// join adds a port to its loop, and begins the loop if it does not run.
func (l *loops) join(p *looped) (err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.all == nil {
		l.all = make([]*loop, min(runtime.GOMAXPROCS(0), runtime.NumCPU()))
	}
	p.index %= len(l.all)
	if p.loop = l.all[p.index]; p.loop == nil {
		if p.loop, err = newLoop(); err != nil {
			return err
		}
	}
	if err = p.loop.add(p); err != nil && l.all[p.index] == nil {
		return errors.Join(err, p.loop.file.Close())
	}
	l.all[p.index] = p.loop
	return err
}

// leave takes a port out of its loop, closes it, and ends the loop with its last one.
func (l *loops) leave(p *looped) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	last, err := p.loop.remove(p)
	if last {
		_ = p.loop.file.Close() // nobody waits for anything in it any more
		l.all[p.index] = nil
	}
	return err
}

// listenInLoop opens a port for a loop to read; port 0 is one of the system's choice. errNoLoop says that there is no loop for it, any
// other error that it cannot be opened. The runtime never hears of such a port: that would cost as much again as opening it.
func (p *Ports) listenInLoop(at netip.AddrPort, receive func([]byte, netip.AddrPort)) (udp, netip.AddrPort, error) {
	fd, v6, err := openUDP(at)
	if err != nil {
		return nil, netip.AddrPort{}, err
	}
	if at.Port() == 0 {
		if at, err = boundTo(fd); err != nil {
			return nil, netip.AddrPort{}, errors.Join(err, unix.Close(fd))
		}
	}
	port := &looped{ports: p, fd: fd, v6: v6, receive: receive, index: int(at.Port() / 2)}
	if err := p.loops.join(port); err != nil {
		return nil, netip.AddrPort{}, errors.Join(errNoLoop, err, unix.Close(fd))
	}
	return port, unmapped(at), nil
}

// duplicate answers with another descriptor of a port, of which the runtime does not know.
func duplicate(conn *net.UDPConn) (fd int, v6 bool, err error) {
	raw, err := conn.SyscallConn()
	if err != nil {
		return 0, false, err
	}
	var failed error
	err = raw.Control(func(of uintptr) {
		if fd, failed = unix.FcntlInt(of, unix.F_DUPFD_CLOEXEC, 0); failed != nil {
			return
		}
		var name unix.Sockaddr
		if name, failed = unix.Getsockname(fd); failed != nil {
			_ = unix.Close(fd) // the first error counts
			return
		}
		_, v6 = name.(*unix.SockaddrInet6)
	})
	return fd, v6, errors.Join(err, failed)
}
