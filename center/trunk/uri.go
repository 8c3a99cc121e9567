package trunk

import (
	"net/netip"
	"strconv"
	"strings"
	"unicode"
)

// URIFault says in words what is wrong with a trunk's next hop; empty if nothing is. A next hop is "sip:", a host name
// or an address, and if need be a port and a transport: "sip:sbc.example:5060;transport=tcp".
// "sips:" asks for TLS.
func URIFault(uri string) string {
	scheme, rest, found := strings.Cut(uri, ":")
	if !found || !strings.EqualFold(scheme, "sip") && !strings.EqualFold(scheme, "sips") {
		return `must begin with "sip:", as in "sip:sbc.example;transport=tcp"`
	}
	if strings.HasPrefix(rest, "//") {
		return `has slashes behind "` + scheme + `:": leave them out`
	}
	if strings.ContainsFunc(rest, apart) {
		return "has a blank, a quote or an angle bracket in it"
	}
	if at := strings.LastIndexByte(rest, '@'); at >= 0 {
		rest = rest[at+1:]
	}
	if strings.ContainsAny(rest, "?") {
		return "must not carry headers: remove what follows the question mark"
	}
	hostport, parameters, _ := strings.Cut(rest, ";")
	if fault := hostFault(hostport); fault != "" {
		return fault
	}
	for parameters != "" {
		var parameter string
		parameter, parameters, _ = strings.Cut(parameters, ";")
		if fault := parameterFault(parameter); fault != "" {
			return fault
		}
		if strings.EqualFold(scheme, "sips") && strings.EqualFold(parameter, "transport=udp") {
			return `asks for TLS with "sips:" and for the transport udp, which has none`
		}
	}
	return ""
}

// apart reports whether the character separates words or encloses a URI, and so is in none.
func apart(c rune) bool {
	return unicode.IsSpace(c) || unicode.IsControl(c) || strings.ContainsRune(`"<>`, c)
}

func hostFault(hostport string) string {
	host, port, hasPort := strings.Cut(hostport, ":")
	literal := strings.HasPrefix(hostport, "[")
	if literal {
		inside, behind, closed := strings.Cut(hostport[1:], "]")
		if !closed || behind != "" && behind[0] != ':' {
			return "has an IPv6 address that is not closed by a bracket"
		}
		host, port, hasPort = inside, strings.TrimPrefix(behind, ":"), behind != ""
	}
	if host == "" {
		return "names no host"
	}
	for _, c := range host {
		if !hostCharacter(c, literal) {
			return "has a host with the character " + strconv.QuoteRune(c)
		}
	}
	if literal || strings.Trim(host, "0123456789.") == "" {
		if _, err := netip.ParseAddr(host); err != nil {
			return "has " + strconv.Quote(host) + " for a host, which looks like an address and is none"
		}
	}
	if n, err := strconv.Atoi(port); hasPort && (err != nil || n < 1 || n > 65535) {
		return "has a port that is not between 1 and 65535"
	}
	return ""
}

func hostCharacter(c rune, literal bool) bool {
	switch {
	case c >= '0' && c <= '9', c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c == '.':
		return true
	case literal:
		return c == ':'
	}
	return c == '-' || c == '_'
}

func parameterFault(parameter string) string {
	name, value, _ := strings.Cut(parameter, "=")
	if name == "" {
		return "has an empty parameter: remove a semicolon"
	}
	if !strings.EqualFold(name, "transport") {
		return ""
	}
	switch strings.ToLower(value) {
	case "udp", "tcp", "tls":
		return ""
	}
	return "has the transport " + strconv.Quote(value) + "; there are udp, tcp and tls"
}

// WithoutTLS returns the next hop by which a trunk over TLS is reached over plain TCP. The port of TLS becomes that of TCP; another one
// stays, since nobody has said what else listens there.
func WithoutTLS(uri string) string {
	scheme, rest, _ := strings.Cut(uri, ":")
	if strings.EqualFold(scheme, "sips") {
		scheme = "sip"
	}
	address, parameters, _ := strings.Cut(rest, ";")
	if host, found := strings.CutSuffix(address, ":5061"); found {
		address = host + ":5060"
	}
	plain := scheme + ":" + address
	for parameter := range strings.SplitSeq(parameters, ";") {
		name, _, _ := strings.Cut(parameter, "=")
		if parameter != "" && !strings.EqualFold(name, "transport") {
			plain += ";" + parameter
		}
	}
	return plain + ";transport=tcp"
}
