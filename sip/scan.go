package sip

import (
	"bytes"
	"errors"
	"strconv"
	"strings"
)

// maxHeaderBytes bounds start line and headers together.
const maxHeaderBytes = 64 << 10

// maxHeaderLines bounds the number of header lines.
const maxHeaderLines = 512

// defect is why a message cannot be used. Status 0 asks for silence.
type defect struct {
	status int
	reason string
	extra  []Header
}

func (d *defect) Error() string { return d.reason }

func bad(reason string) *defect { return &defect{status: 400, reason: reason} }

var errNotSIP = &defect{reason: "not a SIP message"}

// scan reads one datagram, whose octets are the caller's again on return. A message comes back with its defect as far as it could be
// read, so that it can be refused. RFC 3261 §7.
func scan(raw []byte) (*Message, *defect) {
	raw = bytes.TrimLeft(raw, "\r\n")
	head, rest := cutHead(raw)
	if len(head) == 0 {
		return nil, errNotSIP
	}
	if len(head) > maxHeaderBytes {
		return nil, errNotSIP
	}
	m, flaw := scanHead(head)
	if m == nil {
		return nil, flaw
	}
	length, given, lengthFlaw := m.contentLength()
	switch {
	case lengthFlaw != nil:
		flaw = worst(flaw, lengthFlaw)
	case !given:
		m.body = bytes.Clone(rest)
	case length > len(rest):
		flaw = worst(flaw, bad("Body Shorter Than Content-Length")) // RFC 3261 §18.3
	default:
		m.body = bytes.Clone(rest[:length])
	}
	return m, flaw
}

// worst keeps the first defect found.
func worst(first, second *defect) *defect {
	if first != nil {
		return first
	}
	return second
}

// cutHead cuts after the empty line; a datagram may end without one.
func cutHead(raw []byte) (head, rest []byte) {
	if end := bytes.Index(raw, []byte("\r\n\r\n")); end >= 0 {
		return raw[:end], raw[end+4:]
	}
	return bytes.TrimRight(raw, "\r\n"), nil
}

// scanHead reads start line and headers.
func scanHead(head []byte) (*Message, *defect) {
	start, rest, _ := strings.Cut(string(head), "\r\n")
	m := &Message{}
	flaw := m.scanStart(start)
	if m.method == "" && m.status == 0 {
		return nil, flaw
	}
	lines := 1 + strings.Count(rest, "\r\n")
	if lines >= maxHeaderLines {
		return m, worst(flaw, bad("Too Many Headers"))
	}
	m.headers = make([]Header, 0, lines)
	for line := range strings.SplitSeq(rest, "\r\n") {
		if line == "" {
			continue
		}
		if line[0] == ' ' || line[0] == '\t' { // RFC 3261 §7.3.1
			if n := len(m.headers); n > 0 {
				m.headers[n-1].Value = strings.TrimSpace(m.headers[n-1].Value + " " + strings.TrimSpace(line))
			} else {
				flaw = worst(flaw, bad("Malformed Header"))
			}
			continue
		}
		name, value, found := strings.Cut(line, ":")
		name = strings.TrimRight(name, " \t")
		if !found || !isToken(name) {
			flaw = worst(flaw, bad("Malformed Header"))
			continue
		}
		m.headers = append(m.headers, Header{longName(name), strings.TrimSpace(value)})
	}
	return m, worst(flaw, m.scanKey())
}

// scanStart reads the start line. RFC 3261 §7.1, §7.2.
func (m *Message) scanStart(line string) *defect {
	if version, rest, found := strings.Cut(line, " "); found && strings.EqualFold(version, "SIP/2.0") {
		code, reason, _ := strings.Cut(rest, " ")
		status, err := strconv.Atoi(code)
		if err != nil || len(code) != 3 || status < 100 || status > 699 {
			return errNotSIP
		}
		m.status, m.reason = status, reason
		return nil
	}
	method, rest, found := strings.Cut(line, " ")
	if !found || !isToken(method) {
		return errNotSIP
	}
	m.method = method
	at := strings.LastIndex(strings.TrimRight(rest, " "), " ")
	if at < 0 {
		m.uri = rest
		return bad("Malformed Request Line")
	}
	m.uri = rest[:at]
	version := rest[at+1:]
	switch {
	case len(version) > 4 && strings.EqualFold(version[:4], "SIP/") && !strings.EqualFold(strings.TrimSpace(version), "SIP/2.0"):
		return &defect{status: 505, reason: "Version Not Supported"}
	case !strings.EqualFold(version, "SIP/2.0"), m.uri == "", strings.ContainsAny(m.uri, " \t<>\""):
		return bad("Malformed Request Line")
	}
	return nil
}

