package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"sync"
	"time"

	"github.com/coder/websocket"

	"mayday/web/api"
)

// person is a rep without a browser: a feed, and sound where it is wanted.
type person struct {
	url    string
	client *http.Client
	socket *websocket.Conn
	over   sync.WaitGroup
	number string // call-back number, once there is a lease

	mu      sync.Mutex
	shown   api.Workspace
	asked   int64
	replies map[int64]chan api.Reply
	awaited []*awaited
	lost    error // why the feed is over
}

// awaited is a state that somebody waits for.
type awaited struct {
	holds func(api.Workspace) bool
	at    chan time.Time // is sent when the first frame arrived of which it holds
}

// signIn signs in and opens the feed.
func signIn(ctx context.Context, url, name, password string) (*person, error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	p := &person{url: url, client: &http.Client{Jar: jar}, replies: make(map[int64]chan api.Reply)}
	if err := p.post(ctx, "/api/v1/session", api.SignIn{Username: name, Password: password}); err != nil {
		return nil, fmt.Errorf("sign in: %w", err)
	}
	socket, response, err := websocket.Dial(ctx, url+"/api/v1/feed", &websocket.DialOptions{HTTPClient: p.client})
	if err != nil {
		return nil, fmt.Errorf("open feed: %w", err)
	}
	if response.Body != nil {
		_ = response.Body.Close() // the socket lives on
	}
	socket.SetReadLimit(1 << 20)
	p.socket = socket
	p.over.Go(p.read)
	return p, nil
}

func (p *person) post(ctx context.Context, path string, body any) error {
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, p.url+path, bytes.NewReader(text))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := p.client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	_, _ = io.Copy(io.Discard, response.Body)
	if response.StatusCode >= 300 {
		return fmt.Errorf("%s: %s", path, response.Status)
	}
	return nil
}

func (p *person) close() {
	p.socket.CloseNow()
	p.over.Wait()
	p.client.CloseIdleConnections()
}

// read notes when each frame arrived, before it is looked into.
func (p *person) read() {
	for {
		_, frame, err := p.socket.Read(context.Background())
		now := time.Now()
		var message api.Message
		if err == nil {
			err = json.Unmarshal(frame, &message)
		}
		if err != nil {
			p.end(err)
			return
		}
		p.take(message, now)
	}
}

func (p *person) take(message api.Message, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if reply := message.Reply; reply != nil {
		if asked, ok := p.replies[reply.ID]; ok {
			delete(p.replies, reply.ID)
			asked <- *reply
		}
	}
	if message.Workspace == nil {
		return
	}
	p.shown = *message.Workspace
	kept := p.awaited[:0]
	for _, a := range p.awaited {
		if a.holds(p.shown) {
			a.at <- now
			continue
		}
		kept = append(kept, a)
	}
	p.awaited = kept
}

// end tells everybody who waits that nothing will come any more.
func (p *person) end(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.lost = fmt.Errorf("feed is over: %w", err)
	for _, asked := range p.replies {
		close(asked)
	}
	for _, a := range p.awaited {
		close(a.at)
	}
	p.replies, p.awaited = nil, nil
}

// ask sends a request; its reply, or the end of the feed, comes on the channel.
func (p *person) ask(ctx context.Context, request api.Request) (<-chan api.Reply, error) {
	reply := make(chan api.Reply, 1)
	p.mu.Lock()
	if p.lost != nil {
		p.mu.Unlock()
		return nil, p.lost
	}
	p.asked++
	request.ID = p.asked
	p.replies[request.ID] = reply
	p.mu.Unlock()
	frame, err := json.Marshal(request)
	if err != nil {
		return nil, err
	}
	return reply, p.socket.Write(ctx, websocket.MessageText, frame)
}

// do asks and waits for the reply.
func (p *person) do(ctx context.Context, request api.Request) (api.Reply, error) {
	asked, err := p.ask(ctx, request)
	if err != nil {
		return api.Reply{}, err
	}
	select {
	case reply, ok := <-asked:
		if !ok {
			return api.Reply{}, p.lost
		}
		if reply.Refused != nil {
			return reply, fmt.Errorf("%s: refused with %s", request.Do, reply.Refused.Code)
		}
		return reply, nil
	case <-ctx.Done():
		return api.Reply{}, ctx.Err()
	}
}

// await has the channel told when a frame arrives of which the claim holds; nothing is told of what is shown already.
func (p *person) await(holds func(api.Workspace) bool) <-chan time.Time {
	a := &awaited{holds, make(chan time.Time, 1)}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.lost != nil {
		close(a.at)
		return a.at
	}
	p.awaited = append(p.awaited, a)
	return a.at
}

// until waits until the claim holds of what is shown.
func (p *person) until(ctx context.Context, holds func(api.Workspace) bool) error {
	at := p.await(holds)
	p.mu.Lock()
	already := holds(p.shown) && p.lost == nil
	p.mu.Unlock()
	if already {
		return nil
	}
	_, err := p.moment(ctx, at)
	return err
}

// moment waits for what await promised.
func (p *person) moment(ctx context.Context, at <-chan time.Time) (time.Time, error) {
	select {
	case when, ok := <-at:
		if !ok {
			return when, p.lost
		}
		return when, nil
	case <-ctx.Done():
		return time.Time{}, ctx.Err()
	}
}

func talks(w api.Workspace) bool { return w.Emergency != nil && w.Emergency.State == api.CallConnected }
func rings(w api.Workspace) bool { return w.Emergency != nil && w.Emergency.State == api.CallIncoming }
func calm(w api.Workspace) bool  { return w.Emergency == nil && w.Call == nil }

func talksOrdinarily(w api.Workspace) bool { return w.Call != nil && w.Call.State == api.CallConnected }
