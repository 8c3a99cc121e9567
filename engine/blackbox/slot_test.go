package blackbox_test

import (
	"bytes"
	"testing"

	"mayday/center/emergency"
	"mayday/engine/blackbox"
)

func TestSlotOpensOnlyInItsPlaceAndWhole(t *testing.T) {
	k := lease("alice-0001")
	slot := blackbox.SealLease(k, 1, 5)
	if len(slot) != blackbox.SlotSize {
		t.Fatalf("a slot has %d octets", len(slot))
	}
	if got, ok := blackbox.OpenLease(slot, 5); !ok || got != k {
		t.Errorf("a slot in its place: %v, %v", got, ok)
	}
	if _, ok := blackbox.OpenLease(slot, 6); ok {
		t.Error("a slot opens in another's place")
	}
	for i := range slot {
		slot[i] ^= 0x10
		if _, ok := blackbox.OpenLease(slot, 5); ok {
			t.Errorf("a slot opens though octet %d is another", i)
		}
		slot[i] ^= 0x10
	}
	if _, ok := blackbox.OpenLease(slot[:500], 5); ok {
		t.Error("500 octets of a slot open")
	}
}

func TestLeaseWithoutNumberIsKept(t *testing.T) {
	k := blackbox.Kept{Lease: emergency.Lease{Rep: "alice"}}
	if got, ok := blackbox.OpenLease(blackbox.SealLease(k, 1, 0), 0); !ok || got.Lease.Rep != "alice" || !got.Lease.From.IsZero() {
		t.Errorf("a lease of which nothing but the rep is set: %+v, %v", got, ok)
	}
}

func FuzzParseRecord(f *testing.F) {
	f.Add(blackbox.LeaseRecord(lease("alice-0001")))
	f.Add(blackbox.MailRecord("mail", 10_000))
	f.Add([]byte("mayday slot\x01\x01"))
	f.Fuzz(func(t *testing.T, plain []byte) {
		if again, ok := blackbox.ParseRecord(plain); ok && again == nil {
			t.Error("a record that was read cannot be written and read again")
		}
	})
}

func FuzzOpenSlot(f *testing.F) {
	f.Add(make([]byte, blackbox.SlotSize))
	f.Add(bytes.Repeat([]byte("a slot of somebody else's making"), blackbox.SlotSize/32))
	f.Add([]byte("short"))
	f.Fuzz(func(t *testing.T, slot []byte) {
		if _, ok := blackbox.OpenLease(slot, 0); ok {
			t.Errorf("%d octets that nobody sealed were opened", len(slot))
		}
	})
}
