package sip

import (
	"errors"
	"strconv"
	"strings"
)

// via is the topmost Via header field. RFC 3261 §20.42.
type via struct {
	transport string // upper case
	host      string // without brackets
	port      int    // 0: not given
	branch    string
	params    []param
	text      string // the element as it came
}

// param is one ;name=value of a header element; the name is lower case.
type param struct{ name, value string }

var (
	errVia     = errors.New("malformed Via")
	errAddress = errors.New("malformed address")
	errCSeq    = errors.New("malformed CSeq")
)

// parseVia reads one Via element; white space may stand around its slashes, colons and semicolons.
// RFC 3261 §25.1.
func parseVia(text string) (via, error) {
	v := via{text: text}
	head, params, gaps, err := readParams(text)
	if err != nil || gaps {
		return v, errVia
	}
	v.params = params
	name, rest, ok1 := strings.Cut(head, "/")
	version, rest, ok2 := strings.Cut(rest, "/")
	rest = strings.TrimLeft(rest, " \t")
	transport, host, ok3 := cutSpace(rest)
	if !ok1 || !ok2 || !ok3 || !strings.EqualFold(strings.TrimSpace(name), "SIP") || strings.TrimSpace(version) != "2.0" || !isToken(transport) {
		return v, errVia
	}
	v.transport = strings.ToUpper(transport)
	if v.host, v.port, err = parseHostPort(host); err != nil {
		return v, errVia
	}
	v.branch = paramOf(params, "branch")
	return v, nil
}

// magic opens every branch that was made by RFC 3261's rules. RFC 3261 §8.1.1.7.
const magic = "z9hG4bK"

// unique says whether the branch identifies its transaction by itself.
func (v via) unique() bool {
	return len(v.branch) > len(magic) && strings.EqualFold(v.branch[:len(magic)], magic)
}

// parseHostPort splits "host", "host:port", "[v6]" and "[v6]:port"; the host comes back without brackets.
func parseHostPort(text string) (host string, port int, err error) {
	text = strings.TrimSpace(text)
	portText := ""
	if strings.HasPrefix(text, "[") {
		end := strings.IndexByte(text, ']')
		if end < 0 {
			return "", 0, errAddress
		}
		host, portText = text[1:end], strings.TrimSpace(text[end+1:])
		if portText != "" && portText[0] != ':' {
			return "", 0, errAddress
		}
		portText = strings.TrimPrefix(portText, ":")
	} else if before, after, found := strings.Cut(text, ":"); found {
		host, portText = strings.TrimSpace(before), after
	} else {
		host = text
	}
	if host == "" || strings.ContainsAny(host, " \t,;<>\"@") {
		return "", 0, errAddress
	}
	if portText = strings.TrimSpace(portText); portText != "" {
		n, err := strconv.ParseUint(portText, 10, 16)
		if err != nil || n == 0 {
			return "", 0, errAddress
		}
		port = int(n)
	}
	return host, port, nil
}

// nameAddr is a name and an address with the header's own parameters. RFC 3261 §20.10.
type nameAddr struct {
	display string
	uri     string
	params  []param
}

// parseNameAddr reads a From, To, Contact, Route or Record-Route element. Without angle brackets the
// parameters belong to the header. RFC 3261 §20.
func parseNameAddr(text string) (nameAddr, error) {
	var a nameAddr
	text = strings.TrimSpace(text)
	open := indexOutside(text, '<')
	if open == unended {
		return a, errAddress
	}
	rest := ""
	if open < 0 {
		uri, tail, found := strings.Cut(text, ";")
		a.uri = strings.TrimSpace(uri)
		if strings.ContainsAny(a.uri, "?,\" \t") {
			return a, errAddress // a URI with these must stand in angle brackets
		}
		if found {
			rest = ";" + tail
		}
	} else {
		end := strings.IndexByte(text[open:], '>')
		if end < 0 {
			return a, errAddress
		}
		a.display = strings.TrimSpace(text[:open])
		if !validDisplay(a.display) {
			return a, errAddress
		}
		a.uri = text[open+1 : open+end]
		rest = strings.TrimSpace(text[open+end+1:])
	}
	if a.uri == "" || strings.ContainsAny(a.uri, " \t\"<>") || schemeOf(a.uri) == "" {
		return a, errAddress
	}
	if rest != "" && rest[0] != ';' {
		return a, errAddress
	}
	_, params, err := cutParams("x" + rest)
	if err != nil {
		return a, errAddress
	}
	a.params = params
	return a, nil
}

// validDisplay takes one quoted string or a row of tokens. RFC 3261 §25.1.
func validDisplay(display string) bool {
	if display == "" {
		return true
	}
	if display[0] == '"' {
		for i := 1; i < len(display); i++ {
			switch display[i] {
			case '\\':
				i++
			case '"':
				return i == len(display)-1
			}
		}
		return false
	}
	for word := range strings.FieldsSeq(display) {
		if !isToken(word) {
			return false
		}
	}
	return true
}

