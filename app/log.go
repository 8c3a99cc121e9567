package app

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"
)

const (
	logQueued   = 4096        // lines that wait for a log that is slow
	logPatience = time.Second // how long a node that stops waits for them
)

// logQueue is between the node and its log: whoever logs goes on at once, whatever the disk or the pipe behind the log does. Lines that
// find no room are lost and counted, and the log says so as soon as it takes lines again.
type logQueue struct {
	lines   chan logLine
	lost    atomic.Uint64
	closing chan struct{}
	ended   chan struct{}
}

type logLine struct {
	to     slog.Handler
	record slog.Record
}

// newLog returns a logger that nobody waits for, and its queue, which is to be closed.
func newLog(to *slog.Logger) (*slog.Logger, *logQueue) {
	q := &logQueue{lines: make(chan logLine, logQueued), closing: make(chan struct{}), ended: make(chan struct{})}
	go q.run(to)
	return slog.New(logHandler{to.Handler(), q}), q
}

// run hands the lines over until the queue is closed.
func (q *logQueue) run(to *slog.Logger) {
	defer close(q.ended)
	var said uint64
	for {
		select {
		case line := <-q.lines:
			line.write()
		case <-q.closing:
			q.flush()
			return
		}
		if lost := q.lost.Load(); lost > said {
			to.Warn("log lines lost", "count", lost-said)
			said = lost
		}
	}
}

func (q *logQueue) flush() {
	for {
		select {
		case line := <-q.lines:
			line.write()
		default:
			return
		}
	}
}

func (l logLine) write() { _ = l.to.Handle(context.Background(), l.record) } // there is nowhere to say that a log fails

// close waits a moment for lines on their way. A log that hangs keeps its goroutine until it lets go.
func (q *logQueue) close() {
	close(q.closing)
	patience := time.NewTimer(logPatience)
	defer patience.Stop()
	select {
	case <-q.ended:
	case <-patience.C:
	}
}

// logHandler queues what it is given for the handler that it stands in for.
type logHandler struct {
	slog.Handler

	queue *logQueue
}

// Handle implements slog.Handler.
func (h logHandler) Handle(_ context.Context, record slog.Record) error {
	kept := slog.NewRecord(record.Time, record.Level, record.Message, record.PC)
	record.Attrs(func(a slog.Attr) bool {
		kept.AddAttrs(settled(a))
		return true
	})
	select {
	case h.queue.lines <- logLine{h.Handler, kept}:
	default:
		h.queue.lost.Add(1)
	}
	return nil
}

// settled is the attribute as it is now: it is written later, and by another goroutine.
func settled(a slog.Attr) slog.Attr {
	a.Value = a.Value.Resolve()
	if err, ok := a.Value.Any().(error); ok {
		a.Value = slog.StringValue(err.Error())
	}
	return a
}

// WithAttrs implements slog.Handler.
func (h logHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return logHandler{h.Handler.WithAttrs(attrs), h.queue}
}

// WithGroup implements slog.Handler.
func (h logHandler) WithGroup(name string) slog.Handler {
	return logHandler{h.Handler.WithGroup(name), h.queue}
}
