package app

import (
	"context"
	"errors"
	"time"

	"mayday/center"
	"mayday/config/centerfile"
	"mayday/engine"
	"mayday/engine/blackbox"
	"mayday/engine/store"
)

// followCenter puts another configuration in force soon after it has been written, by this node or by anybody else, and opens the
// database again when it was away.
func (n *Node) followCenter(ctx context.Context, version int64) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		version = n.refresh(ctx, version)
		n.reportFaults(ctx)
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// refresh publishes the configuration if its version is not the given one, and returns the version in force. After a fault the database
// is let go and opened anew the next time.
func (n *Node) refresh(ctx context.Context, version int64) int64 {
	now, err := n.readAgain(ctx, version)
	if ctx.Err() != nil {
		return version
	}
	n.noteDatabase(err)
	if err != nil {
		if !errors.Is(err, blackbox.ErrImplausible) {
			n.logFault("let go of database", n.database.close())
		}
		return version
	}
	return now
}

func (n *Node) readAgain(ctx context.Context, version int64) (int64, error) {
	if n.database.moved() {
		n.logFault("let go of database", n.database.close())
	}
	opened, err := n.database.now()
	if err != nil {
		if err := n.database.open(ctx, false); err != nil {
			return version, err
		}
		if opened, err = n.database.now(); err != nil {
			return version, err
		}
	}
	now, err := n.look(ctx, opened)
	if err != nil || now == version {
		return version, err
	}
	return now, n.publish(ctx, false)
}

// look returns the version of the center in the database. A server that has fallen silent is a fault too.
func (n *Node) look(ctx context.Context, opened *store.Store) (int64, error) {
	ctx, cancel := context.WithTimeout(ctx, probeWithin)
	defer cancel()
	if n.database.dueForReading() {
		if err := opened.Readable(ctx); err != nil {
			return 0, err
		}
	}
	return opened.Version(ctx)
}

// watchWriting tries every few seconds whether the database takes writes, and remembers why it does not. It has a goroutine of its own
// because it waits as long as a write does.
func (n *Node) watchWriting(ctx context.Context) {
	tick := time.NewTicker(probeEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			n.noteLock(ctx)
		case <-ctx.Done():
			return
		}
	}
}

func (n *Node) noteLock(ctx context.Context) {
	opened, err := n.database.now()
	if err == nil {
		err = n.tryWriting(ctx, opened)
	}
	if errors.Is(err, store.ErrBroken) {
		n.logFault("let go of database", n.database.letGo(opened))
	}
	still, awayErr := n.database.now()
	before := n.lockFault.Load()
	switch {
	case ctx.Err() != nil:
	case err == nil, awayErr != nil, still != opened: // what is away is told of already
		n.lockFault.Store(nil)
		if before != nil {
			n.log.Info("database takes writes, or is opened anew")
		}
	default:
		fault := err.Error()
		n.lockFault.Store(&fault)
		if before == nil {
			n.metrics.storeFaults.Inc()
			n.log.Error("database takes no writes: history rows and sessions wait", "error", err)
		}
	}
}

func (n *Node) tryWriting(ctx context.Context, opened *store.Store) error {
	ctx, cancel := context.WithTimeout(ctx, probeWithin)
	defer cancel()
	return opened.Writable(ctx)
}

// noteDatabase remembers what is wrong with the database, and says so once.
func (n *Node) noteDatabase(err error) {
	before := n.databaseFault.Load()
	switch {
	case err == nil:
		n.databaseFault.Store(nil)
		if before != nil {
			n.log.Info("database is back")
		}
	case before == nil || *before != err.Error():
		fault := err.Error()
		n.databaseFault.Store(&fault)
		n.metrics.storeFaults.Inc()
		n.log.Error("database fault: the center in force stays", "error", err)
	}
}

// publish puts the configuration in the database in force, if the black box finds it plausible or it is forced.
func (n *Node) publish(ctx context.Context, forced bool) error {
	opened, err := n.database.now()
	if err != nil {
		return err
	}
	loaded, version, err := opened.Center(ctx)
	if err != nil {
		return err
	}
	if err := n.keepCenter(ctx, loaded, version, forced); err != nil {
		return err
	}
	snapshot := engine.NewSnapshot(loaded)
	snapshot.Version = version
	n.calls.Watch(snapshot.Center.Trunks)
	return n.engine.Do(ctx, engine.Publish{Snapshot: snapshot})
}

// keepCenter hands the configuration to the black box. Only an implausible one is refused; a disk that fails is the box's own fault.
func (n *Node) keepCenter(ctx context.Context, c center.Center, version int64, forced bool) error {
	save := n.box.SaveSnapshot
	if forced {
		save = n.box.ForceSnapshot
	}
	err := save(ctx, c, version)
	if errors.Is(err, blackbox.ErrImplausible) {
		return err
	}
	if err != nil && ctx.Err() == nil {
		n.log.Warn("center not written to the black box yet", "error", err)
	}
	return nil
}

// faults returns what is wrong with the node now.
func (n *Node) faults() []engine.Fault {
	var faults []engine.Fault
	if fault := n.databaseFault.Load(); fault != nil {
		faults = append(faults, engine.Fault{Code: "database_away", Detail: *fault})
	}
	if fault := n.lockFault.Load(); fault != nil {
		faults = append(faults, engine.Fault{Code: "database_not_writable", Detail: *fault})
	}
	if fault := n.writingFault.Load(); fault != nil {
		faults = append(faults, engine.Fault{Code: "history_not_kept", Detail: *fault})
	}
	for _, fault := range n.box.Faults() {
		faults = append(faults, engine.Fault{Code: string(fault.Code), Detail: fault.Detail})
	}
	return faults
}

// reportFaults shows a change of what is wrong to those who can mend it.
func (n *Node) reportFaults(ctx context.Context) {
	now := n.faults()
	if !n.metrics.showFaults(now) {
		return
	}
	if err := n.engine.Do(ctx, engine.ReportFaults{Faults: now}); err != nil && ctx.Err() == nil {
		n.log.Error("faults not shown", "error", err)
	}
}

// admin reads and changes the center for administrators.
type admin struct{ node *Node }

// Export implements web.CenterAdmin.
func (a *admin) Export(ctx context.Context) ([]byte, error) {
	opened, err := a.node.database.now()
	if err != nil {
		return nil, err
	}
	current, _, err := opened.Center(ctx)
	if err != nil {
		return nil, err
	}
	return centerfile.Write(current, false)
}

// Apply implements web.CenterAdmin. What an administrator empties is meant to be empty.
func (a *admin) Apply(ctx context.Context, by string, file []byte, dryRun bool) ([]string, error) {
	opened, err := a.node.database.now()
	if err != nil {
		return nil, err
	}
	changes, err := Apply(ctx, opened, by, "request", file, dryRun)
	if err == nil && !dryRun && len(changes) > 0 {
		err = a.node.publish(ctx, true)
	}
	return changes, err
}
