package engine_test

import (
	"context"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"mayday/center/rep"
	"mayday/engine"
)

// TestTabIsShownOnlyWhatHasChangedForIt: what happens to one of a person's tabs costs the other ones nothing, unless they see it.
func TestTabIsShownOnlyWhatHasChangedForIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := engine.New(engine.NewSnapshot(storyCenter()), nowhere{}, slog.New(slog.DiscardHandler))
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		go e.Run(ctx, time.Hour)
		watch := func(tab engine.TabID) *engine.Watch {
			w, err := e.Watch(ctx, "alice", tab)
			if err != nil {
				t.Fatal(err)
			}
			return w
		}
		shown := func(w *engine.Watch) (view engine.View, ok bool) {
			synctest.Wait()
			over, end := context.WithTimeout(ctx, time.Millisecond)
			defer end()
			view, err := w.Next(over)
			return view, err == nil
		}
		first := watch("a1")
		if _, ok := shown(first); !ok {
			t.Fatal("a tab was opened: it is shown nothing")
		}
		second := watch("a2")
		if view, ok := shown(first); ok {
			t.Errorf("another tab was opened: the first one is shown the same again: %+v", view)
		}
		if _, ok := shown(second); !ok {
			t.Error("another tab was opened: it is shown nothing")
		}
		if err := e.Do(ctx, engine.ChoosePresence{Rep: "alice", Presence: rep.Away}); err != nil {
			t.Fatal(err)
		}
		for _, w := range []*engine.Watch{first, second} {
			if view, ok := shown(w); !ok || view.Presence != rep.Away {
				t.Errorf("a presence was chosen: a tab is shown %v, %s", ok, view.Presence)
			}
		}
	})
}
