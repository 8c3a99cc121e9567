package app_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"strings"
	"sync"
	"testing"

	"github.com/coder/websocket"

	"mayday/web/api"
)

// client is a program that has signed in to a node without a browser.
type client struct {
	t      *testing.T
	url    string
	http   *http.Client
	header http.Header // of every request; may be nil
}

func signIn(t *testing.T, url, username string) *client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	c := &client{t: t, url: url, http: &http.Client{Jar: jar, Timeout: patience}}
	c.send(http.MethodPost, "/api/v1/session", `{"username":"`+username+`","password":"mayday"}`)
	return c
}

// send sends a request that is answered well and returns the body of its answer.
func (c *client) send(method, path, body string) string {
	c.t.Helper()
	status, answer := c.exchange(method, path, body)
	if status >= 300 {
		c.t.Fatalf("%s %s: %d: %s", method, path, status, answer)
	}
	return answer
}

// exchange sends a request and returns the status and the body of its answer.
func (c *client) exchange(method, path, body string) (status int, answer string) {
	c.t.Helper()
	request, err := http.NewRequestWithContext(c.t.Context(), method, c.url+path, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	if c.header != nil {
		request.Header = c.header.Clone()
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := c.http.Do(request)
	if err != nil {
		c.t.Fatal(err)
	}
	defer response.Body.Close()
	read, err := io.ReadAll(response.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return response.StatusCode, strings.TrimSpace(string(read))
}

// feed is a screen without a browser: it asks, and keeps the newest state.
type feed struct {
	t      *testing.T
	socket *websocket.Conn

	mu      sync.Mutex
	state   api.Workspace
	replies map[int64]api.Reply
	asked   int64
}

// feed opens the client's feed; it is a tab without sound.
func (c *client) feed() *feed {
	c.t.Helper()
	socket, response, err := websocket.Dial(c.t.Context(), c.url+"/api/v1/feed", &websocket.DialOptions{HTTPClient: c.http})
	if err != nil {
		c.t.Fatalf("open the feed: %v", err)
	}
	if response.Body != nil {
		_ = response.Body.Close() // the socket lives on
	}
	socket.SetReadLimit(1 << 20)
	f := &feed{t: c.t, socket: socket, replies: map[int64]api.Reply{}}
	var reading sync.WaitGroup
	reading.Go(f.read)
	c.t.Cleanup(func() { _ = socket.CloseNow(); reading.Wait() })
	eventually(c.t, "the feed shows a state", func() bool { return f.shown().Tab != "" })
	return f
}

func (f *feed) read() {
	for {
		_, frame, err := f.socket.Read(context.Background())
		if err != nil {
			return // the feed is over
		}
		var message api.Message
		if err := json.Unmarshal(frame, &message); err != nil {
			f.t.Errorf("a message on the feed: %v", err)
			return
		}
		f.mu.Lock()
		if message.Workspace != nil {
			f.state = *message.Workspace
		}
		if message.Reply != nil {
			f.replies[message.Reply.ID] = *message.Reply
		}
		f.mu.Unlock()
	}
}

func (f *feed) shown() api.Workspace {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.state
}

// ask sends a request and returns the code of its refusal, empty when it was done.
func (f *feed) ask(request api.Request) string {
	f.t.Helper()
	f.asked++
	request.ID = f.asked
	frame, err := json.Marshal(request)
	if err != nil {
		f.t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(f.t.Context(), patience)
	defer cancel()
	if err := f.socket.Write(ctx, websocket.MessageText, frame); err != nil {
		f.t.Fatalf("ask for %s: %v", request.Do, err)
	}
	var reply api.Reply
	eventually(f.t, "a reply to "+string(request.Do), func() (ok bool) {
		f.mu.Lock()
		defer f.mu.Unlock()
		reply, ok = f.replies[request.ID]
		return ok
	})
	if reply.Refused == nil {
		return ""
	}
	return reply.Refused.Code
}

// shows waits until the state is as wanted.
func (f *feed) shows(circumstance string, holds func(api.Workspace) bool) {
	f.t.Helper()
	if !within(patience, func() bool { return holds(f.shown()) }) {
		f.t.Fatalf("%s: not so after %v; the state is %+v", circumstance, patience, f.shown())
	}
}
