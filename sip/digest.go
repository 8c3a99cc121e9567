package sip

import (
	"crypto/md5" // what most challenges name still
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Credentials answer digest challenges.
type Credentials struct{ Username, Password string }

// challenge is one digest challenge of the far end. RFC 3261 §22.4.
type challenge struct {
	proxy     bool // 407: it wants Proxy-Authorization
	realm     string
	nonce     string
	opaque    string
	algorithm string // as it came; empty means MD5
	qop       bool   // qop=auth is offered
	stale     bool
	uses      uint32 // nc
	row       int    // challenges in a row
}

// authority holds what we know of a dialog's challenges. The nil value has no credentials.
type authority struct {
	credentials Credentials
	challenges  []challenge
}

// maxRealms bounds how many realms one dialog answers to.
const maxRealms = 8

var errChallenge = errors.New("malformed challenge")

// learn takes a 401 or 407 and says whether sending again makes sense. Of a realm's challenges the first that
// we understand counts: it is the one that the far end likes best. RFC 3261 §22.2, RFC 8760 §2.4.
func (a *authority) learn(m *Message) bool {
	if a == nil {
		return false
	}
	header := "WWW-Authenticate"
	if m.status == 407 {
		header = "Proxy-Authenticate"
	}
	var realms []string
	for _, value := range m.Headers(header) {
		c, err := parseChallenge(value)
		if err != nil || slices.Contains(realms, c.realm) {
			continue
		}
		c.proxy = m.status == 407
		if !a.take(c) {
			return false
		}
		realms = append(realms, c.realm)
	}
	return len(realms) > 0
}

// take stores a challenge in the place of its realm's earlier one; false when the credentials for that were
// refused just now and not only for being stale.
func (a *authority) take(c challenge) bool {
	for i, known := range a.challenges {
		if known.realm == c.realm && known.proxy == c.proxy {
			c.row = known.row + 1
			a.challenges[i] = c
			return c.row < 2 || c.stale && c.row < 4
		}
	}
	if len(a.challenges) >= maxRealms {
		return false
	}
	c.row = 1
	a.challenges = append(a.challenges, c)
	return true
}

// passed takes the news that the far end let a request through.
func (a *authority) passed() {
	if a == nil {
		return
	}
	for i := range a.challenges {
		a.challenges[i].row = 0
	}
}

// headers gives the credentials for a request to the far end's challenges so far.
func (a *authority) headers(method, uri string) []Header {
	if a == nil {
		return nil
	}
	var headers []Header
	for i := range a.challenges {
		c := &a.challenges[i]
		c.uses++
		name := "Authorization"
		if c.proxy {
			name = "Proxy-Authorization"
		}
		headers = append(headers, Header{name, c.answer(a.credentials, method, uri, random(8))})
	}
	return headers
}

// parseChallenge reads a Digest challenge with an algorithm that we have. RFC 8760 §2.1.
func parseChallenge(value string) (challenge, error) {
	scheme, rest, found := cutSpace(value)
	if !found || !strings.EqualFold(scheme, "Digest") {
		return challenge{}, errChallenge
	}
	var c challenge
	offered := false
	for _, element := range splitList(rest) {
		name, text, _ := strings.Cut(element, "=")
		text = unquote(strings.TrimSpace(text))
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "realm":
			c.realm = text
		case "nonce":
			c.nonce = text
		case "opaque":
			c.opaque = text
		case "algorithm":
			c.algorithm = text
		case "stale":
			c.stale = strings.EqualFold(text, "true")
		case "qop":
			offered = true
			for option := range strings.SplitSeq(text, ",") {
				c.qop = c.qop || strings.EqualFold(strings.TrimSpace(option), "auth")
			}
		}
	}
	if c.nonce == "" || offered && !c.qop || c.hash("") == "" || strings.ContainsAny(c.realm+c.nonce+c.opaque, "\r\n") {
		return challenge{}, errChallenge
	}
	return c, nil
}

// hash applies the challenge's algorithm; empty when we do not have it.
func (c *challenge) hash(text string) string {
	switch strings.ToUpper(c.algorithm) {
	case "", "MD5", "MD5-SESS":
		sum := md5.Sum([]byte(text))
		return hex.EncodeToString(sum[:])
	case "SHA-256", "SHA-256-SESS":
		sum := sha256.Sum256([]byte(text))
		return hex.EncodeToString(sum[:])
	}
	return ""
}

// answer computes the credentials. RFC 7616 §3.4.
func (c *challenge) answer(who Credentials, method, uri, cnonce string) string {
	ha1 := c.hash(who.Username + ":" + c.realm + ":" + who.Password)
	session := strings.HasSuffix(strings.ToUpper(c.algorithm), "-SESS")
	if session {
		ha1 = c.hash(ha1 + ":" + c.nonce + ":" + cnonce)
	}
	ha2 := c.hash(method + ":" + uri)
	nc := fmt.Sprintf("%08x", c.uses)
	proof := c.hash(ha1 + ":" + c.nonce + ":" + ha2)
	if c.qop {
		proof = c.hash(ha1 + ":" + c.nonce + ":" + nc + ":" + cnonce + ":auth:" + ha2)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "Digest username=%s, realm=%s, nonce=%s, uri=%s, response=\"%s\"",
		quote(who.Username), quote(c.realm), quote(c.nonce), quote(uri), proof)
	if c.algorithm != "" {
		b.WriteString(", algorithm=" + c.algorithm)
	}
	if c.opaque != "" {
		b.WriteString(", opaque=" + quote(c.opaque))
	}
	switch {
	case c.qop:
		b.WriteString(", qop=auth, nc=" + nc + ", cnonce=" + quote(cnonce))
	case session:
		b.WriteString(", cnonce=" + quote(cnonce))
	}
	return b.String()
}