// scanKey reads the headers that dispatching relies on and refuses what is there twice or not at all.
// RFC 3261 §8.1.1.
func (m *Message) scanKey() *defect {
	var flaw *defect
	for _, name := range [...]string{"From", "To", "Call-ID", "CSeq", "Max-Forwards", "Content-Type"} {
		if m.count(name) > 1 {
			flaw = worst(flaw, bad("Repeated "+name))
		}
	}
	if m.Header("Via") == "" {
		flaw = worst(flaw, bad("Missing Via"))
	}
	for i, element := range m.list("Via") {
		v, err := parseVia(element)
		if err != nil {
			flaw = worst(flaw, bad("Malformed Via"))
		}
		if i == 0 {
			m.key.via = v
		}
	}
	m.key.callID = m.Header("Call-ID")
	if m.key.callID == "" || strings.ContainsAny(m.key.callID, " \t") {
		flaw = worst(flaw, bad("Missing Call-ID"))
	}
	var err error
	if m.key.cseq, m.key.cseqMethod, err = parseCSeq(m.Header("CSeq")); err != nil {
		flaw = worst(flaw, bad("Malformed CSeq"))
	} else if m.method != "" && m.key.cseqMethod != m.method {
		flaw = worst(flaw, bad("CSeq Method Mismatch"))
	}
	if m.key.fromTag, err = tagOf(m.Header("From")); err != nil {
		flaw = worst(flaw, bad("Malformed From"))
	}
	if m.key.toTag, err = tagOf(m.Header("To")); err != nil {
		flaw = worst(flaw, bad("Malformed To"))
	}
	return flaw
}

func tagOf(value string) (string, error) {
	address, err := parseNameAddr(value)
	return paramOf(address.params, "tag"), err
}

// contentLength reads Content-Length; several that differ are a defect. RFC 3261 §20.14.
func (m *Message) contentLength() (length int, given bool, flaw *defect) {
	for _, value := range m.Headers("Content-Length") {
		n, err := strconv.ParseUint(value, 10, 31)
		if err != nil || (given && int(n) != length) {
			return 0, true, bad("Malformed Content-Length")
		}
		length, given = int(n), true
	}
	return length, given, nil
}

var (
	errFraming  = errors.New("sip: stream lost its framing")
	errOversize = errors.New("sip: message too large")
)

// framer cuts messages out of a byte stream. RFC 3261 §18.3.
type framer struct {
	buffer  []byte
	maxBody int
}

// pongs counts and drops the CRLF keep-alives at the front of the buffer: a double CRLF is a ping that
// wants one CRLF back. RFC 5626 §4.4.1.
func (f *framer) pongs() int {
	n := 0
	for {
		switch {
		case bytes.HasPrefix(f.buffer, []byte("\r\n\r\n")):
			f.buffer = f.buffer[4:]
			n++
		case bytes.HasPrefix(f.buffer, []byte("\r\n")) && len(f.buffer) > 2 && f.buffer[2] != '\r':
			f.buffer = f.buffer[2:]
		default:
			return n
		}
	}
}

// next gives the next whole message; ok is false while more bytes are needed. With an error the stream is
// lost; the message that spoilt it comes along where it can be refused.
func (f *framer) next() (m *Message, flaw *defect, ok bool, err error) {
	end := bytes.Index(f.buffer, []byte("\r\n\r\n"))
	if end < 0 {
		if len(f.buffer) > maxHeaderBytes {
			return nil, nil, false, errFraming
		}
		return nil, nil, false, nil
	}
	head := bytes.TrimLeft(f.buffer[:end], "\r\n")
	m, flaw = scanHead(head)
	if m == nil {
		return nil, nil, false, errFraming
	}
	length, given, lengthFlaw := m.contentLength()
	switch {
	case lengthFlaw != nil:
		return m, worst(flaw, lengthFlaw), true, errFraming
	case !given:
		return m, worst(flaw, bad("Missing Content-Length")), true, errFraming
	case length > f.maxBody:
		return m, worst(flaw, &defect{status: 413, reason: "Request Entity Too Large"}), true, errOversize
	case len(f.buffer) < end+4+length:
		return nil, nil, false, nil
	}
	m.body = bytes.Clone(f.buffer[end+4 : end+4+length])
	clear(f.buffer[:end+4+length])
	f.buffer = f.buffer[end+4+length:]
	return m, flaw, true, nil
}
