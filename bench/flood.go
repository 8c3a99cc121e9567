package bench

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// flood is ordinary calls at a rate, to a number that nobody answers at: each INVITE once, each final answer acknowledged. It keeps
// no more of a call than the time at which it was sent, so that it does not tire before the node does.
type flood struct {
	node    netip.AddrPort
	conn    *net.UDPConn
	run     uint32 // told apart from other floods on the same node
	sent    []atomic.Int64
	took    []atomic.Int64
	born    time.Time
	reading sync.WaitGroup
}

// answeredWithin is how soon an ordinary call must have its final answer.
const answeredWithin = 500 * time.Millisecond

var floods atomic.Uint32 // names the floods of this process

func newFlood(node netip.AddrPort, rate int, length time.Duration) (*flood, error) {
	conn, err := listen()
	if err != nil {
		return nil, err
	}
	total := int(float64(rate)*length.Seconds()) + 1
	f := &flood{node: node, conn: conn, run: floods.Add(1), sent: make([]atomic.Int64, total), took: make([]atomic.Int64, total), born: time.Now()}
	f.reading.Go(f.read)
	return f, nil
}

// pour sends calls at the rate for so long and says what became of them.
func (f *flood) pour(ctx context.Context, rate int, length time.Duration) (Load, error) {
	defer f.reading.Wait()
	defer f.conn.Close() // it ends the reading
	buffer := make([]byte, 0, 1024)
	placed := 0
	err := paced(ctx, rate, length, func(i int) {
		placed++
		buffer = f.invite(buffer[:0], i)
		f.sent[i].Store(int64(time.Since(f.born)) + 1)
		_, _ = f.conn.WriteToUDPAddrPort(buffer, f.node) // it counts as not answered
	})
	if err == nil {
		err = wait(ctx, answeredWithin)
	}
	load := Load{Rate: rate, Sent: placed}
	var answers []time.Duration
	for i := range placed {
		if took := time.Duration(f.took[i].Load()); took > 0 && took <= answeredWithin {
			answers = append(answers, took)
		}
	}
	load.Answered, load.Answer = len(answers), spreadOf(answers)
	return load, err
}

func (f *flood) callID(i int) string { return fmt.Sprintf("f%d-%d@bench", f.run, i) }

// header writes what an INVITE and its ACK have in common.
func (f *flood) header(to []byte, method string, i int, toTag []byte) []byte {
	me := addressOf(f.conn)
	to = fmt.Appendf(to, "%[1]s sip:%[2]s@%[3]s SIP/2.0\r\nVia: SIP/2.0/UDP %[4]s;branch=z9hG4bKf%[5]d-%[6]d\r\nMax-Forwards: 70\r\n"+
		"From: <sip:+12175559999@%[4]s>;tag=f%[6]d\r\nTo: <sip:%[2]s@%[3]s>", method, sharedNumber, f.node, me, f.run, i)
	to = append(to, toTag...)
	return fmt.Appendf(to, "\r\nCall-ID: %s\r\nCSeq: 1 %s\r\n", f.callID(i), method)
}

func (f *flood) invite(to []byte, i int) []byte {
	to = f.header(to, "INVITE", i, nil)
	body := describe(addressOf(f.conn))
	to = fmt.Appendf(to, "Contact: <sip:bench@%s>\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n", addressOf(f.conn), sdpType, len(body))
	return append(to, body...)
}

func (f *flood) read() {
	buffer, ack := make([]byte, 4096), make([]byte, 0, 1024)
	for {
		n, err := f.conn.Read(buffer)
		if err != nil {
			return
		}
		now := time.Since(f.born)
		i, toTag, ok := f.final(buffer[:n])
		if !ok {
			continue
		}
		if sent := f.sent[i].Load(); sent > 0 && f.took[i].Load() == 0 {
			f.took[i].Store(max(1, int64(now)-sent))
		}
		ack = append(f.header(ack[:0], "ACK", i, toTag), "Content-Length: 0\r\n\r\n"...)
		_, _ = f.conn.WriteToUDPAddrPort(ack, f.node) // the answer comes again if it is lost
	}
}

// final reads a final response: whose it is, and the tag that its To ends in.
func (f *flood) final(response []byte) (i int, toTag []byte, ok bool) {
	if !bytes.HasPrefix(response, []byte("SIP/2.0 ")) || len(response) < 12 || response[8] < '2' {
		return 0, nil, false
	}
	id, _, _ := bytes.Cut(headerOf(response, "Call-ID"), []byte("@"))
	run, number, _ := bytes.Cut(bytes.TrimPrefix(id, []byte("f")), []byte("-"))
	i, err := strconv.Atoi(string(number))
	if err != nil || string(run) != strconv.FormatUint(uint64(f.run), 10) || i < 0 || i >= len(f.sent) {
		return 0, nil, false
	}
	to := headerOf(response, "To")
	if at := bytes.Index(to, []byte(";tag=")); at >= 0 {
		toTag = to[at:]
	}
	return i, toTag, true
}

// headerOf returns the value of the first header of that name.
func headerOf(message []byte, name string) []byte {
	_, after, _ := bytes.Cut(message, []byte("\r\n"+name+":"))
	value, _, _ := bytes.Cut(after, []byte("\r\n"))
	return bytes.TrimSpace(value)
}