// parseCSeq reads a sequence number below 2^31 and a method. RFC 3261 §8.1.1.5.
func parseCSeq(text string) (uint32, string, error) {
	number, method, found := cutSpace(text)
	n, err := strconv.ParseUint(number, 10, 32)
	if err != nil || !found || n >= 1<<31 || !isToken(method) {
		return 0, "", errCSeq
	}
	return uint32(n), method, nil
}

// schemeOf gives the URI's scheme in lower case, empty when there is none.
func schemeOf(uri string) string {
	scheme, rest, found := strings.Cut(uri, ":")
	if !found || rest == "" || scheme == "" {
		return ""
	}
	for i := range len(scheme) {
		c := scheme[i] | 0x20
		if (c < 'a' || c > 'z') && (i == 0 || !strings.ContainsRune("0123456789+-.", rune(scheme[i]))) {
			return ""
		}
	}
	return strings.ToLower(scheme)
}

// cutParams splits "head;a=b;c" into the head and its parameters; quoted values lose their quotes.
func cutParams(text string) (head string, params []param, err error) {
	head, params, _, err = readParams(text)
	return head, params, err
}

// readParams does so and says whether there are gaps: separators with no name between them.
func readParams(text string) (head string, params []param, gaps bool, err error) {
	head, rest, more, ok := cutOutside(text, ';')
	if more {
		params = make([]param, 0, 1+strings.Count(rest, ";"))
	}
	for more {
		var piece string
		piece, rest, more, ok = cutOutside(rest, ';')
		name, value, _ := strings.Cut(piece, "=")
		name = strings.ToLower(strings.TrimSpace(name))
		if name == "" {
			gaps = true
			continue
		}
		params = append(params, param{name, unquote(strings.TrimSpace(value))})
	}
	if !ok {
		return "", nil, gaps, errAddress
	}
	return strings.TrimSpace(head), params, gaps, nil
}

// paramOf gives the value of the named parameter.
func paramOf(params []param, name string) string {
	for _, p := range params {
		if p.name == name {
			return p.value
		}
	}
	return ""
}

// hasParam says whether the parameter is there, with or without a value.
func hasParam(params []param, name string) bool {
	for _, p := range params {
		if p.name == name {
			return true
		}
	}
	return false
}

// splitList splits a header value at the commas that stand outside of quotes and angle brackets.
func splitList(value string) []string { return appendList(nil, value) }

func appendList(elements []string, value string) []string {
	for more := true; more; {
		var element string
		element, value, more, _ = cutOutside(value, ',')
		elements = append(elements, strings.TrimSpace(element))
	}
	return elements
}

// cutOutside cuts at the first separator outside of quotes and angle brackets. It is not ok when a quote never ends; then all is before.
func cutOutside(text string, separator byte) (before, after string, found, ok bool) {
	at := indexOutside(text, separator)
	if at < 0 {
		return text, "", false, at != unended
	}
	return text[:at], text[at+1:], true, true
}

const (
	notThere = -1
	unended  = -2 // a quote never ends
)

// indexOutside finds c outside of quoted strings and angle brackets, else notThere or unended.
func indexOutside(text string, c byte) int {
	quoted, angled := false, false
	for i := 0; i < len(text); i++ {
		switch at := text[i]; {
		case quoted && at == '\\':
			i++
		case at == '"':
			quoted = !quoted
		case quoted:
		case at == c && !angled:
			return i
		case at == '<':
			angled = true
		case at == '>':
			angled = false
		}
	}
	if quoted {
		return unended
	}
	return notThere
}

// unquote takes the quotes and the backslashes off a quoted string; anything else stays as it is.
func unquote(text string) string {
	if len(text) < 2 || text[0] != '"' || text[len(text)-1] != '"' {
		return text
	}
	text = text[1 : len(text)-1]
	if !strings.ContainsRune(text, '\\') {
		return text
	}
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] == '\\' && i+1 < len(text) {
			i++
		}
		b.WriteByte(text[i])
	}
	return b.String()
}

// quote makes a quoted string. RFC 3261 §25.1.
func quote(text string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '"' || c == '\\':
			b.WriteByte('\\')
			b.WriteByte(c)
		case c < ' ' || c == 0x7f:
			b.WriteByte(' ')
		default:
			b.WriteByte(c)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// cutSpace cuts at the first run of white space.
func cutSpace(text string) (before, after string, found bool) {
	text = strings.TrimSpace(text)
	at := strings.IndexAny(text, " \t")
	if at < 0 {
		return text, "", false
	}
	return text[:at], strings.TrimSpace(text[at:]), true
}

// isToken says whether the text is a token. RFC 3261 §25.1.
func isToken(text string) bool {
	if text == "" {
		return false
	}
	for i := range len(text) {
		c := text[i]
		letter := c|0x20 >= 'a' && c|0x20 <= 'z'
		if !letter && (c < '0' || c > '9') && !strings.ContainsRune("-.!%*_+`'~", rune(c)) {
			return false
		}
	}
	return true
}
