package sipcall

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"sync"

	"mayday/center/emergency"
	"mayday/center/trunk"
	"mayday/engine"
)

// trust is how the connections of each trunk over TLS are secured. It is made ready when a configuration is published, so that no call
// reads certificates.
type trust struct {
	mu    sync.Mutex // held for a look into the map
	known map[trunk.ID]trusted
}

// trusted is one trunk's; the configuration stays the same one for as long as the words do, since calls that share it share connections.
type trusted struct {
	words  trunk.TLS
	config *tls.Config
}

var errNoCertificates = errors.New("authority holds no certificate")

// of returns how connections to the trunk are secured; nil: not at all. What of its words cannot be used is left out and said.
func (t *trust) of(carrier trunk.Trunk) (*tls.Config, error) {
	if !carrier.Secure() {
		return nil, nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if kept, ok := t.known[carrier.ID]; ok && kept.words == carrier.TLS {
		return kept.config, nil
	}
	config, err := configOf(carrier.TLS)
	if t.known == nil {
		t.known = make(map[trunk.ID]trusted)
	}
	t.known[carrier.ID] = trusted{carrier.TLS, config}
	return config, err
}

func configOf(words trunk.TLS) (*tls.Config, error) {
	config := &tls.Config{
		MinVersion: tls.VersionTLS12, ServerName: words.ServerName, InsecureSkipVerify: words.Verify == trunk.VerifyNone,
		ClientSessionCache: tls.NewLRUClientSessionCache(0),
	}
	var fault error
	if words.Authority != "" {
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM([]byte(words.Authority)) {
			fault = errNoCertificates
		}
	}
	if words.Certificate != "" {
		ours, err := tls.X509KeyPair([]byte(words.Certificate), []byte(words.Key))
		if err != nil {
			return config, errors.Join(fault, err)
		}
		config.Certificates = []tls.Certificate{ours}
	}
	return config, fault
}

// conceded returns what the trunk of an INVITE is spared.
func conceded(target engine.Target) emergency.Concession {
	switch to := target.(type) {
	case engine.ToEmergency:
		return to.Conceded
	case engine.ToOrdinary:
		return to.Conceded
	case engine.ToTest, engine.ToTestService, engine.ToReferred:
	}
	return 0
}

// wayTo returns the next hop of an INVITE and how the connection to it is secured.
func (c *Calls) wayTo(order engine.SendInvite) (peer string, config *tls.Config) {
	if conceded(order.Target).Has(emergency.WithoutTLS) {
		return trunk.WithoutTLS(order.Trunk.URI), nil
	}
	config, err := c.trust.of(order.Trunk)
	if err != nil {
		c.config.Logger.Error("certificates of a trunk not read", "trunk", order.Trunk.ID, "error", err)
	}
	return order.Trunk.URI, config
}
