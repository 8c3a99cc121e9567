package mailbox

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"mime"
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

// text decodes the body of a mail that is plain text.
func text(parsed *mail.Message) (string, error) {
	kind, parameters, err := mime.ParseMediaType(parsed.Header.Get("Content-Type"))
	if err != nil || kind != "text/plain" {
		return "", errors.New("it is not text/plain")
	}
	if charset := parameters["charset"]; !strings.EqualFold(charset, "utf-8") && !strings.EqualFold(charset, "us-ascii") {
		return "", errors.New("it is not in UTF-8")
	}
	body := parsed.Body
	switch strings.ToLower(parsed.Header.Get("Content-Transfer-Encoding")) {
	case "quoted-printable":
		body = quotedprintable.NewReader(body)
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, body)
	}
	decoded, err := io.ReadAll(body)
	return strings.ReplaceAll(string(decoded), "\r\n", "\n"), err
}
