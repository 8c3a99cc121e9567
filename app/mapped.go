package app

import (
	"context"
	"path/filepath"
	"sync/atomic"
	"time"

	"mayday/center/mapping"
	"mayday/edge/lookup"
	"mayday/engine"
	"mayday/engine/blackbox"
)

// mappings is what a LoST server has told, on its way to the engine and to the disk. No call waits for either.
type mappings struct {
	latest atomic.Pointer[mapping.Book] // nil: nothing has been told
	come   chan struct{}                // holds one: some have come
}

func newMappings() *mappings { return &mappings{come: make(chan struct{}, 1)} }

// keepMappings takes up what an earlier run has kept, and keeps it fresh once the node places calls.
func (n *Node) keepMappings(ctx context.Context) {
	n.loops.Go(func() {
		dir := filepath.Join(n.settings.Data, "blackbox")
		var kept blackbox.Mappings
		var err error
		if !aside(ctx, func() { kept, err = blackbox.ReadMappings(dir) }) {
			return
		}
		if err != nil {
			n.log.Warn("mappings not read from the black box", "error", err)
		}
		n.loops.Go(func() { n.writeMappings(ctx, dir) })
		n.refresher(kept).Run(ctx)
	})
}

func (n *Node) refresher(kept blackbox.Mappings) *lookup.Refresher {
	return lookup.NewRefresher(lookup.Config{
		Logger: n.log, Now: n.now, Find: lookup.NewClient(nil).Find,
		Plan: func() lookup.Plan {
			return lookup.Plan{Server: n.engine.Snapshot().Center.Organisation.LoST, Questions: n.engine.Questions(n.now())}
		},
		Busy: func() bool {
			counts := n.engine.Counts()
			return counts.Emergency+counts.Callback > 0
		},
		Tell: n.tellMappings,
		Kept: func(server string) []mapping.Kept {
			if kept.Server != server {
				return nil
			}
			return kept.Kept
		},
	})
}

func (n *Node) tellMappings(book *mapping.Book) {
	n.mappings.latest.Store(book)
	select {
	case n.mappings.come <- struct{}{}:
	default:
	}
	n.report(engine.ReportMappings{Book: book})
}

// writeEvery bounds how often mappings go to the disk.
const writeEvery = 5 * time.Second

// writeMappings puts on the disk what is new. A disk that hangs holds up nothing else.
func (n *Node) writeMappings(ctx context.Context, dir string) {
	for {
		select {
		case <-n.mappings.come:
		case <-ctx.Done():
			return
		}
		book := n.mappings.latest.Load()
		aside(ctx, func() {
			if err := blackbox.WriteMappings(dir, blackbox.Mappings{Server: book.Server(), Kept: book.Keep()}); err != nil {
				n.log.Warn("mappings not written to the black box", "error", err)
			}
		})
		select {
		case <-time.After(writeEvery):
		case <-ctx.Done():
			return
		}
	}
}
