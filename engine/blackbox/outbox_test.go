package blackbox_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"mayday/engine/blackbox"
)

func expectMails(t testing.TB, circumstance string, box *blackbox.Box, want map[string]string) {
	t.Helper()
	got := map[string]string{}
	for _, mail := range box.Mails() {
		got[mail.ID] = string(mail.Plain)
	}
	if len(got) != len(want) {
		t.Errorf("%s: %d mails, want %d", circumstance, len(got), len(want))
	}
	for id, plain := range want {
		if got[id] != plain {
			t.Errorf("%s: mail %s has %d octets, want %d", circumstance, id, len(got[id]), len(plain))
		}
	}
}

func TestMailsOutliveTheProcessAndNobodyCanReadThem(t *testing.T) {
	dir := t.TempDir()
	box := openBox(t, dir, noon)
	until := noon.Add(time.Hour)
	long := strings.Repeat("MARKER of a long mail ", 2000)
	mails := map[string]string{"short": "MARKER of a short mail", "empty": "", "long": long, "block": strings.Repeat("b", 4096-16)}
	for id, plain := range mails {
		box.PutMail(id, []byte(plain), until)
	}
	box.PutMail("short", []byte("MARKER of a better mail"), until)
	mails["short"] = "MARKER of a better mail"
	expectMails(t, "handed over", box, mails)
	settle(t, box)
	expectNowhere(t, "four mails kept", dir, "MARKER", "short", "bbbb")
	sealed := files(t, dir)
	shut(t, box)

	box = openBox(t, dir, noon.Add(time.Minute))
	expectMails(t, "opened again", box, mails)
	for id := range mails {
		box.WipeMail(id)
	}
	settle(t, box)
	expectMails(t, "wiped", box, nil)
	if same := untouched(sealed["outbox"], files(t, dir)["outbox"]); same > 1024-1-1-1-11 {
		t.Errorf("all mails wiped: %d of 1024 blocks of the outbox are as they were", same)
	}
	shut(t, box)
	expectMails(t, "wiped and opened again", openBox(t, dir, noon.Add(time.Minute)), nil)
}

// untouched counts the blocks of a file that nobody has written to.
func untouched(before, after []byte) int {
	same := 0
	for at := 0; at+4096 <= len(before); at += 4096 {
		if bytes.Equal(before[at:at+4096], after[at:at+4096]) {
			same++
		}
	}
	return same
}

func TestMailIsGivenUpWhenItsTimeIsOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		box, disk := openInMemory(t, nil)
		box.PutMail("soon", []byte("MARKER one"), time.Now().Add(time.Minute))
		box.PutMail("late", []byte("MARKER two"), time.Now().Add(time.Hour))
		time.Sleep(59 * time.Second)
		expectMails(t, "after 59 seconds", box, map[string]string{"soon": "MARKER one", "late": "MARKER two"})
		before := disk.content("slots")
		time.Sleep(2 * time.Second)
		synctest.Wait()
		expectMails(t, "after 61 seconds", box, map[string]string{"late": "MARKER two"})
		if bytes.Equal(before, disk.content("slots")) {
			t.Error("after 61 seconds: the slot of the first mail is as it was")
		}
		time.Sleep(time.Hour)
		expectMails(t, "after an hour", box, nil)
		shut(t, box)
	})
}

func TestMailsLeaveRoomForLeases(t *testing.T) {
	dir := t.TempDir()
	box := openBox(t, dir, noon) // 64 slots
	for i := range 20 {
		box.PutMail(fmt.Sprint("mail", i), []byte("text"), noon.Add(time.Hour))
	}
	box.PutMail("too long", make([]byte, 1<<20), noon.Add(time.Hour))
	for i := range 48 {
		box.Keep(lease(fmt.Sprintf("rep-%04d", i)))
	}
	settle(t, box)
	if len(leasesIn(t, dir)) != 48 {
		t.Errorf("21 mails and 48 leases in 64 slots: %d leases have one", len(leasesIn(t, dir)))
	}
	expectFault(t, "21 mails and 48 leases in 64 slots", box, blackbox.SlotsFull)
	expectFault(t, "a mail of a megabyte", box, blackbox.SlotRefused)
	if len(box.Mails()) != 21 {
		t.Errorf("21 mails handed over: the box knows %d", len(box.Mails()))
	}
}
