package relay

import (
	"sync"
	"time"
)

// pacer sends what is not answered to packets: digits, and a report every five seconds or so. Between them nothing of it runs: most
// sockets send no digit in their life, and many end before their first report.
type pacer struct {
	mu      sync.Mutex // of whoever reports, sends digits or closes; no packet of sound waits for it
	timer   *time.Timer
	buffer  []byte // of reports
	closed  bool
	digits  []byte        // that wait
	playing chan struct{} // closed to end the goroutine that sends digits; nil: none runs
	player  sync.WaitGroup
}

// begin sets the time of the first report.
func (p *pacer) begin(s *Socket) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.timer = time.AfterFunc(NextReport(), func() { p.report(s) })
}

func (p *pacer) report(s *Socket) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return
	}
	p.buffer = s.end.AppendReport(p.buffer[:0])
	s.report(p.buffer)
	p.timer.Reset(NextReport())
}

// send has digits sent after those that wait, all of them or none.
func (p *pacer) send(s *Socket, codes []byte) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.closed:
		return nil // nobody hears them any more
	case len(codes) > digitsWaiting-len(p.digits):
		return ErrTooManyDigits
	}
	p.digits = append(p.digits, codes...)
	if p.playing == nil && len(p.digits) > 0 {
		done := make(chan struct{})
		p.playing = done
		p.player.Go(func() { p.play(s.end, done) })
	}
	return nil
}

// play sends the digits that wait, and ends with the last one.
func (p *pacer) play(e *End, done <-chan struct{}) {
	for {
		code, more := p.next()
		if !more {
			return
		}
		e.play(code, done)
	}
}

// next takes the next digit. Without one whoever sends them has ended.
func (p *pacer) next() (code byte, more bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed || len(p.digits) == 0 {
		p.digits, p.playing = nil, nil
		return 0, false
	}
	code, p.digits = p.digits[0], p.digits[1:]
	return code, true
}

// end falls silent, says goodbye and returns when nothing runs any more. It is called once.
func (p *pacer) end(s *Socket) {
	p.mu.Lock()
	p.closed = true
	Part(s)
	p.timer.Stop()
	if p.playing != nil {
		close(p.playing)
	}
	p.mu.Unlock()
	p.player.Wait()
	s.report(s.end.AppendGoodbye(p.buffer[:0]))
}
