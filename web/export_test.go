package web

import (
	"io/fs"
	"net/http"
	"net/netip"
	"time"

	"mayday/web/api"
)

// Timing is what a test may want shorter than usual; zero leaves a value as it is.
type Timing struct {
	PingEvery, PongWithin, WriteWithin, VerifyWithin, KeepRetry, KeepEvery, SessionLife, SessionGrace time.Duration
}

// NewTimed is New with other durations.
func NewTimed(c Config, t Timing) (*Server, error) {
	usual := usualTiming()
	for _, d := range []struct {
		to   *time.Duration
		from time.Duration
	}{
		{&usual.pingEvery, t.PingEvery}, {&usual.pongWithin, t.PongWithin}, {&usual.writeWithin, t.WriteWithin},
		{&usual.verifyWithin, t.VerifyWithin}, {&usual.keepRetry, t.KeepRetry}, {&usual.keepEvery, t.KeepEvery},
		{&usual.sessionLife, t.SessionLife}, {&usual.sessionGrace, t.SessionGrace},
	} {
		if d.from != 0 {
			*d.to = d.from
		}
	}
	return newServer(c, usual)
}

// DecodeRequest is the feed's decoder.
func DecodeRequest(frame []byte) (api.Request, error) { return decodeRequest(frame) }

// WholeWorkspace is what is done to a state before it is sent.
func WholeWorkspace(w api.Workspace) api.Workspace { return wholeWorkspace(w) }

// Throttle is the throttle of signing in.
type Throttle struct{ t *throttle }

// NewThrottle makes one that has seen nothing.
func NewThrottle() Throttle { return Throttle{newThrottle()} }

// Wait, Miss and Hit are at the time of the clock, which is a synctest bubble's in tests.
func (t Throttle) Wait(name, from string) time.Duration {
	return t.t.wait(name, netip.MustParseAddr(from), time.Now())
}

// Miss notes a wrong password.
func (t Throttle) Miss(name, from string) { t.t.miss(name, netip.MustParseAddr(from), time.Now()) }

// Hit notes a right password.
func (t Throttle) Hit(name, from string) { t.t.hit(name, netip.MustParseAddr(from), time.Now()) }

// Remembered is how many names and addresses it knows.
func (t Throttle) Remembered() (names, addresses int) {
	return len(t.t.byName.counts), len(t.t.byAddress.counts)
}

// MostRemembered is the bound of each.
const MostRemembered = rememberedMost

// Pages serves built pages from files.
func Pages(files fs.FS) (http.Handler, error) { return readPages(files) }
