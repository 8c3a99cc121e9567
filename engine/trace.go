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
	Order    trunk.Order // as they would be tried, the sick ones last
	Inside   bool        // the built-in test service answers where no trunk does
}

// TraceKind is what a typed string turned out to be.
type TraceKind string

// The kinds.
const (
	TracedEmergency TraceKind = "emergency"
	TracedTest      TraceKind = "test"
	TracedOrdinary  TraceKind = "ordinary"
)

func (c Trace) answer(t *step) error {
	dialled, err := t.net(c.Rep).Classify(c.Typed)
	if err != nil {
		return err
	}
	table := t.snapshot.table
	traced := Traced{}
	switch d := dialled.(type) {
	case number.Emergency:
		p := t.plan(c.Rep, d.Number, t.now)
		traced = Traced{
			Kind: TracedEmergency, Sent: d.Number.String(), Place: p.place, CallerID: p.callerID, Grant: p.grant, Order: p.order,
			Rules: table.ExplainEmergency(d.Number.String(), string(p.place.Country)),
		}
	case number.TestCall:
		traced = Traced{
			Kind: TracedTest, Sent: d.Number.String(), CallerID: t.testCallerID(c.Rep, t.now), Order: t.wellFirst(trunk.InTurn(table.TestTrunks())), Inside: true,
		}
	case number.Ordinary:
		traced = Traced{
			Kind: TracedOrdinary, Sent: d.Number, Rules: table.ExplainOrdinary(d.Number), Order: t.wellFirst(table.OrdinaryOrder(d.Number)),
		}
		traced.CallerID, _ = t.snapshot.callerID(c.Rep)
	}
	if traced.Kind != TracedEmergency {
		traced.Place = t.place(c.Rep, t.now)
	}
	*c.Into = traced
	return nil
}
