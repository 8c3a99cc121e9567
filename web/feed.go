package web

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"

	"mayday/web/api"
)

const (
	largestFrame   = 64 << 10 // bytes of one request
	waitingReplies = 256      // more unread, and the next request waits until the browser reads or is cut off

	closeSignedOut = websocket.StatusCode(4401) // sign in again
	closeRefused   = websocket.StatusCode(4403) // this person has no workspace any more
)

// farewell is why a feed ends: what the browser reads in the close frame, and what is counted.
type farewell struct {
	code   websocket.StatusCode
	words  string // at most 123 bytes
	reason string
}

func (f *farewell) Error() string { return f.words }

func goneReason() *farewell { return &farewell{reason: "gone"} } // no frame can reach the peer any more

// feed is one WebSocket. Its reader hands requests to the tab in order; its writer is the only one that sends messages; its
// watcher fetches states; its pinger notices a dead peer. The first that fails says farewell, and all end.
type feed struct {
	server  *Server
	conn    *websocket.Conn
	tab     Tab
	session *session

	ctx     context.Context // its cause is the farewell
	end     context.CancelCauseFunc
	replies chan api.Reply
	states  chan api.Workspace // at most one: the latest
	held    atomic.Bool        // an emergency call, or the time in which one can be called back
	urgent  bool               // counted in session.urgent; the watcher's
}

func (s *Server) serveFeed(w http.ResponseWriter, r *http.Request) {
	v := visitOf(r.Context())
	switch {
	case v.session == nil:
		notSignedIn().write(w)
		return
	case !sameOrigin(r):
		crossOrigin().write(w)
		return
	case !s.begin():
		refuse(http.StatusServiceUnavailable, "STOPPING", "The node is stopping.").write(w)
		return
	}
	defer s.work.Done()
	tab, err := s.config.Node.Attach(v.person.ID, ownAddress(r, v.from))
	if err != nil {
		s.asProblem(err).write(w)
		return
	}
	defer tab.Close()
	conn, err := websocket.Accept(w, r, nil)
	if err != nil {
		return // Accept has answered
	}
	conn.SetReadLimit(largestFrame)
	f := &feed{
		server: s, conn: conn, tab: tab, session: v.session,
		replies: make(chan api.Reply, waitingReplies), states: make(chan api.Workspace, 1),
	}
	f.ctx, f.end = context.WithCancelCause(s.ctx)
	f.run()
}

// ownAddress returns the address of the browser; empty where a proxy says that it stands between.
func ownAddress(r *http.Request, from netip.Addr) string {
	for _, name := range []string{"Forwarded", "X-Forwarded-For", "Via"} {
		if r.Header.Get(name) != "" {
			return ""
		}
	}
	return from.Unmap().String()
}

// sameOrigin keeps other sites' pages from opening a feed with this browser's cookie. Programs send no Origin.
func sameOrigin(r *http.Request) bool {
	origin := r.Header.Get("Origin")
	if origin == "" {
		return true
	}
	u, err := url.Parse(origin)
	return err == nil && u.Host != "" && strings.EqualFold(u.Host, r.Host)
}

func (f *feed) run() {
	start := time.Now()
	f.server.metrics.feeds.Inc()
	var others sync.WaitGroup
	others.Go(func() {
		defer f.close()
		defer f.survive()
		f.write()
	})
	for _, part := range []func(){f.watch, f.ping} {
		others.Go(func() {
			defer f.survive()
			part()
		})
	}
	f.read()
	others.Wait()
	if f.urgent {
		f.session.urgent.Add(-1)
	}
	bye := f.farewell()
	f.server.metrics.feeds.Dec()
	f.server.metrics.closings.WithLabelValues(bye.reason).Inc()
	f.server.log.Debug("feed ended", "reason", bye.reason, "duration", time.Since(start))
}

// survive ends the feed, and nothing else, when a part of it panics.
func (f *feed) survive() {
	if bug := recover(); bug != nil {
		f.server.bug("feed", bug)
		f.end(&farewell{websocket.StatusInternalError, "the node made a mistake; connect again", "bug"})
	}
}

func (f *feed) farewell() *farewell {
	var bye *farewell
	if errors.As(context.Cause(f.ctx), &bye) {
		return bye
	}
	return &farewell{websocket.StatusGoingAway, "the node is stopping", "stopping"}
}

// read hands each request to the tab and its reply to the writer, until the connection ends. Nothing stands between a
// frame's arrival and Do.
func (f *feed) read() {
	for {
		kind, frame, err := f.conn.Read(context.Background()) // ended by the writer, with a close frame
		if err != nil {
			f.end(readFarewell(err))
			return
		}
		if kind != websocket.MessageText {
			f.end(&farewell{websocket.StatusUnsupportedData, "requests are JSON in text frames", "binary"})
			continue // until the peer has read why
		}
		if !f.held.Load() && f.session.ended(time.Now()) {
			continue // the writer is about to say so
		}
		select {
		case f.replies <- f.answer(frame):
		case <-f.ctx.Done(): // nobody reads replies any more; what was asked is done all the same
		}
	}
}

