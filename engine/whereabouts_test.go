package engine_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"mayday/center/location"
	"mayday/engine"
)

func TestACallForHelpIsToldApartBeforeItQueues(t *testing.T) {
	e := engine.New(engine.NewSnapshot(storyCenter()), nowhere{}, slog.New(slog.DiscardHandler))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go e.Run(ctx, time.Hour)
	dial := engine.Dial{Rep: "dora", Typed: "110", Call: "c"}
	if e.Urgent(dial) {
		t.Error("110 dialled by somebody at a Danish site: taken for a call for help")
	}
	if err := e.Do(ctx, engine.ReportPosition{Rep: "dora", Seen: location.Sighting{Country: "DE"}}); err != nil {
		t.Fatal(err)
	}
	if !e.Urgent(dial) {
		t.Error("110 dialled by somebody who was just seen in Germany: not taken for a call for help")
	}
	if e.Urgent(engine.Dial{Rep: "carl", Typed: "110", Call: "c"}) {
		t.Error("110 dialled by somebody else: taken for a call for help")
	}
}

type nowhere struct{}

func (nowhere) Do(engine.Effect) {}
