package sip

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"
)

const (
	maxConns     = 4096             // TCP connections at once; a further one is closed on accept
	sendBuffer   = 128 << 10        // asked of the system for each connection
	maxQueued    = 1 << 20          // bytes waiting for a slow reader before it is cut off
	writeTimeout = 20 * time.Second // one write to a slow reader
	firstMessage = 30 * time.Second // time in which a new client must have said something whole
	deafness     = time.Second      // silence after a request of ours that makes a connection one to leave
	unheardFor   = 10 * time.Second // after which the system gives up bytes that nobody acknowledges

	probeAfter, probeEvery, probes = 10 * time.Second, 5 * time.Second, 3 // of TCP's keep-alive
)

// tcpListener accepts connections.
type tcpListener struct {
	stack    *Stack
	listener *net.TCPListener
	addr     netip.AddrPort
	secure   security // of the connections that it accepts
}

func (s *Stack) listenTCP(address string, secure security) (netip.AddrPort, error) {
	at, err := net.ResolveTCPAddr("tcp", address)
	if err != nil {
		return netip.AddrPort{}, err
	}
	listener, err := net.ListenTCP("tcp", at)
	if err != nil {
		return netip.AddrPort{}, err
	}
	bound := listener.Addr().(*net.TCPAddr).AddrPort()
	l := &tcpListener{s, listener, netip.AddrPortFrom(bound.Addr().Unmap(), bound.Port()), secure}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		_ = listener.Close()
		return netip.AddrPort{}, errClosed
	}
	s.tcp = append(s.tcp, l)
	s.running.Go(l.accept)
	return l.addr, nil
}

// accept is the listener's goroutine. Nothing but closing ends it: when the system has no file descriptor
// to give it waits a little and tries again.
func (l *tcpListener) accept() {
	for {
		conn, err := l.listener.AcceptTCP()
		if err != nil {
			if errors.Is(err, net.ErrClosed) {
				return
			}
			l.stack.log.Warn("tcp accept", "error", err)
			if !l.stack.pause() {
				return
			}
			continue
		}
		l.stack.adopt(conn, l.secure)
	}
}

// tcpConn is one connection, dialled or accepted.
type tcpConn struct {
	stack   *Stack
	remote  netip.AddrPort
	secure  security
	dialled bool
	born    time.Time
	opened  atomic.Int64    // when it was connected, as nanoseconds after born; 0 while connecting
	heard   atomic.Int64    // when something came last; 0 while nothing has
	asked   atomic.Bool     // a request of ours went out on it
	ctx     context.Context // ends with the connection
	cancel  context.CancelFunc

	mu      sync.Mutex
	conn    net.Conn     // what messages go over; nil while connecting
	raw     *net.TCPConn // what lies under it; nil while connecting
	queue   [][]byte
	queued  int
	writing bool // the writer goroutine holds bytes that are not written yet
	err     error
	wake    chan struct{}
}

func (s *Stack) newConn(remote netip.AddrPort, secure security, dialled bool) *tcpConn {
	c := &tcpConn{stack: s, remote: remote, secure: secure, dialled: dialled, born: time.Now(), wake: make(chan struct{}, 1)}
	c.ctx, c.cancel = context.WithCancel(s.ctx)
	return c
}

// adopt takes an accepted connection.
func (s *Stack) adopt(conn *net.TCPConn, secure security) {
	remote := conn.RemoteAddr().(*net.TCPAddr).AddrPort()
	remote = netip.AddrPortFrom(remote.Addr().Unmap(), remote.Port())
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || len(s.conns) >= maxConns {
		_ = conn.Close()
		return
	}
	c := s.newConn(remote, secure, false)
	s.conns[c.line()] = c
	if secure.used() {
		s.running.Go(func() { c.welcome(conn) })
		return
	}
	c.connected(conn, conn)
	s.running.Go(c.read)
	s.running.Go(c.write)
}

// connTo gives the open connection to an address, or begins to open one.
func (s *Stack) connTo(remote netip.AddrPort, secure security, timeout time.Duration) (*tcpConn, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, errClosed
	}
	if c := s.conns[line{remote, secure}]; c != nil && c.alive() {
		return c, nil
	}
	if len(s.conns) >= maxConns {
		return nil, errNoFlow
	}
	c := s.newConn(remote, secure, true)
	s.conns[c.line()] = c
	switch {
	case timeout != 0:
	case secure.used():
		timeout = tlsTimeout
	default:
		timeout = dialTimeout
	}
	s.running.Go(func() { c.dial(timeout) })
	return c, nil
}

// dial connects and then becomes the connection's writer.
func (c *tcpConn) dial(timeout time.Duration) {
	ctx, cancel := context.WithTimeout(c.ctx, timeout)
	defer cancel()
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "tcp", c.remote.String())
	if err != nil {
		c.fail(c.secure.refused(err))
		return
	}
	raw := conn.(*net.TCPConn)
	if c.secure.used() {
		secured := tls.Client(raw, c.secure.client())
		if err := secured.HandshakeContext(ctx); err != nil {
			_ = raw.Close()
			c.fail(errors.Join(ErrInsecure, err))
			return
		}
		conn = secured
	}
	if !c.connected(conn, raw) {
		return
	}
	c.stack.running.Go(c.read)
	c.write()
}

// connected takes the open connection, unless it was given up meanwhile, and asks the system for what keeps a dead far end
// from being taken for a silent one.
func (c *tcpConn) connected(conn net.Conn, raw *net.TCPConn) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil {
		_ = raw.Close()
		return false
	}
	_ = raw.SetWriteBuffer(sendBuffer)
	_ = raw.SetKeepAliveConfig(net.KeepAliveConfig{Enable: true, Idle: probeAfter, Interval: probeEvery, Count: probes})
	giveUpAfter(raw, unheardFor)
	c.conn, c.raw = conn, raw
	c.opened.Store(c.since(time.Now()))
	return true
}