func readFarewell(err error) *farewell {
	if errors.Is(err, websocket.ErrMessageTooBig) {
		return &farewell{websocket.StatusMessageTooBig, "a request may be 64 KiB long", "oversize"}
	}
	if websocket.CloseStatus(err) != -1 {
		return &farewell{reason: "left"}
	}
	return goneReason()
}

// answer has the tab do what the frame asks. A call that was asked for is placed even if the browser is gone by then, so
// only the end of the node ends the asking.
func (f *feed) answer(frame []byte) (reply api.Reply) {
	r, err := decodeRequest(frame)
	if err != nil {
		return api.Reply{ID: r.ID, Refused: &api.Refusal{Code: "BAD_REQUEST", Detail: err.Error()}}
	}
	defer func() {
		if bug := recover(); bug != nil {
			f.server.bug("request of a feed", bug)
			reply = api.Reply{Refused: &api.Refusal{Code: "BUG", Detail: "The node made a mistake. Its log says where."}}
		}
		reply.ID = r.ID
	}()
	f.session.renew(time.Now())
	return f.tab.Do(f.server.ctx, r)
}

// watch fetches the newest state whenever there is one, and leaves it for the writer in place of an older one.
func (f *feed) watch() {
	for {
		state, err := f.tab.Next(f.ctx)
		if f.ctx.Err() != nil {
			return
		}
		if err != nil {
			f.end(f.watchFarewell(err))
			return
		}
		f.note(state)
		select {
		case <-f.states:
		default:
		}
		f.states <- state
	}
}

func (f *feed) watchFarewell(err error) *farewell {
	var refusal Refusal
	if errors.As(err, &refusal) {
		return &farewell{closeRefused, refusal.Code(), "refused"}
	}
	f.server.log.Error("workspace ended in a fault", "error", err)
	return &farewell{websocket.StatusInternalError, "the workspace ended in a fault; connect again", "fault"}
}

// note keeps what the session must know of the rep's emergency call.
func (f *feed) note(state api.Workspace) {
	urgent := state.Emergency != nil && state.Emergency.State != api.CallFailed
	f.held.Store(urgent || state.Window != nil)
	if urgent == f.urgent {
		return
	}
	f.urgent = urgent
	if urgent {
		f.session.urgent.Add(1)
	} else {
		f.session.urgent.Add(-1)
	}
}

// write sends replies and states, and looks after the session, until the feed ends; then it says why.
func (f *feed) write() {
	expiry := time.NewTimer(f.untilLook(time.Now()))
	defer expiry.Stop()
	over := f.session.over
	for {
		var err error
		select {
		case <-f.ctx.Done():
			return
		case reply := <-f.replies:
			err = f.send(api.Message{Reply: &reply})
		case state := <-f.states:
			state = wholeWorkspace(state)
			err = f.send(api.Message{Workspace: &state})
		case <-over:
			over = nil // looked at below, and again with each state
		case now := <-expiry.C:
			if f.held.Load() {
				f.session.extend(now.Add(2 * f.server.timing.sessionGrace))
			}
			expiry.Reset(f.untilLook(now))
		}
		switch {
		case err != nil:
			f.end(&farewell{reason: "slow"}) // or gone: the connection is closed either way
			return
		case !f.held.Load() && f.session.ended(time.Now()):
			f.end(&farewell{closeSignedOut, "the session has ended; sign in again", "signed_out"})
			return
		}
	}
}

// untilLook is when the session should be looked at next: shortly before it ends, then when it ends.
func (f *feed) untilLook(now time.Time) time.Duration {
	left := f.session.expiresAt().Sub(now)
	if grace := f.server.timing.sessionGrace; left > grace {
		return left - grace
	}
	return max(left, 10*time.Millisecond)
}

func (f *feed) send(m api.Message) error {
	text, err := json.Marshal(m)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), f.server.timing.writeWithin)
	defer cancel()
	return f.conn.Write(ctx, websocket.MessageText, text)
}

// close ends the connection: with a frame that says why, where the peer may still read it.
func (f *feed) close() {
	bye := f.farewell()
	if bye.code == 0 {
		f.conn.CloseNow()
		return
	}
	f.conn.Close(bye.code, bye.words)
}

// ping notices a peer that no longer answers.
func (f *feed) ping() {
	tick := time.NewTicker(f.server.timing.pingEvery)
	defer tick.Stop()
	for {
		select {
		case <-f.ctx.Done():
			return
		case <-tick.C:
		}
		// Not of f.ctx: its end would cut the connection before the close frame is out.
		ctx, cancel := context.WithTimeout(context.Background(), f.server.timing.pongWithin)
		err := f.conn.Ping(ctx)
		cancel()
		if err != nil {
			f.end(&farewell{reason: "dead"})
			return
		}
	}
}

// wholeWorkspace leaves no null where a screen expects a list or a map. The state is shared with others: it is not changed.
func wholeWorkspace(state api.Workspace) api.Workspace {
	state.Rep = whole(state.Rep)
	state.Presence.Choices = orEmpty(state.Presence.Choices)
	state.Place = orEmpty(state.Place)
	if state.EmergencyNumbers == nil {
		state.EmergencyNumbers = map[string]string{}
	}
	return state
}
