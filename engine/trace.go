package engine

import (
	"mayday/center/emergency"
	"mayday/center/location"
	"mayday/center/number"
	"mayday/center/rep"
	"mayday/center/trunk"
)

// Trace says where a call would go now, and why. It is found by the functions that place calls; nothing is dialled and nothing changes.
type Trace struct {
	Rep   rep.ID
	Typed string
	Into  *Traced // filled in when Do returns without an error
}

func (Trace) command() {}

// Traced is what a call would be.
type Traced struct {
	Kind     TraceKind
	Sent     string
	Place    location.Place // an emergency call conveys it
	CallerID number.E164
	Grant    emergency.Grant // how an emergency call would come by its call-back number
	Rules    []trunk.Considered
	Order    []trunk.ID // as they would be tried, the sick ones last
	Inside   bool       // the built-in test service answers where no trunk does
}

// TraceKind is what a typed string turned out to be.
type TraceKind string

// The kinds.
const (
	TracedEmergency TraceKind = "emergency"
	TracedTest      TraceKind = "test"
	TracedOrdinary  TraceKind = "ordinary"
)

func (t *step) trace(c Trace) error {
	dialled, err := t.net(c.Rep).Classify(c.Typed)
	if err != nil {
		return err
	}
	table, place := t.snapshot.table, t.place(c.Rep, t.now)
	traced := Traced{Place: place}
	traced.CallerID, _ = t.snapshot.callerID(c.Rep)
	switch d := dialled.(type) {
	case number.Emergency:
		sent, country := d.Number.String(), string(place.Country)
		traced.Kind, traced.Sent = TracedEmergency, sent
		lease, grant := t.chooseNumber(c.Rep, place.Country, t.now)
		if traced.Grant = grant; grant != emergency.None {
			traced.CallerID = lease.Number
		}
		traced.Rules, traced.Order = table.ExplainEmergency(sent, country), table.EmergencyOrder(sent, country)
	case number.TestCall:
		traced.Kind, traced.Sent, traced.Order, traced.Inside = TracedTest, d.Number.String(), table.TestTrunks(), true
	case number.Ordinary:
		traced.Kind, traced.Sent = TracedOrdinary, d.Number
		traced.Rules, traced.Order = table.ExplainOrdinary(d.Number), table.OrdinaryOrder(d.Number)
	}
	traced.Order = t.wellFirst(traced.Order)
	*c.Into = traced
	return nil
}
