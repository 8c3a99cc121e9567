// Package calldata writes and reads what an emergency call says beside the place: who passes the call on, what kind of service it comes
// from, who the caller is, and a remark for the person who answers.
//
// Each of these is a block, an XML document of its own that travels as a part of the message's body; a Call-Info header says which is
// which:
//
//	xml, err := calldata.Append(nil, calldata.Provider{Reference: "1@acme.example", Name: "Acme", Contact: "tel:+12175550199"})
//	contentType := calldata.ContentType(calldata.Provider{}) // "application/EmergencyCallData.ProviderInfo+xml"
//	callInfo := calldata.CallInfo("cid:1@acme.example", calldata.Provider{})
//
// The package knows the blocks of RFC 7852 but the one of the caller's device, and of a caller's card (RFC 6351) the name, the
// organisation, the title, telephones, mail addresses and languages. It knows no telephone call and uses the standard library alone;
// no error of its own repeats a word of a block.
package calldata

import (
	"errors"
	"fmt"
	"strings"
)

// MaxSize is the length in bytes from which on Parse refuses a block unread.
const MaxSize = 64 << 10

// Block is one block of data: Provider, Service, Subscriber or Comment.
//
//sumtype:decl
type Block interface {
	// Purpose is the block's registered name, "EmergencyCallData.ProviderInfo". RFC 7852 §11
	Purpose() string
	fault() string // what is wrong with it, in a few words without its content, or ""
	form() any     // as encoding/xml writes it
}

// Provider is who passes the call on or vouches for what is said. RFC 7852 §4.1
type Provider struct {
	Reference string   // tells the blocks of one provider and call from those of others: "7f3a@acme.example"
	Name      string   // in plain words
	ID        string   // number under which the provider is registered; empty: none
	IDSeries  string   // who registers: "NENA", "EENA", "domain"
	Kind      string   // registered word: KindClient, KindTelecom
	Contact   string   // URI at which the provider is reached day and night
	Languages []string // that are spoken there, the preferred one first
}

// Registered words for the kind of a provider. RFC 7852 §11.2.1
const (
	KindClient  = "Client"
	KindTelecom = "Telecom Provider"
)

// Service is what kind of telephone service the call comes from. RFC 7852 §4.2
type Service struct {
	Reference   string
	Environment string   // registered word: EnvironmentBusiness; empty: not said
	Types       []string // registered words: TypeVOIP, TypeMLTSLocal
	Mobility    string   // registered word: MobilityNomadic
}

// Registered words for a service. RFC 7852 §11.2
const (
	EnvironmentBusiness  = "Business"
	EnvironmentResidence = "Residence"

	TypeVOIP       = "VOIP"
	TypeMLTSLocal  = "MLTS-local"  // a telephone system with many lines at the caller's place
	TypeMLTSHosted = "MLTS-hosted" // one that somebody else runs
	TypeRemote     = "remote"      // a worker away from it

	MobilityFixed   = "Fixed"
	MobilityNomadic = "Nomadic" // may be used at any place, but does not move during a call
	MobilityMobile  = "Mobile"
	MobilityUnknown = "Unknown"
)

// Subscriber is who calls. RFC 7852 §4.4
type Subscriber struct {
	Reference        string
	PrivacyRequested bool // those who get the block are asked not to pass it on
	Card             Card
}

// Card is a caller's visiting card; every field but the name may be empty. RFC 6351 §3
type Card struct {
	Name         string
	Organisation string
	Title        string
	Telephones   []string // tel: or sip: URIs
	Mail         []string
	Languages    []string // that the caller speaks, the preferred one first
}

// Comment is a remark for the person who answers. RFC 7852 §4.5
type Comment struct {
	Reference string
	Lang      string // the language of the words, "en"; empty: not said
	Words     string
}

// The registered names of the blocks. RFC 7852 §11
const (
	purposeProvider   = "EmergencyCallData.ProviderInfo"
	purposeService    = "EmergencyCallData.ServiceInfo"
	purposeSubscriber = "EmergencyCallData.SubscriberInfo"
	purposeComment    = "EmergencyCallData.Comment"
)

