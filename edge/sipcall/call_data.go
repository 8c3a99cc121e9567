package sipcall

import (
	"errors"
	"fmt"

	"github.com/google/uuid"

	"mayday/calldata"
	"mayday/engine"
	"mayday/sip"
)

// tellCaller says through whom and who calls, in blocks of call data that Call-Info headers point to (RFC 7852 §6).
func (c *Calls) tellCaller(told *telling, target engine.ToEmergency, entity string) (fault error) {
	for _, block := range callData(target, entity) {
		xml, err := calldata.Append(nil, block)
		if err != nil {
			fault = errors.Join(fault, fmt.Errorf("%s left out: %w", block.Purpose(), err))
			continue
		}
		uri := c.attach(told, calldata.ContentType(block), xml, sip.Header{Name: "Content-Disposition", Value: calldata.Disposition})
		told.headers = append(told.headers, sip.Header{Name: "Call-Info", Value: calldata.CallInfo(uri, block)})
	}
	return fault
}

// callData is what we know of a call. Its service is a telephone system with many lines, used from wherever the rep has a browser.
func callData(target engine.ToEmergency, entity string) []calldata.Block {
	reference := uuid.NewString() + "@" + hostOf(entity)
	name := target.Caller
	if name == "" {
		name = target.ProvidedBy
	}
	return []calldata.Block{
		calldata.Provider{Reference: reference, Name: target.ProvidedBy, Kind: calldata.KindClient, Contact: contact(target, entity)},
		calldata.Service{
			Reference: reference, Environment: calldata.EnvironmentBusiness, Types: []string{calldata.TypeMLTSLocal, calldata.TypeVOIP},
			Mobility: calldata.MobilityNomadic,
		},
		calldata.Subscriber{Reference: reference, Card: calldata.Card{Name: name, Organisation: target.ProvidedBy, Telephones: []string{entity}}},
		calldata.Comment{Reference: reference, Lang: "en", Words: remark(target)},
	}
}

// remark tells the person who answers how far the place can be trusted.
func remark(target engine.ToEmergency) string {
	const from = "The caller works at a computer of a contact center. "
	switch place := target.Place; {
	case place.Position == nil:
		return from + "The place is an address only."
	case !place.Measured:
		return from + "The position is that of the caller's site. It was not measured."
	case place.Stale:
		return from + "The position was measured more than 12 hours ago."
	}
	return from + "The position was measured by the caller's browser."
}
