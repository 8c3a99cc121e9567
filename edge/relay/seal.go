package relay

import (
	"fmt"
	"sync"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/srtp/v3"
)

// seal encrypts what a socket sends and decrypts what it gets (RFC 3711). Each context belongs to one goroutine at a time: in to the
// reader of the RTP port, out to whoever is in the gate of the socket's end, outReport to its pacer; reports may come to either port.
type seal struct {
	ours, theirs Crypto

	in, out, outReport  *srtp.Context
	inHeader, outHeader rtp.Header
	inBuffer, outBuffer [maxPacket + 64]byte
	outReportHeader     rtcp.Header

	reports        sync.Mutex // guards what follows; of the packets that it holds up there are some in ten seconds
	inReport       *srtp.Context
	inReportHeader rtcp.Header
	inReportBuffer [maxPacket + 64]byte
}

func newSeal(ours, theirs Crypto) (*seal, error) {
	s := &seal{ours: ours, theirs: theirs}
	for _, c := range []struct {
		to  **srtp.Context
		key Crypto
	}{{&s.in, theirs}, {&s.inReport, theirs}, {&s.out, ours}, {&s.outReport, ours}} {
		var err error
		options := []srtp.ContextOption{srtp.SRTPReplayProtection(128), srtp.SRTCPReplayProtection(64)}
		if *c.to, err = srtp.CreateContext(c.key.key[:16], c.key.key[16:], c.key.suite.profile(), options...); err != nil {
			return nil, fmt.Errorf("make cipher: %w", err)
		}
	}
	return s, nil
}

// Seal encrypts the sound from now on: what is sent with our key, what is taken with theirs. Keys that are in use already stay so.
func (s *Socket) Seal(ours, theirs Crypto) error {
	if before := s.seal.Load(); before != nil && before.ours == ours && before.theirs == theirs {
		return nil
	}
	next, err := newSeal(ours, theirs)
	if err != nil {
		return err
	}
	s.seal.Store(next)
	return nil
}

// Unseal sends and takes sound in the clear from now on.
func (s *Socket) Unseal() { s.seal.Store(nil) }

// closed encrypts a packet of RTP where that is agreed; nil: it cannot be sent. The result is good until the next call.
func (s *Socket) closed(raw []byte) []byte {
	keys := s.seal.Load()
	if keys == nil {
		return raw
	}
	encrypted, err := keys.out.EncryptRTP(keys.outBuffer[:0], raw, &keys.outHeader)
	if err != nil {
		return nil
	}
	return encrypted
}

// opened decrypts a packet of RTP where that is agreed; nil: it is not from whoever has the key, or has been heard before.
func (s *Socket) opened(raw []byte) []byte {
	keys := s.seal.Load()
	if keys == nil {
		return raw
	}
	plain, err := keys.in.DecryptRTP(keys.inBuffer[:0], raw, &keys.inHeader)
	if err != nil {
		s.end.dropped.Add(1)
		return nil
	}
	return plain
}

// closedReport does for RTCP what closed does for RTP.
func (s *Socket) closedReport(raw []byte) []byte {
	keys := s.seal.Load()
	if keys == nil {
		return raw
	}
	encrypted, err := keys.outReport.EncryptRTCP(nil, raw, &keys.outReportHeader)
	if err != nil {
		return nil
	}
	return encrypted
}

// receiveSealed takes a compound RTCP packet, decrypted where that is agreed.
func (s *Socket) receiveSealed(raw []byte) bool {
	keys := s.seal.Load()
	if keys == nil {
		return s.end.ReceiveReport(raw)
	}
	keys.reports.Lock()
	defer keys.reports.Unlock()
	plain, err := keys.inReport.DecryptRTCP(keys.inReportBuffer[:0], raw, &keys.inReportHeader)
	if err != nil {
		s.end.dropped.Add(1)
		return false
	}
	return s.end.ReceiveReport(plain)
}
