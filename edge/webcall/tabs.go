package webcall

import (
	"errors"
	"sync"

	"mayday/center/rep"
	"mayday/edge/relay"
	"mayday/engine"
)

// Tabs is which browser's sound belongs to which tab of which rep. It tells the engine when the sound of a tab comes and goes.
type Tabs struct {
	gateway *Gateway
	report  func(engine.Command)

	mu    sync.Mutex // guards peers; never held while anything is waited for
	peers map[engine.TabID]*tabPeer
}

// tabPeer is a tab's peer; another one takes its place when the browser begins anew.
type tabPeer struct{ peer *Peer }

// NewTabs makes tabs behind the gateway. report hands a command to the engine and may wait for it.
func NewTabs(gateway *Gateway, report func(engine.Command)) *Tabs {
	return &Tabs{gateway: gateway, report: report, peers: make(map[engine.TabID]*tabPeer)}
}

// Offer answers the offer of a tab: its first one, or one after its network has changed. An offer that cannot be answered is an
// OfferError, and all is as before.
func (t *Tabs) Offer(id rep.ID, tab engine.TabID, offer string) (string, error) {
	before := t.peer(tab)
	if before != nil {
		answer, err := before.Reopen(offer)
		if err == nil || !errors.Is(err, ErrClosed) && !errors.Is(err, ErrOtherBrowser) {
			return answer, err
		}
	}
	return t.open(id, tab, offer)
}

// open gives the tab a new peer. The sound of one that it replaces is over before the new one's begins, so that the engine joins anew.
func (t *Tabs) open(id rep.ID, tab engine.TabID, offer string) (string, error) {
	mine := &tabPeer{}
	begun := make(chan struct{})
	sound := engine.ReportSound{Rep: id, Tab: tab}
	peer, answer, err := t.gateway.Open(offer, func(event PeerEvent) {
		<-begun
		sound = after(sound, event)
		if t.holds(tab, mine) {
			t.report(sound)
		}
	})
	if err != nil {
		return "", err
	}
	mine.peer = peer
	t.mu.Lock()
	before := t.peers[tab]
	t.peers[tab] = mine
	t.mu.Unlock()
	if before != nil {
		_ = before.peer.Close() // replaced: nobody listens to it any more
		t.report(engine.ReportSound{Rep: id, Tab: tab})
	}
	close(begun)
	return answer, nil
}

// holds reports whether the peer is still the tab's.
func (t *Tabs) holds(tab engine.TabID, mine *tabPeer) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.peers[tab] == mine
}

// after returns how the tab's sound does after the event.
func after(sound engine.ReportSound, event PeerEvent) engine.ReportSound {
	switch event.(type) {
	case Connected:
		sound.Connected, sound.Heard = true, true
	case Lost, Closed:
		sound.Connected, sound.Heard = false, false
	case Silent:
		sound.Heard = false
	case Heard:
		sound.Heard = true
	}
	return sound
}

// Sound returns the tab's side of a call's sound; nil when it has none.
func (t *Tabs) Sound(tab engine.TabID) relay.Side {
	if peer := t.peer(tab); peer != nil {
		return peer
	}
	return nil
}

// Drop closes the sound of a tab that is gone.
func (t *Tabs) Drop(tab engine.TabID) {
	t.mu.Lock()
	dropped := t.peers[tab]
	delete(t.peers, tab)
	t.mu.Unlock()
	if dropped != nil {
		_ = dropped.peer.Close() // the tab is gone: nobody is left to tell
	}
}

func (t *Tabs) peer(tab engine.TabID) *Peer {
	t.mu.Lock()
	defer t.mu.Unlock()
	if has := t.peers[tab]; has != nil {
		return has.peer
	}
	return nil
}
