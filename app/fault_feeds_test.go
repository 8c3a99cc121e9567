package app_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/coder/websocket"

	"mayday/center/rep"
	"mayday/config/password"
	"mayday/engine/store"
)

// TestEmergencyCallsGoOnBesideFeedsThatSayNothing: five thousand tabs of five hundred people are open that neither ask nor read, and five
// hundred connections beside them have not even said what they want.
func TestEmergencyCallsGoOnBesideFeedsThatSayNothing(t *testing.T) {
	const crowd, feeds, strangers, atOnce = 500, 5000, 500, 64
	needFiles(t, 2*(feeds+strangers)+1000)
	s := lay(t, t.TempDir(), func(center string) string {
		hash := password.Hash("mayday")
		var people strings.Builder
		for i := range crowd {
			fmt.Fprintf(&people, "  - {id: %s, name: Rep %d, email: rep%d@acme.example, site: hq, roles: [rep], password_hash: %q}\n", silentRep(i), i, i, hash)
		}
		return strings.Replace(center, "reps:\n", "reps:\n"+people.String(), 1)
	})
	s.signedIn(crowd)
	s.start()
	callers := s.callers()
	s.healthy(callers)
	s.opensSilentFeeds(crowd, feeds, atOnce)
	for i := range strangers {
		c, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", strings.TrimPrefix(s.node.HTTP(), "http://"))
		if err != nil {
			t.Fatalf("connection %d that says nothing: %v", i, err)
		}
		t.Cleanup(func() { _ = c.Close() }) // the node may have closed it
	}
	if open := s.measures("mayday_feeds"); open < feeds {
		t.Errorf("beside the callers' own %d feeds should be open, the node counts %v", feeds, open)
	}
	s.callFor("beside 5,500 connections that say nothing", callers, 5)
}

func silentRep(i int) string { return fmt.Sprintf("rep%d", i) }

// signedIn keeps a session of each of the crowd in the database, whose token is the rep's name, as if they had signed in before the node
// was started: five hundred passwords need not be looked at.
func (s *station) signedIn(crowd int) {
	s.t.Helper()
	opened, err := store.Open(s.t.Context(), store.Location{Data: s.settings.Data}, slog.New(slog.DiscardHandler))
	if err != nil {
		s.t.Fatal(err)
	}
	defer opened.Close()
	now := time.Now()
	for i := range crowd {
		hash := sha256.Sum256([]byte(silentRep(i)))
		kept := store.Session{TokenHash: hex.EncodeToString(hash[:]), Rep: rep.ID(silentRep(i)), CreatedAt: now, ExpiresAt: now.Add(time.Hour)}
		if err := opened.SaveSession(s.t.Context(), kept); err != nil {
			s.t.Fatal(err)
		}
	}
}

// opensSilentFeeds opens so many feeds and never reads them.
func (s *station) opensSilentFeeds(crowd, feeds, atOnce int) {
	s.t.Helper()
	from := time.Now()
	var opening sync.WaitGroup
	for first := range atOnce {
		opening.Go(func() {
			for i := first; i < feeds; i += atOnce {
				socket, response, err := websocket.Dial(s.t.Context(), s.node.HTTP()+"/api/v1/feed", &websocket.DialOptions{
					HTTPHeader: http.Header{"Cookie": {"mayday_session=" + silentRep(i%crowd)}},
				})
				if err != nil {
					s.t.Errorf("feed %d that says nothing: %v", i, err)
					return
				}
				if response.Body != nil {
					_ = response.Body.Close() // the socket lives on
				}
				s.t.Cleanup(func() { _ = socket.CloseNow() }) // the node may have cut it off
			}
		})
	}
	opening.Wait()
	if s.t.Failed() {
		s.t.FailNow()
	}
	s.t.Logf("%d feeds that say nothing were opened in %v", feeds, time.Since(from))
}

// needFiles lets the process open so many files, or fails where it may not.
func needFiles(t *testing.T, count uint64) {
	t.Helper()
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	if limit.Cur >= count {
		return
	}
	raised := syscall.Rlimit{Cur: count, Max: max(limit.Max, count)}
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &raised); err != nil {
		t.Fatalf("the process may open %d files and needs %d (run the tests as root, or raise the limit with ulimit -n): %v", limit.Cur, count, err)
	}
}
