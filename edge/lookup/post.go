// Package lookup asks servers elsewhere, over HTTP, which emergency service looks after a place (LoST, RFC 5222) and where a device is
// (HELD, RFC 5985); and keeps the answers about places fresh, ahead of their expiry.
//
// No call waits for it, and it asks nothing on behalf of one: what it finds out goes into a book, and calls read that. No error and no
// log line repeats a place, nor what a server says in its own words.
package lookup

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"mayday/silence"
)

const (
	askWithin   = 10 * time.Second // the patience with one server for one question
	largest     = 256 << 10        // bytes of an answer; more are not read
	idleFor     = 30 * time.Second // how long a connection stays open between two questions
	headerBytes = 64 << 10
)

// Client asks servers. Its methods may be called from any goroutine.
type Client struct{ http *http.Client }

// NewClient returns a client that believes the authorities of this machine, or the given ones. It follows no redirect of HTTP: LoST has its
// own.
func NewClient(roots *x509.CertPool) *Client {
	return &Client{http: &http.Client{
		Transport: &http.Transport{
			Proxy: http.ProxyFromEnvironment, ForceAttemptHTTP2: true, IdleConnTimeout: idleFor, MaxIdleConnsPerHost: 1,
			TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots}, MaxResponseHeaderBytes: headerBytes,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// Unreached says that there was no answer: no connection, no answer in time, or one that is not of the protocol.
type Unreached struct{ Reason string } // in words for an operator

func (u Unreached) Error() string { return "server not reached: " + u.Reason }

// Refused says that the server has answered, and not with what was asked for.
type Refused struct{ Word string } // of RFC 5222 §13.1, RFC 5985 §6.3, or of ours

func (r Refused) Error() string { return "server refuses: " + r.Word }

// The words of ours.
const (
	Unreadable = "answerUnreadable" // it is not what the protocol has
	Unusable   = "noUsableURI"      // it names nothing that a call can go to
	OtherOne   = "otherService"     // it is about another service
	TooMany    = "tooManyRedirects"
	Insecure   = "redirectInsecure" // it redirects from https to http, or to no server
)

// post hands a document over and returns the answer.
func (c *Client) post(ctx context.Context, url, kind string, document []byte) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, askWithin)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(document))
	if err != nil {
		return nil, Unreached{"its address is none"}
	}
	request.Header.Set("Content-Type", kind)
	return c.send(request, kind)
}

func (c *Client) send(request *http.Request, kind string) ([]byte, error) {
	request.Header.Set("Accept", kind)
	answer, err := c.http.Do(request)
	if err != nil {
		return nil, Unreached{reasonOf(err)}
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return nil, Unreached{"it answers " + strconv.Itoa(answer.StatusCode)}
	}
	body, err := io.ReadAll(io.LimitReader(answer.Body, largest+1))
	switch {
	case err != nil:
		return nil, Unreached{reasonOf(err)}
	case len(body) > largest:
		return nil, Unreached{fmt.Sprintf("its answer is longer than %d bytes", largest)}
	}
	return body, nil
}

// reasonOf says in words for an operator why there was no answer.
func reasonOf(err error) string { return cmp.Or(silence.Reason(err), "the connection fails") }
