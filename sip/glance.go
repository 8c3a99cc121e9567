package sip

import "bytes"

// glance is what a datagram's lane depends on, read without parsing the message. What it misjudges is taken later than it might have
// been, and nothing worse.
type glance struct {
	method []byte // of a request; of a response: empty
	uri    []byte // Request-URI
	to     []byte // value of To
	callID []byte
}

// look reads the start line, To and Call-ID, and stops when it has them. It allocates nothing.
func look(raw []byte) glance {
	var g glance
	line, rest := cutLine(bytes.TrimLeft(raw, "\r\n"))
	method, uri, _ := bytes.Cut(line, []byte(" "))
	if !bytes.EqualFold(method, []byte("SIP/2.0")) {
		g.method = method
		g.uri, _, _ = bytes.Cut(uri, []byte(" "))
	}
	for len(rest) > 0 && (g.to == nil || g.callID == nil) {
		line, rest = cutLine(rest)
		if len(line) == 0 {
			break
		}
		name, value, found := bytes.Cut(line, []byte(":"))
		if !found {
			continue
		}
		switch name = bytes.TrimRight(name, " \t"); {
		case isName(name, "Call-ID", 'i'):
			g.callID = bytes.TrimSpace(value)
		case isName(name, "To", 't'):
			g.to = bytes.TrimSpace(value)
		}
	}
	return g
}

func cutLine(raw []byte) (line, rest []byte) {
	line, rest, _ = bytes.Cut(raw, []byte("\r\n"))
	return line, rest
}

// isName compares a header name with its long and its compact form. RFC 3261 §7.3.3.
func isName(name []byte, long string, compact byte) bool {
	if len(name) == 1 {
		return name[0]|0x20 == compact
	}
	return len(name) == len(long) && bytes.EqualFold(name, []byte(long))
}

// begins says whether the datagram begins something: it is a request without a tag in To.
func (g glance) begins() bool { return len(g.method) > 0 && !bytes.Contains(g.to, []byte(";tag=")) }
