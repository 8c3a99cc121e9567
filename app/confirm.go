package app

import (
	"context"
	"maps"
	"net/netip"
	"path/filepath"
	"sync"
	"time"

	"mayday/center/location"
	"mayday/center/rep"
	"mayday/engine"
	"mayday/engine/blackbox"
	"mayday/web/api"
)

// confirmations is where people have said to be, on its way to the disk and the database. Neither is waited for.
type confirmations struct {
	dir  string        // of the black box
	come chan struct{} // holds one: some have come

	mu      sync.Mutex // held for one entry of a map: the engine waits for it
	waiting map[rep.ID]location.Confirmation
	network map[rep.ID]string // in which network somebody was when they said so; in memory only

	// Of the goroutine that writes alone.
	all    map[rep.ID]location.Confirmation
	unkept map[rep.ID]location.Confirmation // not in the database yet
}

func newConfirmations(data string) *confirmations {
	return &confirmations{
		dir: filepath.Join(data, "blackbox"), come: make(chan struct{}, 1),
		waiting: make(map[rep.ID]location.Confirmation), network: make(map[rep.ID]string),
		all: make(map[rep.ID]location.Confirmation), unkept: make(map[rep.ID]location.Confirmation),
	}
}

// keep hands one over.
func (c *confirmations) keep(e engine.KeepPlace) {
	c.mu.Lock()
	c.waiting[e.Rep] = e.Place
	c.mu.Unlock()
	select {
	case c.come <- struct{}{}:
	default:
	}
}

// take takes over what was handed over.
func (c *confirmations) take() {
	c.mu.Lock()
	taken := c.waiting
	c.waiting = make(map[rep.ID]location.Confirmation)
	c.mu.Unlock()
	maps.Copy(c.all, taken)
	maps.Copy(c.unkept, taken)
}

// found takes up what was kept, unless something newer is known.
func (c *confirmations) found(kept map[rep.ID]location.Confirmation) {
	c.take()
	for id, said := range kept {
		if said.At.After(c.all[id].At) {
			c.all[id] = said
		}
	}
}

// confirmedAt notes the network of whoever has just said where they are.
func (c *confirmations) confirmedAt(id rep.ID, from string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.network[id] = networkOf(from)
}

// networkOf returns what of an address says in which network it is: of IPv6 the first half, for the rest changes by itself every day.
func networkOf(from string) string {
	address, err := netip.ParseAddr(from)
	if err != nil || !address.Is6() {
		return from
	}
	return netip.PrefixFrom(address, 64).Masked().String()
}

// moved reports whether somebody comes from another network than when they said where they are.
func (c *confirmations) moved(id rep.ID, from string) bool {
	from = networkOf(from)
	c.mu.Lock()
	defer c.mu.Unlock()
	before, known := c.network[id]
	if !known {
		c.network[id] = from
	}
	return known && before != from
}

// readPatience is how long a start waits for a disk that hangs before calls are placed without what it knows of confirmed places.
const readPatience = 500 * time.Millisecond

// restorePlaces tells the engine where people have said to be: from the black box, and when the database can be read, from there.
func (n *Node) restorePlaces(ctx context.Context) {
	read := make(chan struct{})
	n.loops.Go(func() {
		var found map[rep.ID]location.Confirmation
		var err error
		if aside(ctx, func() { found, err = blackbox.ReadPlaces(n.confirmations.dir) }) {
			if err != nil {
				n.log.Warn("confirmed places not read from the black box", "error", err)
			}
			n.tellPlaces(ctx, found)
		}
		close(read)
		if opened, err := n.database.soon(ctx); err == nil {
			found, err := opened.Places(ctx)
			if err != nil && ctx.Err() == nil {
				n.log.Warn("confirmed places not read from the database", "error", err)
			}
			n.tellPlaces(ctx, found)
		}
		n.keepPlaces(ctx)
	})
	select {
	case <-read:
	case <-time.After(readPatience):
	}
}

// aside does something with a disk that may hang, and reports whether it was done before ctx ended.
func aside(ctx context.Context, do func()) bool {
	done := make(chan struct{})
	go func() {
		defer close(done)
		do()
	}()
	select {
	case <-done:
		return true
	case <-ctx.Done():
		return false
	}
}

func (n *Node) tellPlaces(ctx context.Context, found map[rep.ID]location.Confirmation) {
	if len(found) == 0 {
		return
	}
	n.confirmations.found(found)
	if err := n.engine.Do(ctx, engine.RestorePlaces{Found: found}); err != nil && ctx.Err() == nil {
		n.log.Warn("confirmed places not told", "error", err)
	}
}

// keepPlaces writes what comes, to the disk first, and tries again for as long as the database is away.
func (n *Node) keepPlaces(ctx context.Context) {
	retry := time.NewTicker(placesEvery)
	defer retry.Stop()
	for {
		written := false
		select {
		case <-n.confirmations.come:
		case <-retry.C:
			written = true
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), placesEvery)
			defer cancel()
			n.writePlaces(last, false)
			return
		}
		n.writePlaces(ctx, written)
	}
}

// placesEvery is how often places that the database did not take are tried again.
const placesEvery = 3 * time.Second

func (n *Node) writePlaces(ctx context.Context, onlyDatabase bool) {
	c := n.confirmations
	if c.take(); len(c.unkept) == 0 {
		return
	}
	if !onlyDatabase {
		snapshot, all := n.engine.Snapshot(), maps.Clone(c.all) // a disk that hangs keeps the copy
		maps.DeleteFunc(all, func(id rep.ID, _ location.Confirmation) bool {
			_, exists := snapshot.Rep(id)
			return !exists
		})
		aside(ctx, func() {
			if err := blackbox.WritePlaces(c.dir, all); err != nil {
				n.log.Warn("confirmed places not written to the black box", "error", err)
			}
		})
	}
	opened, err := n.database.now()
	if err != nil {
		return // told of already; tried again
	}
	for id, said := range c.unkept {
		if err := opened.KeepPlace(ctx, id, said); err != nil {
			n.log.Warn("confirmed place not kept yet", "error", err)
			return
		}
		delete(c.unkept, id)
	}
}

// confirm says where the rep of the tab is.
func (t *tab) confirm(p *api.ConfirmedPlace) (engine.Command, error) {
	if p == nil {
		return nil, unknownRequest
	}
	t.desk.confirmations.confirmedAt(t.rep, t.from)
	return engine.ConfirmPlace{Rep: t.rep, Home: p.Home, Site: location.SiteID(p.Site), Floor: p.Floor, Room: p.Room, Told: p.Network}, nil
}

// confirmation turns what the engine knows of a confirmed place into what crosses to the browser.
func confirmation(v engine.PlaceView) *api.PlaceQuestion {
	q := &api.PlaceQuestion{Ask: v.Ask, Home: v.Home, Site: string(v.Site), Name: v.Name, Floor: v.Floor, Room: v.Room, Network: v.Told, ByNetwork: v.ByTold}
	if v.Given {
		q.At = moment(v.At)
	}
	return q
}
