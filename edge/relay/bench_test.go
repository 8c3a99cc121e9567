package relay_test

import (
	"encoding/binary"
	"testing"

	"mayday/edge/relay"
)

// The way of one packet from end to end, without the system's share of it.
func BenchmarkRelayPacket(b *testing.B) {
	for name, to := range map[string]relay.Codec{"passed": relay.PCMU, "transcoded": relay.PCMA} {
		b.Run(name, func(b *testing.B) {
			var sent int
			speaker := relay.NewEnd(wire(func([]byte) bool { return true }))
			listener := relay.NewEnd(wire(func([]byte) bool { sent++; return true }))
			listener.Agree(relay.Format{Codec: to})
			relay.Join(speaker, listener)
			from := source{}
			raw := from.next()
			b.ReportAllocs()
			for n := 0; b.Loop(); n++ {
				raw[2], raw[3] = byte(n>>8), byte(n)
				speaker.Receive(raw)
			}
			if sent == 0 {
				b.Error("nothing was sent")
			}
		})
	}
}

// The same while a third side takes part: muted it costs a copy of what is said, speaking a sum for each sample.
func BenchmarkRelayPacketWithGuest(b *testing.B) {
	for name, speaks := range map[string]bool{"muted": false, "speaking": true} {
		b.Run(name, func(b *testing.B) {
			speaker := relay.NewEnd(wire(func([]byte) bool { return true }))
			listener := relay.NewEnd(wire(func([]byte) bool { return true }))
			listener.Agree(relay.Format{Codec: relay.PCMU})
			relay.Join(speaker, listener)
			guest := relay.NewGuest(speaker, nil)
			defer guest.Close()
			guest.Speak(speaks)
			from, third := source{}, source{}
			said := third.next()
			raw := from.next()
			b.ReportAllocs()
			for n := 0; b.Loop(); n++ {
				raw[2], raw[3] = byte(n>>8), byte(n)
				binary.BigEndian.PutUint32(raw[4:], uint32(n)*160)
				if speaks {
					relay.Say(guest, said, uint32(n)*160)
				}
				speaker.Receive(raw)
			}
		})
	}
}

func TestRelayingAllocatesNothing(t *testing.T) {
	for name, to := range map[string]relay.Codec{"passed": relay.PCMU, "transcoded": relay.PCMA} {
		speaker := relay.NewEnd(wire(func([]byte) bool { return true }))
		listener := relay.NewEnd(wire(func([]byte) bool { return true }))
		listener.Agree(relay.Format{Codec: to})
		relay.Join(speaker, listener)
		from := source{}
		raw, n := from.next(), 0
		allocated := testing.AllocsPerRun(1000, func() {
			n++
			raw[2], raw[3] = byte(n>>8), byte(n)
			if !speaker.Receive(raw) {
				t.Fatalf("%s: a packet of sound was dropped", name)
			}
		})
		if allocated != 0 {
			t.Errorf("%s: %v allocations a packet, want none", name, allocated)
		}
		if sent := listener.Stats().Sent; sent < 1000 {
			t.Errorf("%s: %d packets of 1000 were sent", name, sent)
		}
	}
}

// The same over real sockets: far end → socket → socket → far end, one packet at a time.
func BenchmarkRelaySockets(b *testing.B) {
	left, right, phone, carrier := openSocket(b), openSocket(b), newFarEnd(b), newFarEnd(b)
	left.SetRemote(phone.addr(), mu)
	right.SetRemote(carrier.addr(), relay.Format{Codec: relay.PCMA})
	relay.Join(left, right)
	from := source{}
	raw, buffer := from.next(), make([]byte, 2000)
	b.ReportAllocs()
	for n := 0; b.Loop(); n++ {
		raw[2], raw[3] = byte(n>>8), byte(n)
		if _, err := phone.rtp.WriteToUDPAddrPort(raw, left.Local()); err != nil {
			b.Fatal(err)
		}
		if _, _, err := carrier.rtp.ReadFromUDPAddrPort(buffer); err != nil {
			b.Fatal(err)
		}
	}
}