// Purpose implements Block.
func (Provider) Purpose() string { return purposeProvider }

// Purpose implements Block.
func (Service) Purpose() string { return purposeService }

// Purpose implements Block.
func (Subscriber) Purpose() string { return purposeSubscriber }

// Purpose implements Block.
func (Comment) Purpose() string { return purposeComment }

// ContentType is the block's media type.
func ContentType(b Block) string { return "application/" + b.Purpose() + "+xml" }

// Disposition is the value of the Content-Disposition of a part that holds a block: only a header points to it, and who does not know it
// may ignore it. RFC 7852 §6.3
const Disposition = "by-reference;handling=optional"

// CallInfo is the value of the Call-Info header that points to a block. RFC 7852 §6.1
func CallInfo(uri string, b Block) string { return "<" + uri + ">;purpose=" + b.Purpose() }

// noReference is said of a block that cannot be told from others.
const noReference = "it has no reference"

func (p Provider) fault() string {
	switch {
	case clean(p.Reference) == "":
		return noReference
	case clean(p.Name) == "":
		return "the provider has no name"
	case !isURI(p.Contact):
		return "the provider's contact is not a URI"
	}
	return languagesFault(p.Languages)
}

func (s Service) fault() string {
	switch {
	case clean(s.Reference) == "":
		return noReference
	case len(cleanAll(s.Types)) == 0:
		return "the service has no type"
	case clean(s.Mobility) == "":
		return "it does not say whether the service moves"
	}
	return ""
}

func (s Subscriber) fault() string {
	switch {
	case clean(s.Reference) == "":
		return noReference
	case clean(s.Card.Name) == "":
		return "the caller has no name"
	}
	for _, telephone := range s.Card.Telephones {
		if !isURI(telephone) {
			return "a telephone is not a URI"
		}
	}
	return languagesFault(s.Card.Languages)
}

func (c Comment) fault() string {
	switch {
	case clean(c.Reference) == "":
		return noReference
	case clean(c.Words) == "":
		return "the comment is empty"
	case c.Lang != "" && !isLanguage(c.Lang):
		return "the language is not a language tag"
	}
	return ""
}

func languagesFault(tags []string) string {
	for _, tag := range tags {
		if !isLanguage(tag) {
			return "a language is not a language tag"
		}
	}
	return ""
}

// check returns the block's fault as an error of what was to be done with it.
func check(b Block, doing string) error {
	if b == nil {
		return errors.New(doing + " a block of call data: there is none")
	}
	if wrong := b.fault(); wrong != "" {
		return fmt.Errorf("%s a block of call data: %s", doing, wrong)
	}
	return nil
}

// clean makes one blank of white space and of what XML cannot hold, and removes it at both ends.
func clean(s string) string {
	return strings.Join(strings.FieldsFunc(strings.ToValidUTF8(s, "\ufffd"), func(r rune) bool {
		return r <= ' ' || r >= 0x7f && r <= 0x9f || r == 0xfffe || r == 0xffff
	}), " ")
}

// cleanAll cleans each and leaves out what is empty.
func cleanAll(all []string) []string {
	var kept []string
	for _, one := range all {
		if one = clean(one); one != "" {
			kept = append(kept, one)
		}
	}
	return kept
}

// isURI reports whether s looks like a URI: a scheme, a colon, something more, and nothing that a URI cannot hold.
func isURI(s string) bool {
	scheme, rest, found := strings.Cut(s, ":")
	if !found || scheme == "" || rest == "" || !isLetter(scheme[0]) {
		return false
	}
	return strings.Trim(scheme, alphanumeric+"+-.") == "" && !strings.ContainsFunc(rest, func(r rune) bool {
		return r <= ' ' || r >= 0x7f || r == '<' || r == '>' || r == '"'
	})
}

const alphanumeric = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

// isLanguage reports whether s has the form of a language tag.
func isLanguage(s string) bool {
	if s == "" || !isLetter(s[0]) {
		return false
	}
	for _, subtag := range strings.Split(s, "-") {
		if len(subtag) == 0 || len(subtag) > 8 || strings.Trim(subtag, alphanumeric) != "" {
			return false
		}
	}
	return true
}
