package app

import (
	"context"
	"errors"
	"time"

	"mayday/center/conversation"
	"mayday/center/rep"
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
		err := n.addHistory(ctx, row)
		n.noteWriting(err)
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

// noteWriting remembers that the database takes no rows, though it may still be read: its disk is full, or another program holds it.
func (n *Node) noteWriting(err error) {
	switch {
	case err == nil:
		n.writingFault.Store(nil)
	case !errors.Is(err, errAway):
		fault := err.Error()
		n.writingFault.Store(&fault)
	}
}

func (n *Node) addHistory(ctx context.Context, row conversation.Record) error {
	opened, err := n.database.now()
	if err != nil {
		return err
	}
	return opened.AddHistory(ctx, row)
}

// keepLeft writes what is still queued when the node stops.
func (n *Node) keepLeft() {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	for row, ok := n.records.first(); ok; row, ok = n.records.first() {
		if err := n.addHistory(ctx, row); err != nil {
			n.metrics.lostRecords.Inc()
			n.log.Error("history row lost", "error", err)
		}
		n.records.drop()
	}
}

// sessions keeps web sessions in the database.
type sessions struct{ *database }

func (s sessions) Save(ctx context.Context, kept web.Session) error {
	opened, err := s.now()
	if err != nil {
		return err
	}
	return opened.SaveSession(ctx, store.Session{
		TokenHash: kept.TokenHash, Rep: rep.ID(kept.Username), CreatedAt: kept.CreatedAt, ExpiresAt: kept.ExpiresAt,
	})
}

func (s sessions) Delete(ctx context.Context, tokenHash string) error {
	opened, err := s.now()
	if err != nil {
		return err
	}
	return opened.DeleteSession(ctx, tokenHash)
}

func (s sessions) Load(ctx context.Context) ([]web.Session, error) {
	opened, err := s.soon(ctx)
	if err != nil {
		return nil, err
	}
	kept, err := opened.Sessions(ctx, time.Now())
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
	database *database
	waiting  *records
}

// History implements web.History.
func (h history) History(ctx context.Context, id string, limit int) ([]api.HistoryRow, error) {
	waiting := h.waiting.of(rep.ID(id)) // before the database is read: a row may come to be kept in between
	opened, err := h.database.now()
	if err != nil {
		return nil, err
	}
	kept, err := opened.History(ctx, rep.ID(id), limit)
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
