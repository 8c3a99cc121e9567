package psap

import (
	"strings"

	"mayday/calldata"
	"mayday/sip"
)

// CallData is one block of what a call says beside the place (RFC 7852 §4).
type CallData struct {
	Purpose string   `json:"purpose"` // "EmergencyCallData.SubscriberInfo"
	Lines   []string `json:"lines"`   // as one reads it out
}

// readCallData reads a part that holds a block of call data; others are left alone.
func (b *Brought) readCallData(part sip.Part) {
	if !strings.HasPrefix(mediaType(part.ContentType), "application/emergencycalldata.") {
		return
	}
	block, err := calldata.Parse(part.Body)
	if err != nil {
		b.Faults = append(b.Faults, err.Error())
		return
	}
	b.CallData = append(b.CallData, CallData{Purpose: block.Purpose(), Lines: callDataLines(block)})
}

func callDataLines(block calldata.Block) []string {
	var lines []string
	say := func(label string, values ...string) {
		if text := joined(", ", values...); text != "" {
			lines = append(lines, label+": "+text)
		}
	}
	switch b := block.(type) {
	case calldata.Provider:
		say("Provider", b.Name, b.Kind)
		say("Provider's contact", b.Contact)
	case calldata.Service:
		say("Service", append([]string{b.Environment, b.Mobility}, b.Types...)...)
	case calldata.Subscriber:
		say("Caller", b.Card.Name, b.Card.Title, b.Card.Organisation)
		say("Caller's telephone", b.Card.Telephones...)
		say("Caller's mail", b.Card.Mail...)
		say("Caller speaks", b.Card.Languages...)
	case calldata.Comment:
		say("Remark", b.Words)
	}
	return lines
}

// referencesIn returns the URIs in a Geolocation header at which places can be asked for (RFC 6442 §4.1); those of parts of the body are none.
func referencesIn(geolocation string) []string {
	var found []string
	for _, value := range strings.Split(geolocation, ",") {
		_, uri := readNameAddress(value)
		if strings.HasPrefix(strings.ToLower(uri), "https:") {
			found = append(found, uri)
		}
	}
	return found
}
