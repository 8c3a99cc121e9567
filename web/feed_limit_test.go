package web_test

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"mayday/web"
	"mayday/web/api"
)

func TestAFeedEndsWithItsSession(t *testing.T) {
	s := start(t, func(_ *web.Config, timing *web.Timing) {
		timing.SessionLife, timing.SessionGrace = 400*time.Millisecond, 100*time.Millisecond
	})
	b := s.signedIn("alice")
	if bye := b.feed().goodbye(); bye.Code != 4401 || bye.Reason != "the session has ended; sign in again" {
		t.Errorf("closed with %v", bye)
	}
	if _, status, _ := b.dialFeed(); status != http.StatusUnauthorized {
		t.Errorf("a feed afterwards: status %d", status)
	}
}

func TestAnEmergencyCallKeepsItsSession(t *testing.T) {
	const life = 400 * time.Millisecond
	s := start(t, func(_ *web.Config, timing *web.Timing) {
		timing.SessionLife, timing.SessionGrace = life, 100*time.Millisecond
	})
	b := s.signedIn("alice")
	w := b.feed()
	w.tab.show(func(w *api.Workspace) { w.Emergency = &api.Call{State: api.CallConnected} })
	late := time.After(3 * life)
	<-late
	// A reload: the old feed goes, the new one must get in with the same cookie.
	again := b.feed()
	w.conn.CloseNow()
	again.workspace(func(api.Workspace) bool { return true })
	if bye := again.goodbye(); bye.Code != 4401 {
		t.Errorf("without the call the feed closed with %v", bye)
	}
}

func TestRequestsOnTheFeedKeepTheSession(t *testing.T) {
	const life = 600 * time.Millisecond
	s := start(t, func(_ *web.Config, timing *web.Timing) {
		timing.SessionLife, timing.SessionGrace, timing.KeepEvery = life, 10*time.Millisecond, 20*time.Millisecond
	})
	b := s.signedIn("alice")
	w := b.feed()
	tick := time.NewTicker(life / 6)
	defer tick.Stop()
	for i := range 18 {
		<-tick.C
		w.write(fmt.Sprintf(`{"id":%d,"do":"end"}`, i))
		w.reply()
	}
	if r := b.send("GET", "/api/v1/session", ""); r.status != http.StatusOK {
		t.Errorf("after three lives of requests: status %d", r.status)
	}
}

func TestASlowReaderIsCutOffAndHurtsNobody(t *testing.T) {
	s := start(t, func(_ *web.Config, timing *web.Timing) { timing.WriteWithin = 300 * time.Millisecond })
	slow := s.signedIn("alice").feed() // never reads
	quick := s.signedIn("bob").feed()
	big := make([]string, 4000)
	for i := range big {
		big[i] = strings.Repeat("x", 1000)
	}
	stop := make(chan struct{})
	fed := make(chan struct{})
	go func() {
		defer close(fed)
		tick := time.NewTicker(10 * time.Millisecond)
		defer tick.Stop()
		for i := 0; ; i++ {
			slow.tab.show(func(w *api.Workspace) { w.Place, w.Mobile = big, fmt.Sprint(i) })
			select {
			case <-tick.C:
			case <-stop:
				return
			}
		}
	}()
	for i := range 20 {
		quick.write(fmt.Sprintf(`{"id":%d,"do":"dial","digits":"911"}`, i))
		if got := quick.reply(); got.ID != int64(i) {
			t.Errorf("beside a slow reader: reply %+v", got)
		}
	}
	wait(t, "the slow reader to be cut off", slow.tab.closed)
	close(stop)
	<-fed
	quick.write(`{"id":99,"do":"dial","digits":"911"}`)
	if got := quick.reply(); got.ID != 99 {
		t.Errorf("after the slow reader: reply %+v", got)
	}
}

func TestABrowserThatReadsNoRepliesIsCutOff(t *testing.T) {
	s := start(t, func(_ *web.Config, timing *web.Timing) { timing.WriteWithin = 300 * time.Millisecond })
	s.node.do = func(context.Context, api.Request) api.Reply { return api.Reply{SDP: strings.Repeat("x", 60_000)} }
	go func() {
		for range s.node.asked {
		}
	}()
	w := s.signedIn("alice").feed()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for i := 0; ; i++ {
		if err := w.conn.Write(ctx, websocket.MessageText, []byte(`{"id":1,"do":"end"}`)); err != nil {
			break
		}
	}
	if ctx.Err() != nil {
		t.Error("it could write for as long as it wanted")
	}
	wait(t, "the tab to be closed", w.tab.closed)
	close(s.node.asked)
}

func TestADeadPeerIsNoticed(t *testing.T) {
	s := start(t, func(_ *web.Config, timing *web.Timing) {
		timing.PingEvery, timing.PongWithin = 50*time.Millisecond, 100*time.Millisecond
	})
	b := s.signedIn("alice")
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.http.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "GET /api/v1/feed HTTP/1.1\r\nHost: %s\r\nCookie: mayday_session=%s\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n", conn.RemoteAddr(), b.token())
	line, err := bufio.NewReader(conn).ReadString('\n')
	if err != nil || !strings.Contains(line, "101") {
		t.Fatalf("upgrade: %q, %v", line, err)
	}
	dead := wait(t, "its tab", s.node.attached) // it answers no ping: nobody reads there
	wait(t, "the dead peer's tab to be closed", dead.closed)

	alive := b.feed()
	alive.tab.show(func(w *api.Workspace) { w.Mobile = "not yet" })
	go func() {
		time.AfterFunc(500*time.Millisecond, func() { alive.tab.show(func(w *api.Workspace) { w.Mobile = "112" }) })
	}()
	alive.workspace(func(w api.Workspace) bool { return w.Mobile == "112" }) // reading answers the pings
}

func TestFiveHundredIdleFeedsCostLittleAndLeaveNothing(t *testing.T) {
	s := start(t)
	b := s.signedIn("alice")
	s.http.Client().CloseIdleConnections()
	before := runtime.NumGoroutine()
	const many = 500
	wires := make([]*wire, many)
	for i := range wires {
		wires[i] = b.feed()
		wires[i].workspace(func(api.Workspace) bool { return true })
	}
	each := float64(runtime.NumGoroutine()-before) / many
	if each > 12 { // of both ends
		t.Errorf("each idle feed costs %.1f goroutines on both ends together", each)
	}
	last := wires[many-1]
	last.write(`{"id":1,"do":"dial","digits":"911"}`)
	if got := last.reply(); got.ID != 1 {
		t.Errorf("a dial beside %d idle feeds: %+v", many, got)
	}
	for _, w := range wires {
		w.conn.CloseNow()
	}
	for _, w := range wires {
		wait(t, "every tab to be closed", w.tab.closed)
	}
	b.client.CloseIdleConnections()
	eventually(t, "the goroutines are gone", func() bool { return runtime.NumGoroutine() <= before+5 })
}

// BenchmarkDial is the time from a frame's leaving the browser to Tab.Do, over loopback.
func BenchmarkDial(b *testing.B) {
	n := newNode()
	n.asked = make(chan api.Request, 1)
	w := startWith(b, n, newDatabase()).signedIn("alice").feed()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() {
		for {
			if _, _, err := w.conn.Read(ctx); err != nil {
				return
			}
		}
	}()
	for b.Loop() {
		if err := w.conn.Write(ctx, websocket.MessageText, []byte(`{"id":1,"do":"dial","digits":"911"}`)); err != nil {
			b.Fatal(err)
		}
		<-n.asked
	}
}
