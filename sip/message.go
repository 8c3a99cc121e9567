package sip

import (
	"strconv"
	"strings"
)

// Header is one header field: its name in the long form, its value unfolded and trimmed.
type Header struct{ Name, Value string }

// Address is a name and a URI, as From and To carry them. The display name is written quoted and
// escaped; the URI is written as it stands.
type Address struct{ Display, URI string }

// Message is a request or a response as it came or went. It does not change once it exists and may be
// read by any goroutine.
type Message struct {
	method string // of a request; of a response: empty
	uri    string
	status int
	reason string

	headers []Header
	body    []byte
	raw     []byte // as it is sent; of one that came: nil

	key parsed
}

// parsed is what dispatching relies on, read once.
type parsed struct {
	via            via
	callID         string
	fromTag, toTag string
	cseq           uint32
	cseqMethod     string
}

// StartLine is the first line, without its line end.
func (m *Message) StartLine() string {
	if m.method != "" {
		return m.method + " " + m.uri + " SIP/2.0"
	}
	return "SIP/2.0 " + strconv.Itoa(m.status) + " " + m.reason
}

// Method is the request's method; of a response it is the method that was answered.
func (m *Message) Method() string {
	if m.method != "" {
		return m.method
	}
	return m.key.cseqMethod
}

// Status is the response's status code, 0 for a request.
func (m *Message) Status() int { return m.status }

// Reason is the response's reason phrase, empty for a request.
func (m *Message) Reason() string { return m.reason }

// URI is the Request-URI, empty for a response.
func (m *Message) URI() string { return m.uri }

// Header gives the first value of the named header, without case and whatever form the name had; empty
// when there is none.
func (m *Message) Header(name string) string {
	name = longName(name)
	for _, h := range m.headers {
		if strings.EqualFold(h.Name, name) {
			return h.Value
		}
	}
	return ""
}

// Headers gives every value of the named header, one for each line of the message, in order.
func (m *Message) Headers(name string) []string {
	name = longName(name)
	var values []string
	for _, h := range m.headers {
		if strings.EqualFold(h.Name, name) {
			values = append(values, h.Value)
		}
	}
	return values
}

// list gives the elements of a header that is a comma-separated list, over all its lines.
// RFC 3261 §7.3.1.
func (m *Message) list(name string) []string {
	name = longName(name)
	var elements []string
	for _, h := range m.headers {
		if strings.EqualFold(h.Name, name) {
			elements = appendList(elements, h.Value)
		}
	}
	return elements
}

// count says how many lines of the named header there are.
func (m *Message) count(name string) int {
	n := 0
	for _, h := range m.headers {
		if strings.EqualFold(h.Name, name) {
			n++
		}
	}
	return n
}

// has says whether a list header of tokens names the token.
func (m *Message) has(header, token string) bool {
	for _, element := range m.list(header) {
		if strings.EqualFold(element, token) {
			return true
		}
	}
	return false
}

// All gives every header in order. The caller must not change it.
func (m *Message) All() []Header { return m.headers }

// ContentType is the type of the body with its parameters, empty when there is none.
func (m *Message) ContentType() string { return m.Header("Content-Type") }

// Body is the message body. The caller must not change it.
func (m *Message) Body() []byte { return m.body }

// CallID is the value of the Call-ID header.
func (m *Message) CallID() string { return m.key.callID }

func (m *Message) isRequest() bool { return m.method != "" }

// encode writes the message out and remembers the bytes. RFC 3261 §7.
func (m *Message) encode() *Message {
	size := len(m.method) + len(m.uri) + len(m.reason) + len(m.body) + 64
	for _, h := range m.headers {
		size += len(h.Name) + len(h.Value) + 4
	}
	b := make([]byte, 0, size)
	b = append(b, m.StartLine()...)
	b = append(b, '\r', '\n')
	for _, h := range m.headers {
		b = append(b, h.Name...)
		b = append(b, ':', ' ')
		b = append(b, h.Value...)
		b = append(b, '\r', '\n')
	}
	b = append(b, "Content-Length: "...)
	b = strconv.AppendInt(b, int64(len(m.body)), 10)
	b = append(b, '\r', '\n', '\r', '\n')
	b = append(b, m.body...)
	m.raw = b
	return m
}

// longNames maps the compact header forms to the long ones. RFC 3261 §7.3.3.
func longName(name string) string {
	if len(name) != 1 {
		return name
	}
	switch name[0] | 0x20 {
	case 'a':
		return "Accept-Contact"
	case 'b':
		return "Referred-By"
	case 'c':
		return "Content-Type"
	case 'd':
		return "Request-Disposition"
	case 'e':
		return "Content-Encoding"
	case 'f':
		return "From"
	case 'i':
		return "Call-ID"
	case 'j':
		return "Reject-Contact"
	case 'k':
		return "Supported"
	case 'l':
		return "Content-Length"
	case 'm':
		return "Contact"
	case 'n':
		return "Identity-Info"
	case 'o':
		return "Event"
	case 'r':
		return "Refer-To"
	case 's':
		return "Subject"
	case 't':
		return "To"
	case 'u':
		return "Allow-Events"
	case 'v':
		return "Via"
	case 'x':
		return "Session-Expires"
	case 'y':
		return "Identity"
	}
	return name
}
