package sip

import (
	"errors"
	"net/netip"
	"strings"

	sipgo "github.com/emiago/sipgo/sip"
)

var errURI = errors.New("malformed URI")

// uri is what routing needs of a SIP URI. Of other schemes only the scheme is known.
type uri struct {
	scheme    string
	user      string
	host      string // without brackets
	port      int    // 0: not given
	transport string // lower case; empty: left open
	loose     bool   // ;lr, RFC 3261 §19.1.1
	headers   bool   // it carries header fields, which a Request-URI must not
}

// parseURI reads a URI by sipgo's grammar and then insists on what that lets pass. RFC 3261 §19.1.1.
func parseURI(text string) (uri, error) {
	var parsed sipgo.Uri
	if strings.ContainsAny(text, " \t\r\n<>\"") {
		return uri{}, errURI
	}
	if err := sipgo.ParseUri(text, &parsed); err != nil {
		return uri{}, errURI
	}
	u := uri{scheme: strings.ToLower(parsed.Scheme), user: parsed.User, host: strings.Trim(parsed.Host, "[]"), port: parsed.Port}
	if u.scheme != "sip" && u.scheme != "sips" {
		return u, nil
	}
	if u.host == "" || parsed.Wildcard || u.port < 0 || u.port > 65535 {
		return uri{}, errURI
	}
	if _, err := netip.ParseAddr(u.host); err != nil && !isHostName(u.host) {
		return uri{}, errURI
	}
	for _, p := range parsed.UriParams {
		switch strings.ToLower(strings.TrimSpace(p.K)) {
		case "transport":
			u.transport = strings.ToLower(p.V)
		case "lr":
			u.loose = true
		}
	}
	u.headers = len(parsed.Headers) > 0
	return u, nil
}

func isHostName(host string) bool {
	for i := range len(host) {
		c := host[i]
		letter := c|0x20 >= 'a' && c|0x20 <= 'z'
		if !letter && (c < '0' || c > '9') && c != '-' && c != '.' && c != '_' {
			return false
		}
	}
	return true
}
