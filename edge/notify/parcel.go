package notify

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"mayday/center/emergency"
)

// parcel is what one channel is told, on its way, as it is kept in the outbox. It prints as "[emergency]".
type parcel struct {
	Parcel  bool                  `json:"parcel"` // true: it is no letter
	ID      string                `json:"id"`
	Call    string                `json:"call"` // random id
	At      time.Time             `json:"at"`   // when the rep dialled, or when somebody had to be told later
	Until   time.Time             `json:"until"`
	Channel emergency.ChannelID   `json:"channel"`
	Kind    emergency.ChannelKind `json:"kind"`
	URL     string                `json:"url"`
	Secret  string                `json:"secret,omitempty"`
	Body    json.RawMessage       `json:"body"`
}

// Format prints "[emergency]" for every verb.
func (parcel) Format(state fmt.State, _ rune) { io.WriteString(state, "[emergency]") } //nolint:errcheck // a print has nowhere to say that it failed

// event is a notice for machines (CloudEvents 1.0 §3, in the JSON format).
type event struct {
	SpecVersion     string    `json:"specversion"`
	ID              string    `json:"id"` // the same at every attempt
	Source          string    `json:"source"`
	Type            string    `json:"type"`
	Time            time.Time `json:"time"`
	DataContentType string    `json:"datacontenttype"`
	Data            eventData `json:"data"`
}

// eventData is what the event is about.
type eventData struct {
	Call           string     `json:"call"`    // random id
	Kind           string     `json:"kind"`    // "real" or "test"
	Outcome        string     `json:"outcome"` // "placed" or "failed"
	Rep            string     `json:"rep"`
	Site           string     `json:"site"`
	Organisation   string     `json:"organisation"`
	Place          []string   `json:"place"` // lines
	Number         string     `json:"number"`
	DialledAt      time.Time  `json:"dialled_at"` // in the site's zone
	CallbackNumber string     `json:"callback_number,omitempty"`
	CallbackUntil  *time.Time `json:"callback_until,omitempty"`
}

// textMessage is what a gateway for text messages is asked.
type textMessage struct {
	To   []string `json:"to"`
	Text string   `json:"text"`
}

// wrap makes a parcel of a notice.
func wrap(c emergency.Channel, n emergency.Notice, node string, now time.Time) parcel {
	at, until := times(n, now)
	p := parcel{Parcel: true, ID: rand.Text(), Call: n.Call, At: at, Until: until, Channel: c.ID, Kind: c.Kind, URL: c.URL, Secret: c.Secret}
	var body any = textMessage{To: emergency.TextNumbers(c.To), Text: emergency.RenderText(n, zoneOf(n))}
	if c.Kind == emergency.Webhook {
		body = newEvent(p.ID, n, node, p.At)
	}
	written, err := json.Marshal(body)
	if err != nil {
		panic("notify: BUG: an event is no JSON")
	}
	p.Body = written
	return p
}

func newEvent(id string, n emergency.Notice, node string, at time.Time) event {
	zone := zoneOf(n)
	e := event{
		SpecVersion: "1.0", ID: id, Source: "/nodes/" + node, Type: "mayday.emergency.placed", Time: at.UTC(), DataContentType: "application/json",
		Data: eventData{
			Call: n.Call, Kind: "real", Outcome: "placed", Rep: n.Rep, Site: n.Site, Organisation: n.Organisation, Place: n.PlaceLines(zone),
			Number: n.Number, DialledAt: n.At.In(zone), CallbackNumber: n.CallbackNumber,
		},
	}
	if n.Escalated {
		e.Type = "mayday.emergency.escalated"
	}
	if n.Test {
		e.Data.Kind = "test"
	}
	if n.Outcome == emergency.Failed {
		e.Data.Outcome = "failed"
	}
	if !n.CallbackUntil.IsZero() {
		until := n.CallbackUntil.In(zone)
		e.Data.CallbackUntil = &until
	}
	return e
}

// request is the parcel as it is sent now.
func (p parcel) request(ctx context.Context, now time.Time) (*http.Request, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, p.URL, bytes.NewReader(p.Body))
	if err != nil {
		return nil, err
	}
	request.Header.Set("User-Agent", "mayday")
	request.Header.Set("Content-Type", "application/json")
	switch {
	case p.Kind == emergency.Webhook:
		request.Header.Set("Content-Type", "application/cloudevents+json; charset=UTF-8")
		if p.Secret != "" {
			request.Header.Set("Mayday-Signature", signature(p.Secret, p.Body, now))
		}
	case p.Secret != "":
		request.Header.Set("Authorization", "Bearer "+p.Secret)
	}
	return request, nil
}

// signature proves to a receiver who knows the secret that the body comes from us, and when it was sent: an HMAC with SHA-256 over the
// time in seconds, a point and the body (RFC 2104 §2).
func signature(secret string, body []byte, at time.Time) string {
	seconds := strconv.FormatInt(at.Unix(), 10)
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(seconds + "."))
	mac.Write(body)
	return "t=" + seconds + ",v1=" + hex.EncodeToString(mac.Sum(nil))
}

func (p parcel) packed() []byte {
	octets, err := json.Marshal(p)
	if err != nil {
		panic("notify: BUG: a parcel is no JSON")
	}
	return octets
}

// unpackParcel reads a parcel out of the outbox; false: it is a letter.
func unpackParcel(m Mail) (parcel, bool) {
	var p parcel
	err := json.Unmarshal(m.Plain, &p)
	return p, err == nil && p.Parcel && p.ID == m.ID && strings.Contains(p.URL, "://") && len(p.Body) > 0
}
