package notify

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	netmail "net/mail"
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // a site's clock time is right on machines that have no zones

	"github.com/wneessen/go-mail"

	"mayday/center/emergency"
)

// keepFor is how long a mail is tried, counted from dialling: as long as the emergency service can call back.
const keepFor = time.Hour

// clockSlack is how far the time of dialling may be from now and still be believed.
const clockSlack = time.Minute

// letter is a mail on its way, as it is kept in the outbox. It prints as "[emergency]".
type letter struct {
	ID                 string    `json:"id"`
	Call               string    `json:"call"` // random id
	At                 time.Time `json:"at"`   // when the rep dialled
	Until              time.Time `json:"until"`
	Sender             string    `json:"sender"`
	OrganisationSender string    `json:"organisation_sender,omitempty"`
	Recipients         []string  `json:"recipients"` // all of them, as the mail names them
	Left               []string  `json:"left"`       // those who have neither been told nor refused
	Told               int       `json:"told"`       // how many the mail server has taken it for
	Subject            string    `json:"subject"`
	Text               string    `json:"text"`
	HTML               string    `json:"html,omitempty"`
	MessageID          string    `json:"message_id"` // the same at every attempt, so that a mail that comes twice is known as one
	Written            time.Time `json:"written"`
}

// Format prints "[emergency]" for every verb.
func (letter) Format(state fmt.State, _ rune) { io.WriteString(state, "[emergency]") } //nolint:errcheck // a print has nowhere to say that it failed

// write makes a letter of a notice. The sender stands in where the notice has none.
func write(n emergency.Notice, t emergency.Template, sender string, now time.Time) letter {
	mail, _ := Compose(t, n)
	at, until := times(n, now)
	recipients := emergency.Recipients(n.Recipients...)
	l := letter{
		ID: rand.Text(), Call: n.Call, At: at, Until: until, Sender: n.Sender, OrganisationSender: n.OrganisationSender,
		Recipients: recipients, Left: slices.Clone(recipients), Subject: mail.Subject, Text: mail.Text, HTML: mail.HTML, Written: now,
	}
	if !emergency.ValidAddress(l.Sender) {
		l.Sender = sender
	}
	_, domain, _ := strings.Cut(l.Sender, "@")
	l.MessageID = rand.Text() + "@" + domain
	return l
}

// times returns since when people have to be told and until when they may be: from dialling on, where that is believed (the clock may
// have been set since, and people are told all the same); who is told later, from now on, and no longer than the others.
func times(n emergency.Notice, now time.Time) (at, until time.Time) {
	age := now.Sub(n.At)
	switch {
	case n.Escalated && age > 0 && age < keepFor:
		return now, n.At.Add(keepFor)
	case age < -clockSlack || age > clockSlack:
		return now, now.Add(keepFor)
	}
	return n.At, n.At.Add(keepFor)
}

// packed is the letter as the outbox keeps it.
func (l letter) packed() []byte {
	plain, err := json.Marshal(l)
	if err != nil {
		panic("notify: BUG: a letter is no JSON")
	}
	return plain
}

// unpack reads a letter out of the outbox.
func unpack(m Mail) (letter, error) {
	var l letter
	if err := json.Unmarshal(m.Plain, &l); err != nil || l.ID != m.ID || len(l.Left) == 0 {
		return letter{}, fmt.Errorf("read mail of the outbox: %d bytes are no letter", len(m.Plain))
	}
	return l, nil
}

// message is the mail itself, ready for the mail server. It is marked as written by no person (RFC 3834 §5).
func (l letter) message() ([]byte, error) {
	m := mail.NewMsg(mail.WithNoDefaultUserAgent(), mail.WithCharset(mail.CharsetUTF8), mail.WithEncoding(mail.EncodingQP))
	m.FromMailAddress(&netmail.Address{Address: l.Sender})
	to := make([]*netmail.Address, len(l.Recipients))
	for i, address := range l.Recipients {
		to[i] = &netmail.Address{Address: address}
	}
	m.ToMailAddress(to...)
	m.Subject(l.Subject)
	m.SetDateWithValue(l.Written)
	m.SetMessageIDWithValue(l.MessageID)
	m.SetImportance(mail.ImportanceHigh)
	m.SetGenHeader("Auto-Submitted", "auto-generated")
	m.SetBodyString(mail.TypeTextPlain, l.Text)
	if l.HTML != "" {
		m.AddAlternativeString(mail.TypeTextHTML, l.HTML) // the last is the best (RFC 2046 §5.1.4)
	}
	var text bytes.Buffer
	if _, err := m.WriteTo(&text); err != nil {
		return nil, fmt.Errorf("write mail: %w", err)
	}
	return text.Bytes(), nil
}
