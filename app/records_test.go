package app

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mayday/center/conversation"
)

func row(id conversation.ID, minute int) conversation.Record {
	return conversation.Record{ID: id, Rep: "alice", StartedAt: time.Date(2026, 3, 1, 9, minute, 0, 0, time.UTC)}
}

func TestRowsThatWaitArePartOfTheHistory(t *testing.T) {
	waiting := newRecords()
	for _, r := range []conversation.Record{row("b", 2), row("d", 4), {ID: "x", Rep: "bob"}} {
		if !waiting.add(r) {
			t.Fatalf("a row in a queue of three: refused")
		}
	}
	kept := []conversation.Record{row("c", 3), row("b", 2), row("a", 1)}
	got := together(waiting.of("alice"), kept, 3)
	if diff := cmp.Diff([]conversation.Record{row("d", 4), row("c", 3), row("b", 2)}, got); diff != "" {
		t.Errorf("one row waits and one has just been kept (-want +got):\n%s", diff)
	}
}

func TestRowsLeaveInTheOrderInWhichTheyCame(t *testing.T) {
	waiting := newRecords()
	for n := range mostRecords {
		waiting.add(row("", n))
	}
	if waiting.add(row("", mostRecords)) {
		t.Error("a queue that is full: one more row is taken")
	}
	for n := range mostRecords {
		if got, ok := waiting.first(); !ok || got != row("", n) {
			t.Fatalf("row %d: %v, %v", n, got, ok)
		}
		waiting.drop()
	}
	if got, ok := waiting.first(); ok {
		t.Errorf("an empty queue: holds %v", got)
	}
}
