package emergency_test

import (
	"testing"
	"time"

	"mayday/center/emergency"
	"mayday/center/location"
	"mayday/center/number"
	"mayday/center/rep"
	"mayday/center/trunk"
)

var nine = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

func ask() emergency.Ask {
	return emergency.Ask{Rep: "alice", Site: "hq", Country: location.US, Now: nine, Window: emergency.Window}
}

func held(number number.E164, who rep.ID, minutes int) emergency.Lease {
	return emergency.Lease{Number: number, Rep: who, Until: nine.Add(time.Duration(minutes) * time.Minute)}
}

func TestLeaseHoldsForOneHour(t *testing.T) {
	book := emergency.NewBook()
	book.SetPool([]emergency.PoolNumber{{Number: "+1"}})
	lease, _ := book.Choose(ask())
	if !lease.HeldAt(nine.Add(59*time.Minute + 59*time.Second)) {
		t.Error("a second before the hour: the lease is over")
	}
	if lease.HeldAt(nine.Add(time.Hour)) {
		t.Error("after an hour: the lease is still held")
	}
}

// bookOf returns a book in which +2 was used a minute ago and +3 an hour ago.
func bookOf(pool []emergency.PoolNumber, leases []emergency.Lease) *emergency.Book {
	book := emergency.NewBook()
	book.SetPool(pool)
	for used, ago := range map[number.E164]time.Duration{"+2": time.Minute, "+3": time.Hour} {
		book.Enter(emergency.Lease{Number: used, Rep: "dora"})
		book.End("dora", nine.Add(-ago))
	}
	for _, lease := range leases {
		book.Enter(lease)
	}
	return book
}

func TestChooseNeverRefuses(t *testing.T) {
	pool := []emergency.PoolNumber{
		{Number: "+1", Site: "other", Country: location.DK},
		{Number: "+2", Site: "hq", Country: location.US},
		{Number: "+3", Site: "hq", Country: location.US},
		{Number: "+4", Site: "branch", Country: location.US},
	}
	table := []struct {
		circumstance string
		pool         []emergency.PoolNumber
		leases       []emergency.Lease
		static       number.E164
		want         number.E164
		grant        emergency.Grant
	}{
		{"all are free: the site's, used longest ago", pool, nil, "", "+3", emergency.Fresh},
		{"the site's are taken: one of the country", pool, []emergency.Lease{held("+2", "bob", 5), held("+3", "carl", 9)}, "", "+4", emergency.Fresh},
		{"only one abroad is free", pool[:2], []emergency.Lease{held("+2", "bob", 5)}, "", "+1", emergency.Fresh},
		{"the rep has one already", pool, []emergency.Lease{held("+2", "alice", 5)}, "", "+2", emergency.Kept},
		{"all are taken: the one that is free next", pool[1:3], []emergency.Lease{held("+2", "bob", 9), held("+3", "carl", 5)}, "+9", "+3", emergency.Shared},
		{"no pool: the static number", nil, nil, "+9", "+9", emergency.Static},
		{"no number at all", nil, nil, "", "", emergency.None},
	}
	for _, row := range table {
		wanted := ask()
		wanted.Static = row.static
		lease, grant := bookOf(row.pool, row.leases).Choose(wanted)
		if lease.Number != row.want || grant != row.grant {
			t.Errorf("%s: %q by grant %d, want %q by grant %d", row.circumstance, lease.Number, grant, row.want, row.grant)
		}
		if lease.Rep != "alice" || !lease.Until.Equal(nine.Add(time.Hour)) {
			t.Errorf("%s: lease of %s until %s, want alice's, an hour from dialling", row.circumstance, lease.Rep, lease.Until)
		}
	}
}

func TestTrunksAreTriedInTwoRounds(t *testing.T) {
	attempt := emergency.Attempt{Order: []trunk.ID{"a", "b"}}
	var told []any
	for range 20 {
		turn := attempt.Turn()
		told = append(told, turn)
		switch turn.(type) {
		case emergency.Try:
			attempt = attempt.Failed(emergency.Failure{Status: 503})
			continue
		case emergency.Pause:
			attempt = attempt.Again()
			continue
		case emergency.GiveUp:
		}
		break
	}
	want := []any{emergency.Try{Trunk: "a"}, emergency.Try{Trunk: "b"}, emergency.Pause{For: 2 * time.Second}, emergency.Try{Trunk: "a"}, emergency.Try{Trunk: "b"}, emergency.GiveUp{}}
	for i := range want {
		if i >= len(told) || told[i] != want[i] {
			t.Fatalf("turn %d of %v, want %v", i, told, want)
		}
	}
}

func TestTrunkThatRefusesTheBodyIsOfferedSoundAloneOnce(t *testing.T) {
	for _, status := range []int{400, 413, 415, 488, 500, 513, 606} {
		attempt := emergency.Attempt{Order: []trunk.ID{"a", "b"}}.Failed(emergency.Failure{Status: status})
		if attempt.Turn() != (emergency.Try{Trunk: "a"}) || attempt.Conceded != emergency.WithoutPlace {
			t.Errorf("after %d: %+v, want the same trunk with sound alone", status, attempt)
		}
		if attempt = attempt.Failed(emergency.Failure{Status: status}); attempt.Turn() != (emergency.Try{Trunk: "b"}) || attempt.Conceded != 0 {
			t.Errorf("after %d twice: %+v, want the next trunk with everything", status, attempt)
		}
	}
}

func TestWithoutATrunkThereIsNothingToTry(t *testing.T) {
	if turn := (emergency.Attempt{}).Turn(); turn != (emergency.GiveUp{}) {
		t.Errorf("no trunk at all: %+v, want to give up at once", turn)
	}
}

func TestLeaseOfAClockThatWasPutBackBeginsNow(t *testing.T) {
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	for _, row := range []struct {
		name        string
		from, until time.Duration // of now
		begins      time.Duration
		ends        time.Duration
	}{
		{"in its window", -10 * time.Minute, 50 * time.Minute, -10 * time.Minute, 50 * time.Minute},
		{"over", -70 * time.Minute, -10 * time.Minute, -70 * time.Minute, -10 * time.Minute},
		{"begun in an hour", time.Hour, 2 * time.Hour, 0, time.Hour},
	} {
		dated := emergency.Lease{Rep: "alice", From: now.Add(row.from), Until: now.Add(row.until)}.Dated(now)
		if begins, ends := dated.From.Sub(now), dated.Until.Sub(now); begins != row.begins || ends != row.ends {
			t.Errorf("a lease that is %s: from %v until %v of now, want %v and %v", row.name, begins, ends, row.begins, row.ends)
		}
	}
}
