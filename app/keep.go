package app

import (
	"context"
	"time"

	"mayday/center/rep"
	"mayday/config/centerfile"
	"mayday/engine"
	"mayday/engine/store"
	"mayday/web"
	"mayday/web/api"
)

// keepRecords writes history rows, one after the other, and tries again for as long as the database is away.
func (n *Node) keepRecords(ctx context.Context) {
	for {
		select {
		case <-n.records.come:
			n.keepQueued(ctx)
		case <-ctx.Done():
			n.keepLeft()
			return
		}
	}
}

func (n *Node) keepQueued(ctx context.Context) {
	for row, ok := n.records.first(); ok; row, ok = n.records.first() {
		err := n.store.AddHistory(ctx, row)
		if err == nil {
			n.records.drop()
			continue
		}
		if ctx.Err() != nil {
			return
		}
		n.metrics.storeFaults.Inc()
		n.log.Error("history row not kept yet", "error", err)
		select {
		case <-time.After(time.Second):
		case <-ctx.Done():
			return
		}
	}
}

// keepLeft writes what is still queued when the node stops.
func (n *Node) keepLeft() {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	for row, ok := n.records.first(); ok; row, ok = n.records.first() {
		if err := n.store.AddHistory(ctx, row); err != nil {
			n.metrics.lostRecords.Inc()
			n.log.Error("history row lost", "error", err)
		}
		n.records.drop()
	}
}

// followCenter puts another configuration in force soon after it has been written, by this node or by anybody else.
func (n *Node) followCenter(ctx context.Context, version int64) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			version = n.refresh(ctx, version)
		case <-ctx.Done():
			return
		}
	}
}

// refresh publishes the configuration if its version is not the given one, and returns the version in force.
func (n *Node) refresh(ctx context.Context, version int64) int64 {
	now, err := n.store.Version(ctx)
	if err == nil && now == version {
		return version
	}
	if err == nil {
		err = n.publish(ctx)
	}
	if err != nil && ctx.Err() == nil {
		n.metrics.storeFaults.Inc()
		n.log.Error("center not read again: the one in force stays", "error", err)
		return version
	}
	return now
}

func (n *Node) publish(ctx context.Context) error {
	loaded, _, err := n.store.Center(ctx)
	if err != nil {
		return err
	}
	snapshot := engine.NewSnapshot(loaded)
	n.calls.Watch(peers(snapshot))
	return n.engine.Do(ctx, engine.Publish{Snapshot: snapshot})
}

// sessions keeps web sessions in the database.
type sessions struct{ *store.Store }

func (s sessions) Save(ctx context.Context, kept web.Session) error {
	return s.SaveSession(ctx, store.Session{
		TokenHash: kept.TokenHash, Rep: rep.ID(kept.Username), CreatedAt: kept.CreatedAt, ExpiresAt: kept.ExpiresAt,
	})
}

func (s sessions) Delete(ctx context.Context, tokenHash string) error {
	return s.DeleteSession(ctx, tokenHash)
}

func (s sessions) Load(ctx context.Context) ([]web.Session, error) {
	kept, err := s.Sessions(ctx, time.Now())
	if err != nil {
		return nil, err
	}
	loaded := make([]web.Session, len(kept))
	for i, k := range kept {
		loaded[i] = web.Session{TokenHash: k.TokenHash, Username: string(k.Rep), CreatedAt: k.CreatedAt, ExpiresAt: k.ExpiresAt}
	}
	return loaded, nil
}

// history reads the rows of ordinary conversations.
type history struct {
	store   *store.Store
	waiting *records
}

// History implements web.History.
func (h history) History(ctx context.Context, id string, limit int) ([]api.HistoryRow, error) {
	waiting := h.waiting.of(rep.ID(id)) // before the database is read: a row may come to be kept in between
	kept, err := h.store.History(ctx, rep.ID(id), limit)
	if err != nil {
		return nil, err
	}
	all := together(waiting, kept, limit)
	rows := make([]api.HistoryRow, len(all))
	for i, r := range all {
		rows[i] = api.HistoryRow{
			ID: string(r.ID), Number: r.Number, Incoming: r.Incoming, StartedAt: r.StartedAt, ConnectedAt: moment(r.ConnectedAt),
			EndedAt: r.EndedAt, Outcome: string(r.Outcome),
		}
	}
	return rows, nil
}

// admin reads and changes the center for administrators.
type admin struct{ node *Node }

// Export implements web.CenterAdmin.
func (a *admin) Export(ctx context.Context) ([]byte, error) {
	current, _, err := a.node.store.Center(ctx)
	if err != nil {
		return nil, err
	}
	return centerfile.Write(current, false)
}

// Apply implements web.CenterAdmin.
func (a *admin) Apply(ctx context.Context, by string, file []byte, dryRun bool) ([]string, error) {
	changes, err := Apply(ctx, a.node.store, by, "request", file, dryRun)
	if err == nil && !dryRun && len(changes) > 0 {
		err = a.node.publish(ctx)
	}
	return changes, err
}
