// Package trunk describes the carriers that we peer with and the voice routes that choose one for a dialled number.
//
// It decides which trunks a call tries and in which order. It sends nothing; how healthy a trunk is it is told.
package trunk

import (
	"strings"
	"time"
)

// ID names a trunk.
type ID string

// Kind says who provides the trunk.
type Kind string

const (
	DirectOffer   Kind = "direct_offer"   // the platform provider's own trunk; its provider runs an emergency service
	DirectRouting Kind = "direct_routing" // a third-party carrier's session border controller
)

// Conveyance says how a trunk wants to be told the caller's location (RFC 6442 §3).
type Conveyance string

const (
	ByValue     Conveyance = "by_value"     // PIDF-LO in the body of the INVITE
	ByReference Conveyance = "by_reference" // an HTTPS URI at which the trunk asks for it
	NoPlace     Conveyance = "none"         // the trunk finds the place by the caller id
)

// Verify says what is asked of a trunk's certificate.
type Verify string

const (
	VerifyFull Verify = "full" // of a known authority, for the trunk's name, and in its time (RFC 5922 §7)
	VerifyNone Verify = "none" // whatever it shows: for a trunk that is reached over a line of one's own
)

// TLS is how a trunk over TLS and we know each other. Texts are PEM.
type TLS struct {
	Verify      Verify `json:"verify,omitempty"`      // empty: full
	Authority   string `json:"authority,omitempty"`   // certificates of the authorities that are believed; empty: the system's
	ServerName  string `json:"server_name,omitempty"` // name that the certificate must have; empty: the host of the URI
	Certificate string `json:"certificate,omitempty"` // ours, with its chain, for a trunk that asks for one
	Key         string `json:"key,omitempty"`         // of ours; a secret: exported only when asked for
}

// SRTP says whether the sound on a trunk is encrypted.
type SRTP string

const (
	PlainRTP     SRTP = "none"          // it is not
	SDES         SRTP = "sdes"          // keys stand in the session description (RFC 4568); an emergency call goes without where the trunk refuses
	SDESRequired SRTP = "sdes_required" // the same, and an ordinary call is never placed without
)

// Trunk is a SIP peer that carries calls.
type Trunk struct {
	ID         ID         `json:"id"`
	Kind       Kind       `json:"kind"`
	URI        string     `json:"uri"`                // next hop, "sip:sbc.example;transport=tcp"
	Channels   int        `json:"channels,omitempty"` // ordinary calls at once; 0: no limit
	Location   Conveyance `json:"location,omitempty"` // empty: by_value for direct offer, none for direct routing
	Country    string     `json:"country,omitempty"`  // country it serves; empty: all
	TestNumber string     `json:"test_number,omitempty"`
	Username   string     `json:"username,omitempty"` // digest credentials towards the trunk
	Password   string     `json:"password,omitempty"` // a secret: exported only when asked for

	TLS          TLS  `json:"tls"`
	SRTP         SRTP `json:"srtp,omitempty"`          // empty: none
	Register     bool `json:"register,omitempty"`      // we register with it (RFC 3261 §10), so that it finds us
	NG           bool `json:"ng,omitempty"`            // an NG911 or NG112 service: urn:service:sos and additional data (RFC 6881, RFC 7852)
	KeepAliveS   int  `json:"keep_alive_s,omitempty"`  // seconds between two OPTIONS; 0: 30, negative: none are sent
	KeepOrdinary bool `json:"keep_ordinary,omitempty"` // no ordinary call is ended when the trunk refuses an emergency call for want of a channel
}

// String returns the name alone, so that no password ends in a log by accident.
func (t Trunk) String() string { return string(t.ID) }

// KeepAlive returns the time between two OPTIONS; zero: none are sent.
func (t Trunk) KeepAlive() time.Duration {
	switch {
	case t.KeepAliveS < 0:
		return 0
	case t.KeepAliveS == 0:
		return usualKeepAlive
	}
	return time.Duration(t.KeepAliveS) * time.Second
}

const usualKeepAlive = 30 * time.Second

// Secure reports whether the trunk is reached over TLS.
func (t Trunk) Secure() bool {
	uri := strings.ToLower(t.URI)
	return strings.HasPrefix(uri, "sips:") || strings.Contains(uri, ";transport=tls")
}

// Serves reports whether the trunk serves the country.
func (t Trunk) Serves(country string) bool { return t.Country == "" || t.Country == country }

// Seals reports whether the sound on the trunk is offered encrypted.
func (t Trunk) Seals() bool { return t.SRTP == SDES || t.SRTP == SDESRequired }

// Conveys returns how this trunk is told the location, the default of its kind filled in.
func (t Trunk) Conveys() Conveyance {
	switch {
	case t.Location != "":
		return t.Location
	case t.Kind == DirectOffer:
		return ByValue
	}
	return NoPlace
}

// RouteID names a voice route.
type RouteID string

// VoiceRoute is an ordered rule: numbers that match the pattern leave by one of the trunks.
type VoiceRoute struct {
	ID        RouteID `json:"id"`
	Order     int     `json:"order"`               // lower ones are tried first
	Pattern   string  `json:"pattern"`             // Go regular expression on the dialled number
	Emergency bool    `json:"emergency,omitempty"` // may carry emergency calls even if its pattern does not name the number
	Trunks    []ID    `json:"trunks"`
	Choose    Choice  `json:"choose,omitempty"` // empty: in_order
}

// Choice says in which order the trunks of a voice route are tried.
type Choice string

const (
	InOrder  Choice = "in_order" // as they are listed
	AtRandom Choice = "random"   // anew for each call
)
