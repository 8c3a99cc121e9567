package notify

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"sync"
	"time"

	"mayday/center/emergency"
)

const (
	postWithin    = 10 * time.Second // how long the first attempt at a channel may take
	postLater     = 30 * time.Second // later ones
	channelFirst  = 16               // connections to one channel for first attempts
	channelRepeat = 4                // and for repeated ones
)

// newClient returns a client that follows no redirect, trusts no certificate that this machine does not, and keeps no connection.
func newClient(dial Dial, roots *x509.CertPool) *http.Client {
	return &http.Client{
		Transport: &http.Transport{
			Proxy: http.ProxyFromEnvironment, DialContext: dial, DisableKeepAlives: true, ForceAttemptHTTP2: true,
			TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots}, MaxResponseHeaderBytes: 64 << 10,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// lanes are the connections of one channel: one that hangs keeps no other from being told.
type lanes struct {
	mu sync.Mutex
	of map[emergency.ChannelID][2]chan struct{} // guarded by mu
}

func (l *lanes) lane(id emergency.ChannelID, attempts int) chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	pair, known := l.of[id]
	if !known {
		pair = [2]chan struct{}{make(chan struct{}, channelFirst), make(chan struct{}, channelRepeat)}
		l.of[id] = pair
	}
	return pair[min(attempts, 1)]
}

// TellChannel sees to it that a channel is told of the notice. It returns at once, as Tell does.
func (n *Notifier) TellChannel(channel emergency.Channel, notice emergency.Notice) {
	n.enqueue(order{notice: notice, channel: &channel})
}

// send hands the parcel over, as often as it takes, until it is taken, the hour is over or the context ends.
func (n *Notifier) send(ctx context.Context, p parcel) {
	n.metrics.parcels.Inc()
	defer n.metrics.parcels.Dec()
	late, blamed := false, false
	for attempts := 0; n.now().Before(p.Until); attempts++ {
		status, at := n.post(ctx, p, attempts)
		if at == accepted {
			n.outbox.WipeMail(p.ID)
			after := n.now().Sub(p.At).Seconds()
			n.log.Info("channel told", "call", p.Call, "channel", p.Channel, "attempt", attempts+1, "seconds", after)
			n.metrics.channelSeconds.Observe(after)
			n.metrics.channelEnded(handedOver)
			return
		}
		if ctx.Err() != nil {
			return // it stays in the outbox
		}
		n.log.Warn("channel not told yet", "call", p.Call, "channel", p.Channel, "stage", string(at), "status", status, "attempt", attempts+1)
		n.metrics.channelFailures.WithLabelValues(string(at)).Inc()
		if blame(status) && !blamed {
			blamed = true
			n.alarm(Refused)
		}
		if !late && n.now().Sub(p.At) >= lateAfter {
			late = true
			n.alarm(Late)
		}
		wait := pause(attempts + 1)
		if !n.now().Add(wait).Before(p.Until) {
			break
		}
		if !sleep(ctx, wait) {
			return
		}
	}
	n.giveUpParcel(p)
}

func (n *Notifier) giveUpParcel(p parcel) {
	n.outbox.WipeMail(p.ID)
	n.log.Error("channel was not told", "call", p.Call, "channel", p.Channel)
	n.metrics.channelEnded(givenUp)
	n.alarm(GivenUp)
}

// blame reports whether the answer says that something is set up wrongly, which somebody should look after within the hour.
func blame(status int) bool {
	switch status {
	case http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests:
		return false
	}
	return status >= 300 && status < 500
}

// post tries once. What the receiver answers beside the status is not read.
func (n *Notifier) post(ctx context.Context, p parcel, attempts int) (status int, reached stage) {
	lane := n.lanes.lane(p.Channel, attempts)
	select {
	case lane <- struct{}{}:
		defer func() { <-lane }()
	case <-ctx.Done():
		return 0, connecting
	}
	within := postWithin
	if attempts > 0 {
		within = postLater
	}
	trying, cancel := context.WithTimeout(context.WithoutCancel(ctx), within)
	defer cancel()
	defer context.AfterFunc(ctx, func() {
		sleep(trying, endWithin)
		cancel()
	})()
	request, err := p.request(trying, n.now())
	if err != nil {
		return 0, connecting
	}
	answer, err := n.client.Do(request)
	if err != nil {
		return 0, connecting // the error may name the address, and with it a secret
	}
	defer answer.Body.Close()
	if answer.StatusCode < 200 || answer.StatusCode > 299 {
		return answer.StatusCode, answered
	}
	return answer.StatusCode, accepted
}
