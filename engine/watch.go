package engine

import (
	"context"
	"maps"
	"reflect"
	"slices"

	"mayday/center/rep"
)

// Watch shows one tab what its rep's screen has to show. Only the newest view is kept, so that a slow reader holds nobody up.
type Watch struct {
	engine *Engine
	rep    rep.ID
	tab    TabID
	latest chan View // holds one
	last   *View     // what was shown last; the engine's goroutine's
}

// Watch attaches a tab of the rep and shows it the state from now on.
func (e *Engine) Watch(ctx context.Context, id rep.ID, tab TabID) (*Watch, error) {
	w := &Watch{engine: e, rep: id, tab: tab, latest: make(chan View, 1)}
	e.mu.Lock()
	e.watches[id] = append(e.watches[id], w)
	e.mu.Unlock()
	if err := e.Do(ctx, AttachTab{Rep: id, Tab: tab}); err != nil {
		w.forget()
		return nil, err
	}
	return w, nil
}

// Next waits for a view that is newer than the last one it returned.
func (w *Watch) Next(ctx context.Context) (View, error) {
	select {
	case view := <-w.latest:
		return view, nil
	case <-ctx.Done():
		return View{}, ctx.Err()
	case <-w.engine.done:
		return View{}, context.Canceled
	}
}

// Close detaches the tab. It does not wait for the engine to notice longer than ctx lasts.
func (w *Watch) Close(ctx context.Context) {
	w.forget()
	_ = w.engine.Do(ctx, DetachTab{Rep: w.rep, Tab: w.tab}) // the engine has ended: there is nothing to detach from
}

func (w *Watch) forget() {
	w.engine.mu.Lock()
	defer w.engine.mu.Unlock()
	left := slices.DeleteFunc(w.engine.watches[w.rep], func(other *Watch) bool { return other == w })
	if len(left) == 0 {
		delete(w.engine.watches, w.rep)
		return
	}
	w.engine.watches[w.rep] = left
}

func (e *Engine) watching(id rep.ID) []*Watch {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.watches[id])
}

// show replaces the view that nobody has read yet. A view that is as the last one was is not shown: of what happens to one tab the
// others mostly see nothing. Only the engine's goroutine calls it.
func (w *Watch) show(view View) {
	if w.last != nil && reflect.DeepEqual(*w.last, view) {
		return
	}
	w.last = &view
	select {
	case <-w.latest:
	default:
	}
	w.latest <- view
}

// watched adds to a list everybody who has a screen.
func (e *Engine) watched(to []rep.ID) []rep.ID {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.AppendSeq(to, maps.Keys(e.watches))
}
