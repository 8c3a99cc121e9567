package trunk

import "slices"

// RuleKind says what kind of rule adds trunks to a call's order.
type RuleKind string

const (
	ByRoute   RuleKind = "voice_route"  // a voice route
	ByOffer   RuleKind = "direct_offer" // every direct-offer trunk; for an emergency, that serves the country
	OfCountry RuleKind = "of_country"   // every trunk of the country and of no other
	Serving   RuleKind = "serving"      // every trunk that serves the country
	AnyTrunk  RuleKind = "any"          // every trunk there is
)

// Reason says why a rule counts for a call, or why it does not.
type Reason string

const (
	NamesNumber Reason = "names_number" // its pattern names the number, or a few and this is one
	IsMarked    Reason = "marked"       // it matches, and is marked emergency
	Matches     Reason = "matches"      // it matches an ordinary number
	Always      Reason = "always"       // it counts for every call
	TooWide     Reason = "too_wide"     // it matches, but names no emergency number and is not marked emergency
	NoMatch     Reason = "no_match"     // it does not match
	NotNeeded   Reason = "not_needed"   // a voice route has matched
)

// Counts reports whether a rule with this reason adds its trunks.
func (r Reason) Counts() bool {
	switch r {
	case NamesNumber, IsMarked, Matches, Always:
		return true
	case TooWide, NoMatch, NotNeeded:
	}
	return false
}

// Considered is one rule that was looked at for a call, and what came of it.
type Considered struct {
	Kind     RuleKind
	Route    RouteID // of a voice route
	Reason   Reason
	Trunks   []ID // that it adds if it counts; some may be in the order already
	AtRandom bool // it adds them as one turn
}

// ExplainEmergency returns every rule that is looked at for an emergency call, in order. EmergencyOrder is made of nothing else.
func (t Table) ExplainEmergency(sent, country string) []Considered {
	var rules []Considered
	for _, route := range t.routes {
		reason := NoMatch
		switch {
		case slices.Contains(route.named, sent):
			reason = NamesNumber
		case route.Emergency && route.matches.MatchString(sent):
			reason = IsMarked
		case route.matches.MatchString(sent):
			reason = TooWide
		}
		rules = append(rules, route.considered(reason))
	}
	serves := func(trunk Trunk) bool { return trunk.Serves(country) }
	return append(rules,
		Considered{Kind: ByOffer, Reason: Always, Trunks: t.those(func(trunk Trunk) bool { return trunk.Kind == DirectOffer && serves(trunk) })},
		Considered{Kind: OfCountry, Reason: Always, Trunks: t.those(func(trunk Trunk) bool { return trunk.Country == country })},
		Considered{Kind: Serving, Reason: Always, Trunks: t.those(serves)},
		Considered{Kind: AnyTrunk, Reason: Always, Trunks: t.those(func(Trunk) bool { return true })})
}

// ExplainOrdinary returns every rule that is looked at for an ordinary call, in order. OrdinaryOrder is made of nothing else.
func (t Table) ExplainOrdinary(number string) []Considered {
	var rules []Considered
	otherwise := Always
	for _, route := range t.routes {
		reason := NoMatch
		if route.matches.MatchString(number) {
			reason = Matches
			if len(route.Trunks) > 0 {
				otherwise = NotNeeded
			}
		}
		rules = append(rules, route.considered(reason))
	}
	return append(rules, Considered{Kind: ByOffer, Reason: otherwise, Trunks: t.those(func(trunk Trunk) bool { return trunk.Kind == DirectOffer })})
}

func (r route) considered(reason Reason) Considered {
	return Considered{Kind: ByRoute, Route: r.ID, Reason: reason, Trunks: r.Trunks, AtRandom: r.Choose == AtRandom}
}

// order returns the trunks of the rules that count, each once, without those that do not exist.
func (t Table) order(rules []Considered) Order {
	var order Order
	for _, rule := range rules {
		if !rule.Reason.Counts() {
			continue
		}
		added := t.added(order, rule.Trunks)
		if rule.AtRandom && len(added) > 0 {
			order = append(order, added)
			continue
		}
		order = append(order, InTurn(added)...)
	}
	return order
}

// added returns those of the trunks that exist and have no turn yet, each once.
func (t Table) added(order Order, trunks []ID) []ID {
	var added []ID
	for _, id := range trunks {
		if _, exists := t.Trunk(id); exists && !order.has(id) && !slices.Contains(added, id) {
			added = append(added, id)
		}
	}
	return added
}
