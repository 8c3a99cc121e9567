package store_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mayday/center/conversation"
	"mayday/center/rep"
	"mayday/engine/store"
)

func record(n int, of rep.ID) conversation.Record {
	at := time.Date(2026, 3, 1, 9, n, 0, 123e6, time.UTC)
	r := conversation.Record{ID: conversation.ID(fmt.Sprintf("%s-%d", of, n)), Rep: of, Number: "+12175550123", Incoming: n%2 == 0,
		StartedAt: at, ConnectedAt: at.Add(3 * time.Second), EndedAt: at.Add(time.Minute), Outcome: conversation.Answered}
	if n == 3 {
		r.ConnectedAt, r.Outcome = time.Time{}, conversation.NoAnswer
	}
	return r
}

func TestHistoryIsTheRepsOwnNewestFirst(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, at store.Location) {
		for n := range 5 {
			for _, of := range []rep.ID{"alice", "bob"} {
				if err := s.AddHistory(deadline(t), record(n, of)); err != nil {
					t.Fatalf("add history: %v", err)
				}
			}
		}
		if err := s.AddHistory(deadline(t), record(4, "alice")); err != nil {
			t.Errorf("same conversation again: %v", err)
		}
		s.Close()
		s = open(t, at)
		got, err := s.History(deadline(t), "alice", 3)
		want := []conversation.Record{record(4, "alice"), record(3, "alice"), record(2, "alice")}
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("opened again: history %v (-want +got):\n%s", err, diff)
		}
		for limit, rows := range map[int]int{0: 0, -1: 0, 100: 5} {
			if got, err := s.History(deadline(t), "alice", limit); err != nil || len(got) != rows {
				t.Errorf("at most %d rows: %d, %v", limit, len(got), err)
			}
		}
	})
}

func TestHistoryOutlivesItsRep(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, _ store.Location) {
		applied(t, s, sample())
		if err := s.AddHistory(deadline(t), record(1, "bob")); err != nil {
			t.Fatal(err)
		}
		c := sample()
		c.Reps, c.Queues[0].Members = c.Reps[1:], nil
		applied(t, s, c)
		if got, err := s.History(deadline(t), "bob", 10); err != nil || len(got) != 1 {
			t.Errorf("rep removed: %d history rows, %v", len(got), err)
		}
	})
}

func TestSessionsHoldUntilTheyExpire(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, at store.Location) {
		applied(t, s, sample())
		now := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
		save := func(hash string, of rep.ID, created, lasts time.Duration) store.Session {
			t.Helper()
			session := store.Session{TokenHash: hash, Rep: of, CreatedAt: now.Add(created), ExpiresAt: now.Add(lasts)}
			if err := s.SaveSession(deadline(t), session); err != nil {
				t.Fatalf("save session: %v", err)
			}
			return session
		}
		first := save("a", "alice", 0, time.Hour)
		save("b", "alice", time.Second, time.Minute)
		save("c", "bob", 2*time.Second, time.Hour)
		longer := save("b", "alice", time.Second, 2*time.Hour)
		if err := s.DeleteSession(deadline(t), "c"); err != nil {
			t.Fatal(err)
		}
		if err := s.DeleteSession(deadline(t), "c"); err != nil {
			t.Errorf("session that is deleted already: %v", err)
		}
		s.Close()
		s = open(t, at)
		sessions := func(circumstance string, at time.Time, want ...store.Session) {
			t.Helper()
			got, err := s.Sessions(deadline(t), at)
			if diff := cmp.Diff(want, got); diff != "" || err != nil {
				t.Errorf("%s: sessions %v (-want +got):\n%s", circumstance, err, diff)
			}
		}
		sessions("opened again", now, first, longer)
		sessions("an hour later", now.Add(time.Hour), longer)
		sessions("the clock set back", now, longer)
		if err := s.SaveSession(deadline(t), store.Session{TokenHash: "d", Rep: "nobody", CreatedAt: now, ExpiresAt: now.Add(time.Hour)}); err == nil {
			t.Error("session of somebody who is not in the center: saved")
		}
		c := sample()
		c.Reps = c.Reps[:1] // without alice
		c.Numbers, c.OutboundProfiles, c.Queues[0].Members = c.Numbers[:2], c.OutboundProfiles[:1], nil
		applied(t, s, c)
		sessions("rep removed", now)
	})
}
