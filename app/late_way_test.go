package app_test

import (
	"net"
	"sync"
	"time"
)

// lateWay passes octets on, as late as it is told.
type lateWay struct {
	mu    sync.Mutex
	late  time.Duration
	ended chan struct{} // closed when octets need not be late any more
}

// take makes everything late from now on, until it is healed.
func (d *lateWay) take(late time.Duration) (heal func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	ended := make(chan struct{})
	d.late, d.ended = late, ended
	return sync.OnceFunc(func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.late = 0
		close(ended)
	})
}

// join connects both ends until one of them goes.
func (d *lateWay) join(near net.Conn, socket string) {
	defer near.Close()
	far, err := net.Dial("unix", socket)
	if err != nil {
		return // the server is gone
	}
	defer far.Close()
	go d.pass(far, near)
	d.pass(near, far)
}

func (d *lateWay) pass(to, from net.Conn) {
	defer to.Close()
	packet := make([]byte, 32<<10)
	for {
		n, err := from.Read(packet)
		if err != nil {
			return // that end has gone
		}
		d.wait()
		if _, err := to.Write(packet[:n]); err != nil {
			return // the other end has gone
		}
	}
}

func (d *lateWay) wait() {
	d.mu.Lock()
	late, ended := d.late, d.ended
	d.mu.Unlock()
	if late == 0 {
		return
	}
	select {
	case <-time.After(late):
	case <-ended:
	}
}
