package bench

import (
	"net"
	"sync"
	"time"
)

const (
	echoes      = 500
	echoPatient = 200 * time.Millisecond // for one; a lost one is left out
)

// echo measures the bare machine: a datagram to a thread of this process on the given core, if any, and back.
func echo(core *int) Spread {
	here, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		return Spread{}
	}
	defer here.Close()
	there, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		return Spread{}
	}
	var answering sync.WaitGroup
	answering.Go(func() {
		_ = onCore(core, func() error { sendBack(there); return nil }) // on another core the figure is another one, no more
	})
	defer answering.Wait()
	defer there.Close() // it ends the answering
	to := there.LocalAddr().(*net.UDPAddr)
	var took []time.Duration
	buffer := make([]byte, 200)
	for range echoes {
		begin := time.Now()
		_ = here.SetReadDeadline(begin.Add(echoPatient)) // it has one
		if _, err := here.WriteToUDP(buffer[:172], to); err != nil {
			continue
		}
		if _, _, err := here.ReadFromUDP(buffer); err == nil {
			took = append(took, time.Since(begin))
		}
	}
	return spreadOf(took)
}

// sendBack returns every datagram to its sender until the socket is closed.
func sendBack(conn *net.UDPConn) {
	buffer := make([]byte, 200)
	for {
		n, from, err := conn.ReadFromUDPAddrPort(buffer)
		if err != nil {
			return
		}
		_, _ = conn.WriteToUDPAddrPort(buffer[:n], from) // a lost one is left out
	}
}