// since is a moment as opened and heard say it; never 0.
func (c *tcpConn) since(at time.Time) int64 { return max(int64(at.Sub(c.born)), 1) }

// deaf says whether a request that was written at a moment met a silence in which a living far end would have spoken.
func (c *tcpConn) deaf(written, now time.Time) bool {
	asked, opened := c.since(written), c.opened.Load()
	if opened == 0 || c.heard.Load() >= asked {
		return false
	}
	return c.since(now)-max(asked, opened) >= int64(deafness)
}

// send writes in the caller's goroutine what the system takes at once and leaves the rest to the writer, as it does all that
// has to be encrypted.
func (c *tcpConn) send(b []byte, _ netip.AddrPort) error {
	c.mu.Lock()
	if c.err != nil {
		defer c.mu.Unlock()
		return c.err
	}
	if c.raw != nil && !c.secure.used() && len(c.queue) == 0 && !c.writing {
		b = b[writeNow(c.raw, b):]
		if len(b) == 0 {
			c.mu.Unlock()
			return nil
		}
	}
	c.queue = append(c.queue, b)
	c.queued += len(b)
	over := c.queued > maxQueued
	c.mu.Unlock()
	if over {
		c.stack.spawn(func() { c.fail(errSlow) }) // the caller holds a strand that fail may want
		return errSlow
	}
	select {
	case c.wake <- struct{}{}:
	default:
	}
	return nil
}

// write is the writer's goroutine.
func (c *tcpConn) write() {
	for {
		c.mu.Lock()
		batch := net.Buffers(c.queue)
		c.queue, c.queued = nil, 0
		c.writing = len(batch) > 0
		c.mu.Unlock()
		if len(batch) > 0 {
			_ = c.conn.SetWriteDeadline(time.Now().Add(writeTimeout))
			if _, err := batch.WriteTo(c.conn); err != nil {
				c.fail(err)
				return
			}
			continue
		}
		select {
		case <-c.wake:
		case <-c.ctx.Done():
			c.fail(errClosed)
			return
		}
	}
}

// read is the reader's goroutine: messages are dispatched in the order in which they came.
func (c *tcpConn) read() {
	frames := framer{maxBody: c.stack.maxBody}
	buffer := make([]byte, 16<<10)
	silent := !c.dialled
	if silent {
		_ = c.conn.SetReadDeadline(time.Now().Add(firstMessage))
	}
	for {
		n, err := c.conn.Read(buffer)
		if err != nil {
			c.fail(errLostTCP)
			return
		}
		c.heard.Store(c.since(time.Now()))
		frames.buffer = append(frames.buffer, buffer[:n]...)
		clear(buffer[:n]) // the next may be shorter, or long in coming
		progress, err := c.drain(&frames)
		if err != nil {
			c.fail(err)
			return
		}
		if progress && silent { // from now on TCP's own keep-alive finds a dead client
			silent = false
			_ = c.conn.SetReadDeadline(time.Time{})
		}
	}
}

// drain dispatches every whole message in the buffer and answers keep-alive pings.
func (c *tcpConn) drain(frames *framer) (progress bool, err error) {
	for {
		for range frames.pongs() {
			progress = true
			_ = c.send([]byte("\r\n"), c.remote)
		}
		m, flaw, ok, err := frames.next()
		if ok {
			progress = true
			c.stack.dispatch(m, flaw, route{c, c.remote}, 0)
		}
		if err != nil || !ok {
			return progress, err
		}
	}
}

// fail closes the connection and tells the transactions that wait on it; only the first error counts.
func (c *tcpConn) fail(err error) {
	if c.condemn(err) {
		c.stack.lost(c, err)
	}
}

// condemn closes the connection, so that whoever wants one to its address opens another, and reports whether it was
// the first to do so: then lost must follow, which whoever holds a strand leaves to another goroutine.
func (c *tcpConn) condemn(err error) bool {
	c.mu.Lock()
	if c.err != nil {
		c.mu.Unlock()
		return false
	}
	c.err = err
	raw := c.raw
	c.queue = nil
	c.mu.Unlock()
	c.cancel()
	if raw != nil {
		_ = raw.Close() // TLS's own farewell might wait for a far end that does not read
	}
	return true
}

func (c *tcpConn) network() string {
	if c.secure.used() {
		return "TLS"
	}
	return "TCP"
}

func (c *tcpConn) alive() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err == nil
}

// local is where the far end can open a connection of that kind to us: a listener. Without one it is what comes nearest;
// the far end then has this connection only.
func (c *tcpConn) local(to netip.AddrPort) netip.AddrPort {
	s := c.stack
	s.mu.Lock()
	var found netip.AddrPort
	for _, l := range s.tcp {
		own := l.addr.Addr()
		if l.secure.used() != c.secure.used() {
			continue
		}
		if own.Is4() == to.Addr().Is4() || (own.Is6() && own.IsUnspecified()) {
			if !found.IsValid() || own.IsLoopback() == to.Addr().IsLoopback() {
				found = l.addr
			}
		}
	}
	s.mu.Unlock()
	if found.IsValid() {
		return s.ownAddress(found, to)
	}
	c.mu.Lock()
	conn := c.conn
	c.mu.Unlock()
	if conn != nil {
		bound := conn.LocalAddr().(*net.TCPAddr).AddrPort()
		return netip.AddrPortFrom(bound.Addr().Unmap(), bound.Port())
	}
	if r, err := s.routeTo(hop{network: "udp", addr: to}); err == nil {
		return r.flow.local(to)
	}
	return netip.AddrPortFrom(sourceFor(to), 5060)
}
