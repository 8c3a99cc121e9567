package mailbox

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"strings"
	"time"
)

// Message is a mail that came.
type Message struct {
	ID       string    `json:"id"`
	Received time.Time `json:"received"`
	From     string    `json:"from"` // who handed it over, as said to the server and not as written in the mail
	To       []string  `json:"to"`   // likewise
	TLS      bool      `json:"tls"`  // it came encrypted
	Username string    `json:"username,omitempty"`
	Subject  string    `json:"subject"`
	Text     string    `json:"text,omitempty"`
	Headers  []Header  `json:"headers,omitempty"` // in the order of the mail
	Raw      string    `json:"raw,omitempty"`
	Fault    string    `json:"fault,omitempty"` // what could not be read
}

// Header is one line of a mail's head, unfolded and decoded.
type Header struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Header returns the value of the first header of the name, whatever its case.
func (m Message) Header(name string) string {
	for _, h := range m.Headers {
		if strings.EqualFold(h.Name, name) {
			return h.Value
		}
	}
	return ""
}

// brief returns the message without what only a closer look needs.
func (m Message) brief() Message {
	m.Headers, m.Raw, m.Text = nil, "", ""
	return m
}

// read takes a mail apart. What it cannot read it says in Fault, and keeps the mail as it came.
func read(raw []byte) Message {
	m := Message{Raw: string(raw)}
	parsed, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		m.Fault = "no mail: " + err.Error()
		return m
	}
	head, _, _ := strings.Cut(strings.ReplaceAll(m.Raw, "\r\n", "\n"), "\n\n")
	m.Headers = headers(head)
	m.Subject = m.Header("Subject")
	m.Text, err = text(parsed)
	if err != nil {
		m.Fault = "the text: " + err.Error()
	}
	return m
}

// headers reads the head of a mail, in its order.
func headers(head string) []Header {
	var list []Header
	decoder := new(mime.WordDecoder)
	for line := range strings.SplitSeq(head, "\n") {
		name, value, found := strings.Cut(line, ":")
		if last := len(list) - 1; last >= 0 && (strings.HasPrefix(line, " ") || strings.HasPrefix(line, "\t")) {
			list[last].Value += " " + strings.TrimSpace(line)
		} else if found {
			list = append(list, Header{Name: name, Value: strings.TrimSpace(value)})
		}
	}
	for i, h := range list {
		if decoded, err := decoder.DecodeHeader(h.Value); err == nil {
			list[i].Value = decoded
		}
	}
	return list
}

// text decodes the body of a mail that is plain text, or that is so in one of its alternatives.
func text(parsed *mail.Message) (string, error) {
	return decoded(parsed.Header.Get, parsed.Body, "text/plain")
}

// html decodes the alternative for readers of HTML.
func html(raw string) string {
	parsed, err := mail.ReadMessage(strings.NewReader(raw))
	if err != nil {
		return ""
	}
	found, err := decoded(parsed.Header.Get, parsed.Body, "text/html")
	if err != nil {
		return ""
	}
	return found
}

// decoded returns the text of the kind, itself or among alternatives.
func decoded(header func(string) string, body io.Reader, wanted string) (string, error) {
	kind, parameters, err := mime.ParseMediaType(header("Content-Type"))
	if err == nil && kind == "multipart/alternative" {
		parts := multipart.NewReader(body, parameters["boundary"])
		for {
			part, err := parts.NextRawPart()
			if err != nil {
				return "", errors.New("no alternative is " + wanted)
			}
			if found, err := decoded(part.Header.Get, part, wanted); err == nil {
				return found, nil
			}
		}
	}
	if err != nil || kind != wanted {
		return "", errors.New("it is not " + wanted)
	}
	if charset := parameters["charset"]; !strings.EqualFold(charset, "utf-8") && !strings.EqualFold(charset, "us-ascii") {
		return "", errors.New("it is not in UTF-8")
	}
	switch strings.ToLower(header("Content-Transfer-Encoding")) {
	case "quoted-printable":
		body = quotedprintable.NewReader(body)
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, body)
	}
	octets, err := io.ReadAll(body)
	return strings.ReplaceAll(string(octets), "\r\n", "\n"), err
}

// HTML returns what readers of HTML are shown; empty: there is no such alternative.
func (m Message) HTML() string { return html(m.Raw) }
