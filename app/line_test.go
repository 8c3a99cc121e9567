package app_test

import (
	"io"
	"net"
	"strings"
	"sync"
	"testing"
)

// line is a wire between a browser and the node that a test can cut and mend. Sound does not pass through it.
type line struct {
	t           *testing.T
	node        string // the node's address
	address     string // where browsers find it
	connections sync.WaitGroup

	mu       sync.Mutex
	listener net.Listener
	open     []net.Conn
	isCut    bool
}

// layLine lays a line to a node and returns the URL at its near end.
func layLine(t *testing.T, url string) (*line, string) {
	t.Helper()
	l := &line{t: t, node: strings.TrimPrefix(url, "http://"), address: "127.0.0.1:0"}
	l.mend()
	t.Cleanup(l.cut)
	return l, "http://" + l.address
}

// mend lets connections through.
func (l *line) mend() {
	l.t.Helper()
	listener, err := net.Listen("tcp", l.address)
	if err != nil {
		l.t.Fatal(err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.listener, l.address, l.isCut = listener, listener.Addr().String(), false
	l.connections.Go(func() { l.accept(listener) })
}

// cut breaks every connection and refuses new ones.
func (l *line) cut() {
	l.mu.Lock()
	_ = l.listener.Close() // it may be cut already
	for _, c := range l.open {
		_ = c.Close() // either end may be gone already
	}
	l.open, l.isCut = nil, true
	l.mu.Unlock()
	l.connections.Wait()
}

func (l *line) accept(listener net.Listener) {
	for {
		near, err := listener.Accept()
		if err != nil {
			return // cut
		}
		l.connections.Go(func() { l.carry(listener, near) })
	}
}

// carry joins a connection with one to the node until either ends.
func (l *line) carry(listener net.Listener, near net.Conn) {
	defer near.Close()
	far, err := net.Dial("tcp", l.node)
	if err != nil {
		return
	}
	defer far.Close()
	if !l.keep(listener, near, far) {
		return
	}
	var back sync.WaitGroup
	back.Go(func() {
		_, _ = io.Copy(near, far) // it ends with the line
		_ = near.Close()
	})
	_, _ = io.Copy(far, near) // it ends with the line
	_ = far.Close()
	back.Wait()
}

// keep remembers both ends, unless the line was cut meanwhile.
func (l *line) keep(listener net.Listener, ends ...net.Conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.isCut || l.listener != listener {
		return false
	}
	l.open = append(l.open, ends...)
	return true
}
