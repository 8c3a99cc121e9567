package app

import (
	"cmp"
	"slices"
	"sync"

	"mayday/center/conversation"
	"mayday/center/rep"
)

// mostRecords is how many history rows wait for a database that is away.
const mostRecords = 1024

// records is the history rows on their way to the database. They are part of the history already: a call that has just ended is
// among the recent ones, however slow the disk is.
type records struct {
	come chan struct{} // holds one: rows have come

	mu   sync.Mutex // guards rows; never held while anything is waited for
	rows []conversation.Record
}

func newRecords() *records { return &records{come: make(chan struct{}, 1)} }

// add queues a row and reports whether there was room.
func (r *records) add(row conversation.Record) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.rows) >= mostRecords {
		return false
	}
	r.rows = append(r.rows, row)
	select {
	case r.come <- struct{}{}:
	default:
	}
	return true
}

// first returns the row whose turn it is.
func (r *records) first() (row conversation.Record, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.rows) == 0 {
		return row, false
	}
	return r.rows[0], true
}

// drop forgets the first row, which is in the database now.
func (r *records) drop() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.rows = slices.Delete(r.rows, 0, 1)
}

// of returns the rep's rows.
func (r *records) of(id rep.ID) []conversation.Record {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(r.rows), func(row conversation.Record) bool { return row.Rep != id })
}

// together puts rows that wait before rows that are kept, the newest first, each once, limit at most.
func together(waiting, kept []conversation.Record, limit int) []conversation.Record {
	all := slices.DeleteFunc(waiting, func(row conversation.Record) bool {
		return slices.ContainsFunc(kept, func(other conversation.Record) bool { return other.ID == row.ID })
	})
	all = append(all, kept...)
	slices.SortStableFunc(all, func(a, b conversation.Record) int {
		return cmp.Or(b.StartedAt.Compare(a.StartedAt), cmp.Compare(b.ID, a.ID))
	})
	return all[:min(len(all), max(limit, 0))]
}
