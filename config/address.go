package config

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

// Listener is a place where SIP is heard: "udp://127.0.0.1:5060".
type Listener struct {
	Network string // "udp", "tcp" or "tls"
	Host    string // an IP address; empty: every address of the machine
	Port    int    // 0: the system chooses
}

// Address returns host:port, as net.Listen takes it.
func (l Listener) Address() string { return net.JoinHostPort(l.Host, strconv.Itoa(l.Port)) }

// String returns the listener as in a file.
func (l Listener) String() string { return l.Network + "://" + l.Address() }

// MarshalText writes the listener as in a file.
func (l Listener) MarshalText() ([]byte, error) { return []byte(l.String()), nil }

// UnmarshalText reads a listener as in a file.
func (l *Listener) UnmarshalText(text []byte) error {
	network, address, found := strings.Cut(string(text), "://")
	if !found {
		return errors.New(`must be a transport and an address, such as "udp://127.0.0.1:5060"`)
	}
	if network != "udp" && network != "tcp" && network != "tls" {
		return fmt.Errorf("unknown transport %q; there are udp, tcp and tls", network)
	}
	host, port, err := splitHostPort(address)
	if err != nil {
		return err
	}
	if _, err := netip.ParseAddr(host); host != "" && err != nil {
		return fmt.Errorf("%q is no IP address; a node listens on addresses of its own, not on names", host)
	}
	*l = Listener{Network: network, Host: host, Port: port}
	return nil
}

// splitHostPort cuts host:port; the port is a number from 0.
func splitHostPort(address string) (host string, port int, err error) {
	host, digits, err := net.SplitHostPort(address)
	if err != nil {
		return "", 0, fmt.Errorf(`%q must be host:port, such as "127.0.0.1:5060" or "[::1]:5060"`, address)
	}
	port, err = strconv.Atoi(digits)
	if err != nil || port < 0 || port > 65535 {
		return "", 0, fmt.Errorf("the port %q is not between 0 and 65535", digits)
	}
	return host, port, nil
}

// PortRange is the UDP ports of media, both ends included: "20000-29999".
type PortRange struct{ First, Last int }

// String returns the range as in a file.
func (r PortRange) String() string { return fmt.Sprintf("%d-%d", r.First, r.Last) }

// Holds reports whether the port lies in the range.
func (r PortRange) Holds(port int) bool { return port >= r.First && port <= r.Last }

// MarshalText writes the range as in a file.
func (r PortRange) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText reads a range as in a file. RTP takes an even port and RTCP the odd one above it (RFC 3550 §11).
func (r *PortRange) UnmarshalText(text []byte) error {
	from, to, found := strings.Cut(string(text), "-")
	first, err1 := strconv.Atoi(strings.TrimSpace(from))
	last, err2 := strconv.Atoi(strings.TrimSpace(to))
	switch {
	case !found || err1 != nil || err2 != nil:
		return errors.New("must be two ports, such as 20000-29999")
	case first < 1 || last < 1 || first > 65535 || last > 65535:
		return errors.New("a port is not between 1 and 65535")
	case first > last:
		return fmt.Errorf("begins above its end; did you mean %d-%d?", last, first)
	case first%2 == 1 || last%2 == 0:
		return errors.New("sound takes ports in pairs: begin with an even port and end with an odd one, such as 20000-29999")
	}
	*r = PortRange{First: first, Last: last}
	return nil
}

// databaseFault says what is wrong with the URL of a database; it never repeats the URL, which may hold a password.
func databaseFault(database string) string {
	u, err := url.Parse(database)
	switch {
	case err != nil:
		return `is no URL: write postgres://user@host/database, and %XX for the signs : / @ ? # % in a password`
	case u.Scheme != "postgres" && u.Scheme != "postgresql":
		return "must be empty for SQLite, or a URL such as postgres://user@host/database"
	case u.Host == "" && u.Query().Get("host") == "":
		return "names no host: write postgres://user@host/database"
	case strings.Trim(u.Path, "/") == "":
		return "names no database: write postgres://user@host/database"
	}
	return ""
}

// smtpFault says what is wrong with the URL of a mail server; it never repeats the URL, which may hold a password.
func smtpFault(smtp string) string {
	u, err := url.Parse(smtp)
	switch {
	case err != nil:
		return "is no URL: write smtp://host:port, and %XX for the signs : / @ ? # % in a password"
	case u.Scheme != "smtp" && u.Scheme != "smtps":
		return "must be empty for no mail, or begin with smtp:// or smtps://"
	case u.Hostname() == "":
		return "names no host: write smtp://host:port"
	case strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "":
		return "must end after host and port"
	}
	if port := u.Port(); port != "" && !validPort(port) {
		return "has a port that is not between 1 and 65535"
	}
	return ""
}

func validPort(digits string) bool {
	port, err := strconv.Atoi(digits)
	return err == nil && port >= 1 && port <= 65535
}

// originFault says what is wrong with the origin of a page.
func originFault(origin string) string {
	u, err := url.Parse(origin)
	switch {
	case err != nil || u.Host == "" || u.User != nil || u.Path != "" || u.RawQuery != "" || u.Fragment != "":
		return `must be scheme and host of a page and no more, such as "https://crm.example"`
	case u.Scheme == "https":
		return ""
	case u.Scheme == "http" && (u.Hostname() == "localhost" || u.Hostname() == "127.0.0.1"):
		return ""
	}
	return "must begin with https://; a page without it has no microphone"
}

// redacted returns a URL with its password covered.
func redacted(raw string) string {
	if raw == "" {
		return ""
	}
	u, err := url.Parse(raw)
	if err != nil {
		return "(no URL)"
	}
	u.RawQuery = ""
	return u.Redacted()
}

// referenceFault says what is wrong with the address at which places are asked for; empty is none.
func referenceFault(base string) string {
	if base == "" {
		return ""
	}
	u, err := url.Parse(base)
	switch {
	case err != nil || u.Host == "" || u.User != nil || u.Path != "" || u.RawQuery != "" || u.Fragment != "":
		return `must be https, a host and perhaps a port, and no more, such as "https://mayday.example:8443"`
	case u.Scheme != "https":
		return "must begin with https://; a place is told over an encrypted connection only"
	case u.Port() != "" && !validPort(u.Port()):
		return "has a port that is not between 1 and 65535"
	}
	return ""
}
