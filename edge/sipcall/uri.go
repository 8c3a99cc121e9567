package sipcall

import (
	"net/netip"
	"strings"
)

// addressIn returns the URI of a From or To header: what stands in angle brackets, else what stands before the parameters.
func addressIn(header string) string {
	if open := strings.LastIndexByte(header, '<'); open >= 0 {
		uri, _, _ := strings.Cut(header[open+1:], ">")
		return uri
	}
	uri, _, _ := strings.Cut(header, ";")
	return strings.TrimSpace(uri)
}

// userOf returns the user part of a SIP URI or the number of a tel URI, without parameters (RFC 3261 §19.1.1, RFC 3966 §3).
func userOf(uri string) string {
	scheme, rest, ok := strings.Cut(uri, ":")
	if !ok {
		return ""
	}
	user := rest
	if !strings.EqualFold(scheme, "tel") {
		at := strings.LastIndexByte(rest, '@')
		if at < 0 {
			return ""
		}
		user, _, _ = strings.Cut(rest[:at], ":")
	}
	user, _, _ = strings.Cut(user, ";")
	return strings.ReplaceAll(strings.ReplaceAll(user, "%2B", "+"), "%2b", "+")
}

// hostOf returns the host and port of a SIP URI, without parameters.
func hostOf(uri string) string {
	_, rest, _ := strings.Cut(uri, ":")
	if at := strings.LastIndexByte(rest, '@'); at >= 0 {
		rest = rest[at+1:]
	}
	host, _, _ := strings.Cut(rest, ";")
	host, _, _ = strings.Cut(host, "?")
	return host
}

// uriHost writes a host as a URI wants it: an IPv6 address in brackets (RFC 3261 §19.1.1).
func uriHost(host string) string {
	if address, err := netip.ParseAddr(host); err == nil && address.Is6() {
		return "[" + address.String() + "]"
	}
	return host
}
