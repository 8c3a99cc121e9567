package relay

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"github.com/pion/sdp/v3"
	"github.com/pion/srtp/v3"
)

// suite is a crypto suite (RFC 4568 §6.2).
type suite uint8

const (
	sha80 suite = iota + 1 // AES_CM_128_HMAC_SHA1_80
	sha32                  // AES_CM_128_HMAC_SHA1_32: a shorter proof, for those who offer nothing else
)

const (
	sha80Name = "AES_CM_128_HMAC_SHA1_80"
	sha32Name = "AES_CM_128_HMAC_SHA1_32"
)

func (s suite) profile() srtp.ProtectionProfile {
	if s == sha32 {
		return srtp.ProtectionProfileAes128CmHmacSha1_32
	}
	return srtp.ProtectionProfileAes128CmHmacSha1_80
}

func (s suite) name() string {
	if s == sha32 {
		return sha32Name
	}
	return sha80Name
}

// Crypto is a key as a session description gives it (RFC 4568 §4). It is a secret and prints as nothing.
type Crypto struct {
	tag   int
	suite suite
	key   [30]byte // master key and salt
}

// NewCrypto makes a key that is offered.
func NewCrypto() Crypto {
	c := Crypto{tag: 1, suite: sha80}
	_, _ = rand.Read(c.key[:]) // never fails
	return c
}

// AnswerTo makes a key of ours that answers one that was offered: of the same suite, under the same tag (RFC 4568 §5.1.2).
func (c Crypto) AnswerTo() Crypto {
	ours := NewCrypto()
	ours.tag, ours.suite = c.tag, c.suite
	return ours
}

// Answers says whether the key can stand in an answer to one that was offered.
func (c Crypto) Answers(offered Crypto) bool { return c.tag == offered.tag && c.suite == offered.suite }

// String hides the key.
func (c Crypto) String() string { return "crypto" }

// GoString hides it too.
func (c Crypto) GoString() string { return "crypto" }

// line writes the attribute. It must go nowhere but into the message.
func (c Crypto) line() string {
	return "a=crypto:" + strconv.Itoa(c.tag) + " " + c.suite.name() + " inline:" + base64.StdEncoding.EncodeToString(c.key[:]) + "\r\n"
}

var errNoKey = errors.New("its audio stream has no key that we can use")

// cryptoOf returns the first key of a stream that we can use; what asks for more than the suites do is passed over (RFC 4568 §6.3).
func cryptoOf(m *sdp.MediaDescription) (Crypto, bool) {
	for _, a := range m.Attributes {
		if a.Key == "crypto" {
			if c, ok := parseCrypto(a.Value); ok {
				return c, true
			}
		}
	}
	return Crypto{}, false
}

// parseCrypto reads the value of one attribute: a tag, a suite, one key, and no parameters of the session but a hint.
func parseCrypto(value string) (Crypto, bool) {
	words := strings.Fields(value)
	if len(words) < 3 {
		return Crypto{}, false
	}
	tag, err := strconv.ParseUint(words[0], 10, 30)
	c := Crypto{tag: int(tag)}
	switch strings.ToUpper(words[1]) {
	case sha80Name:
		c.suite = sha80
	case sha32Name:
		c.suite = sha32
	default:
		return Crypto{}, false
	}
	for _, parameter := range words[3:] {
		if !strings.HasPrefix(strings.ToUpper(parameter), "WSH=") && !strings.HasPrefix(parameter, "-") {
			return Crypto{}, false
		}
	}
	method, information, _ := strings.Cut(words[2], ":")
	if err != nil || !strings.EqualFold(method, "inline") || strings.Contains(information, ";") {
		return Crypto{}, false
	}
	text, rest, _ := strings.Cut(information, "|")
	if strings.Contains(rest, ":") { // a master key identifier, which would stand in every packet
		return Crypto{}, false
	}
	key, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(key) != len(c.key) {
		return Crypto{}, false
	}
	copy(c.key[:], key)
	return c, true
}

// OfferSealed writes a description that offers the same as Offer, encrypted with our key; hold as HoldOffer does (RFC 4568 §5.1.1).
func OfferSealed(local netip.AddrPort, session SessionID, ours Crypto, hold bool) []byte {
	direction := SendRecv
	if hold {
		direction = SendOnly
	}
	plain := string(offer(local, session, direction))
	return []byte(strings.Replace(plain, "RTP/AVP ", "RTP/SAVP ", 1) + ours.line())
}

// AnswerSealed writes the answer to an encrypted offer, with our key.
func AnswerSealed(local netip.AddrPort, remote Remote, session SessionID, ours Crypto) ([]byte, Format, error) {
	plain, format, err := Answer(local, remote, session)
	if err != nil {
		return nil, Format{}, err
	}
	text := string(plain)
	begin := strings.Index(text, fmt.Sprintf("m=audio %d ", local.Port()))
	end := strings.Index(text[begin+1:], "\r\nm=")
	if end < 0 {
		return []byte(text + ours.line()), format, nil
	}
	at := begin + 1 + end + len("\r\n")
	return []byte(text[:at] + ours.line() + text[at:]), format, nil
}
