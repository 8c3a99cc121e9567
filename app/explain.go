package app

import (
	"context"

	"mayday/center/emergency"
	"mayday/center/rep"
	"mayday/center/trunk"
	"mayday/engine"
	"mayday/web/api"
)

// explainer shows administrators what the node would do.
type explainer struct{ node *Node }

// Trace implements web.Explainer.
func (e *explainer) Trace(ctx context.Context, who, dialled string) (api.Trace, error) {
	snapshot := e.node.engine.Snapshot()
	if _, known := snapshot.Rep(rep.ID(who)); !known {
		return api.Trace{}, unknownRep(who)
	}
	var traced engine.Traced
	if err := e.node.engine.Do(ctx, engine.Trace{Rep: rep.ID(who), Typed: dialled, Into: &traced}); err != nil {
		return api.Trace{}, err
	}
	shown := api.Trace{
		Kind: string(traced.Kind), Sent: traced.Sent, Country: string(traced.Place.Country), CallerID: string(traced.CallerID), Inside: traced.Inside,
	}
	if traced.Kind == engine.TracedEmergency {
		shown.Grant, shown.Place = grantName(traced.Grant), traced.Place.Lines()
		if p := traced.Place.Position; p != nil {
			shown.Position = &api.Position{Latitude: p.Latitude, Longitude: p.Longitude, RadiusM: p.RadiusM}
		}
	}
	patterns := make(map[trunk.RouteID]string)
	for _, route := range snapshot.Center.VoiceRoutes {
		patterns[route.ID] = route.Pattern
	}
	for _, rule := range traced.Rules {
		shown.Rules = append(shown.Rules, api.TraceRule{
			Kind: string(rule.Kind), Route: string(rule.Route), Pattern: patterns[rule.Route], Counts: rule.Reason.Counts(), Reason: string(rule.Reason),
			Trunks: names(rule.Trunks), Random: rule.AtRandom,
		})
	}
	conditions, table := e.node.engine.Trunks(), trunk.NewTable(snapshot.Center.Trunks, nil)
	for at, turn := range traced.Order {
		for _, id := range turn {
			carrier, _ := table.Trunk(id)
			shown.Trunks = append(shown.Trunks, api.TraceTrunk{Trunk: string(id), Turn: at + 1, Health: string(conditions[id].Health), Conveys: string(carrier.Conveys())})
		}
	}
	return shown, nil
}

// turns returns the trunks of each turn.
func turns(order trunk.Order) [][]string {
	all := make([][]string, len(order))
	for at, turn := range order {
		all[at] = names(turn)
	}
	return all
}

func names(ids []trunk.ID) []string {
	all := make([]string, len(ids))
	for at, id := range ids {
		all[at] = string(id)
	}
	return all
}

func grantName(grant emergency.Grant) string {
	switch grant {
	case emergency.Kept:
		return "kept"
	case emergency.Fresh:
		return "fresh"
	case emergency.Shared:
		return "shared"
	case emergency.Static:
		return "static"
	case emergency.None:
	}
	return "none"
}

// unknownRep refuses a name that nobody has.
type unknownRep string

func (unknownRep) Code() string    { return "NO_SUCH_REP" }
func (u unknownRep) Error() string { return "There is nobody with the username " + string(u) + "." }

// Conditions implements web.Explainer.
func (e *explainer) Conditions() []api.TrunkCondition {
	told := e.node.engine.Trunks()
	var all []api.TrunkCondition
	for _, carrier := range e.node.engine.Snapshot().Center.Trunks {
		condition := told[carrier.ID]
		shown := api.TrunkCondition{Trunk: string(carrier.ID), Health: string(condition.Health), Reason: condition.Reason}
		if !condition.Since.IsZero() {
			since := condition.Since.UTC()
			shown.Since = &since
		}
		all = append(all, shown)
	}
	return all
}
