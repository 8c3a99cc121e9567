package trunk_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mayday/center/trunk"
)

func TestTrunkIsDownAfterTwoSilencesAndUpAfterTwoAnswers(t *testing.T) {
	start := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	var condition trunk.Condition
	for i, step := range []struct {
		happens string
		want    trunk.Health
		since   int // minutes after the start
		asked   time.Duration
	}{
		{"answered", trunk.Up, 0, 30 * time.Second},
		{"answered", trunk.Up, 0, 30 * time.Second},
		{"missed", trunk.Unanswered, 2, 5 * time.Second},
		{"answered", trunk.Up, 3, 30 * time.Second},
		{"missed", trunk.Unanswered, 4, 5 * time.Second},
		{"missed", trunk.Down, 5, 5 * time.Second},
		{"missed", trunk.Down, 5, 5 * time.Second},
		{"answered", trunk.Recovering, 7, 5 * time.Second},
		{"missed", trunk.Down, 8, 5 * time.Second},
		{"answered", trunk.Recovering, 9, 5 * time.Second},
		{"answered", trunk.Up, 10, 30 * time.Second},
		{"missed", trunk.Unanswered, 11, 5 * time.Second},
		{"missed", trunk.Down, 12, 5 * time.Second},
		{"served", trunk.Up, 13, 30 * time.Second},
	} {
		now := start.Add(time.Duration(i) * time.Minute)
		switch step.happens {
		case "answered":
			condition = condition.Answered(now)
		case "missed":
			condition = condition.Missed(now, "no answer")
		case "served":
			condition = condition.Served(now)
		}
		since := int(condition.Since.Sub(start).Minutes())
		if condition.Health != step.want || since != step.since || condition.NextIn(30*time.Second) != step.asked {
			t.Errorf("step %d, %s: %s since minute %d, asked again in %s; want %s since %d, %s", i, step.happens,
				condition.Health, since, condition.NextIn(30*time.Second), step.want, step.since, step.asked)
		}
		if (condition.Reason == "") != (condition.Health == trunk.Up) {
			t.Errorf("step %d: %s with the reason %q", i, condition.Health, condition.Reason)
		}
	}
}

func TestSickTrunksComeLastAndNoneIsDropped(t *testing.T) {
	health := map[trunk.ID]trunk.Health{"a": trunk.Down, "b": trunk.Up, "c": trunk.Recovering, "d": trunk.Unanswered}
	for _, row := range []struct {
		circumstance string
		order, want  []trunk.ID
	}{
		{"some are sick", []trunk.ID{"a", "b", "c", "d", "e"}, []trunk.ID{"b", "d", "e", "a", "c"}},
		{"all are sick", []trunk.ID{"c", "a"}, []trunk.ID{"c", "a"}},
		{"none is sick", []trunk.ID{"e", "d", "b"}, []trunk.ID{"e", "d", "b"}},
		{"there is none", nil, nil},
	} {
		before := append([]trunk.ID(nil), row.order...)
		got := trunk.LastTheSick(trunk.InTurn(row.order), func(id trunk.ID) trunk.Health { return health[id] }).Listed()
		if diff := cmp.Diff(row.want, got); diff != "" {
			t.Errorf("%s: order (-want +got):\n%s", row.circumstance, diff)
		}
		if diff := cmp.Diff(before, row.order); diff != "" {
			t.Errorf("%s: the order that was given has changed:\n%s", row.circumstance, diff)
		}
	}
}

func TestWorseConditionCounts(t *testing.T) {
	inOrder := []trunk.Health{trunk.Unasked, trunk.Up, trunk.Unanswered, trunk.Recovering, trunk.Down}
	for i, a := range inOrder {
		for j, b := range inOrder {
			want := inOrder[max(i, j)]
			if got := trunk.Worse(trunk.Condition{Health: a}, trunk.Condition{Health: b}); got.Health != want {
				t.Errorf("%q and %q: %q, want %q", a, b, got.Health, want)
			}
		}
	}
}
