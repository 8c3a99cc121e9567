package relay

import (
	"errors"
	"net/netip"
	"sync"
	"sync/atomic"
)

// Socket is the trunk's or the phone's side of a call: one pair of UDP ports, RTP on the even one and
// RTCP on the odd one, or both on the even one if the other side does so (RFC 5761 §5).
type Socket struct {
	ports     *Ports
	port      uint16
	local     netip.AddrPort
	rtp, rtcp udp
	end       *End
	remote    atomic.Pointer[remote]
	seal      atomic.Pointer[seal] // nil: sound goes in the clear
	pacer     pacer
	close     sync.Once
}

// remote is where the other side is; it never changes once published.
type remote struct {
	signalled netip.AddrPort // as its session description says; invalid while it holds
	awaited   bool           // its description gives no address: the first packet does
	learned   netip.AddrPort // where its packets come from; invalid before the first one
	assumed   netip.AddrPort // where it was before the session was refreshed
	reports   netip.AddrPort // where its RTCP comes from
}

// target answers where to send: an invalid address means nowhere.
func (r *remote) target() netip.AddrPort {
	switch {
	case r == nil || !r.signalled.IsValid() && !r.awaited:
		return netip.AddrPort{}
	case r.learned.IsValid():
		return r.learned
	case r.assumed.IsValid():
		return r.assumed
	default:
		return r.signalled
	}
}

// admits says whether a packet of RTP from an address may be heard: any before one was learned, then
// that one, and always the one that was signalled.
func (r *remote) admits(from netip.AddrPort) bool {
	return r == nil || !r.learned.IsValid() || from == r.learned || from == r.signalled
}

func newSocket(ports *Ports) *Socket {
	s := &Socket{ports: ports}
	s.end = NewEnd(s)
	return s
}

// listen opens the pair that begins with an even port; 0: with one of the system's choice.
func (s *Socket) listen(port uint16) (err error) {
	if s.rtp, s.local, err = s.ports.listen(port, s.receive); err != nil {
		return err
	}
	if s.port = s.local.Port(); s.port%2 != 0 {
		return errors.Join(errOdd, s.rtp.close())
	}
	if s.rtcp, _, err = s.ports.listen(s.port+1, s.receiveReport); err != nil {
		return errors.Join(err, s.rtp.close())
	}
	s.pacer.begin(s)
	return nil
}

// End makes a socket a [Side].
func (s *Socket) End() *End { return s.end }

// Local answers with the address that RTP is to be sent to.
func (s *Socket) Local() netip.AddrPort { return s.local }

// Stats answers with what was received and sent so far.
func (s *Socket) Stats() Stats { return s.end.Stats() }

// SetRemote says where the other side wants its sound and in which format, the preferred one first; without
// a format it gets reports and no sound, as a side that holds wants it. From then on the address of the first valid packet is taken instead, because the other side may be behind a NAT, and kept until
// SetRemote is called again (RFC 4961 §4); the signalled address itself, if it turns up, wins over
// a learned one. An invalid or unspecified address, or port 0, means: send nothing.
func (s *Socket) SetRemote(addr netip.AddrPort, agreed ...Format) {
	addr = unmapped(addr)
	if !addr.IsValid() || addr.Addr().IsUnspecified() || addr.Port() == 0 {
		addr = netip.AddrPort{}
	}
	next := &remote{signalled: addr}
	switch before := s.remote.Load(); {
	case before == nil:
	case before.awaited:
		next.assumed, next.reports = before.learned, before.reports
	case before.signalled == addr:
		// The same again, as a session refresh says it: what was learned serves until it is learned anew.
		next.assumed, next.reports = before.target(), before.reports
	}
	s.remote.Store(next)
	s.end.Agree(agreed...)
}

// AwaitRemote says that nobody knows where the other side wants its sound: that is where its packets come from, and
// until the first one where it was before, if it was anywhere.
func (s *Socket) AwaitRemote(agreed ...Format) {
	next := &remote{awaited: true}
	if before := s.remote.Load(); before != nil {
		next.assumed, next.reports = before.target(), before.reports
	}
	s.remote.Store(next)
	s.end.Agree(agreed...)
}

// SendDigits sends digits as telephone-events of 100 ms each, one after the other, in the stream that
// is flowing (RFC 4733 §2.5). It returns at once. It answers ErrNoEvents, ErrNotADigit or
// ErrTooManyDigits, and then nothing is sent.
func (s *Socket) SendDigits(dialled string) error {
	codes, err := checkDigits(dialled)
	if err != nil {
		return err
	}
	if f := s.end.formats.Load(); f == nil || f.event == 0 {
		return ErrNoEvents
	}
	return s.pacer.send(s, codes)
}

// Close falls silent, says goodbye to the other side, gives the ports back and returns when nothing of
// the socket runs any more.
func (s *Socket) Close() error {
	var err error
	s.close.Do(func() {
		s.pacer.end(s)
		err = errors.Join(s.rtp.close(), s.rtcp.close())
		s.ports.giveBack(s.port)
	})
	return err
}

// SendRTP implements [Wire].
func (s *Socket) SendRTP(raw []byte) bool {
	to := s.remote.Load().target()
	if !to.IsValid() {
		return false
	}
	raw = s.closed(raw)
	return raw != nil && s.rtp.send(raw, to) == nil
}

func (s *Socket) receive(raw []byte, from netip.AddrPort) {
	r := s.remote.Load()
	if !r.admits(from) {
		s.end.dropped.Add(1)
		return
	}
	if IsRTCP(raw) {
		if s.receiveSealed(raw) {
			s.learnReports(from)
		}
		return
	}
	if raw = s.opened(raw); raw == nil {
		return
	}
	if s.end.Receive(raw) && r != nil && from != r.learned {
		// If SetRemote was called meanwhile, the next packet is learned from instead.
		s.remote.CompareAndSwap(r, &remote{signalled: r.signalled, awaited: r.awaited, learned: from})
	}
}

func (s *Socket) receiveReport(raw []byte, from netip.AddrPort) {
	if to := s.remote.Load().target(); to.IsValid() && to.Addr() != from.Addr() {
		s.end.dropped.Add(1)
		return
	}
	if s.receiveSealed(raw) {
		s.learnReports(from)
	}
}

// learnReports notes where the other side's RTCP comes from, if that is where its RTP comes from.
func (s *Socket) learnReports(from netip.AddrPort) {
	r := s.remote.Load()
	if r == nil || r.reports == from || from.Addr() != r.learned.Addr() {
		return
	}
	next := *r
	next.reports = from
	s.remote.CompareAndSwap(r, &next)
}

// report sends a compound RTCP packet to where the other side's come from, or else to the odd port
// above its RTP.
func (s *Socket) report(raw []byte) {
	r := s.remote.Load()
	target := r.target()
	if !target.IsValid() || target.Port() == 65535 {
		return
	}
	to := r.reports
	if !to.IsValid() {
		to = netip.AddrPortFrom(target.Addr(), target.Port()+1)
	}
	conn := s.rtcp
	if to == target {
		conn = s.rtp // they share a port (RFC 5761 §5)
	}
	// A report that cannot be sent is made good by the next one.
	if raw = s.closedReport(raw); raw != nil {
		_ = conn.send(raw, to)
	}
}

func unmapped(addr netip.AddrPort) netip.AddrPort {
	return netip.AddrPortFrom(addr.Addr().Unmap(), addr.Port())
}
