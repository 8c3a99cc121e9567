package sipcall_test

import (
	"cmp"
	"slices"
	"strings"
)

// This file says what a call has to become, from docs/emergency-cycle.md and what is said of each country, in words of its own: it calls
// nothing of what is tested, and shares no table with it.

// countries are those that the table is made for, each with another one that somebody may come from, or be near.
var countries = []struct{ code, other string }{{"US", "GB"}, {"CA", "US"}, {"PR", "US"}, {"GB", "DK"}, {"DK", "GB"}}

// ownStrings reach the emergency service of a country; every mask is sent as the first.
var ownStrings = map[string][]string{"US": {"911"}, "CA": {"911"}, "PR": {"911"}, "GB": {"999", "112"}, "DK": {"112"}}

// testStrings reach the carriers' test service.
var testStrings = map[string]string{"US": "933", "CA": "933", "PR": "933"}

// knownEverywhere are strings that people dial for help out of habit, wherever they are.
var knownEverywhere = []string{"911", "112", "999", "000"}

// typedString is what somebody types, and what is left of it when it is cleaned.
type typedString struct{ typed, cleaned string }

// typedStrings are tried in every country.
var typedStrings = []typedString{
	{"911", "911"}, {"112", "112"}, {"999", "999"}, {"000", "000"}, {"9 1 1", "911"}, {"tel:112", "112"}, {"9-9-9", "999"}, {"(112)", "112"},
	{"9911", "9911"}, {"9112", "9112"}, {"9999", "9999"}, {"9000", "9000"}, {"933", "933"}, {"9933", "9933"},
	{"+911", "+911"}, {"+112", "+112"}, {"1911", "1911"}, {"9111", "9111"}, {"11", "11"},
	{"988", "988"}, {"18000", "18000"}, {"101", "101"}, {"111", "111"}, {"114", "114"}, {"119", "119"},
}

// meaning is what a string is for somebody: a call for help, a test, or any other call.
type meaning struct{ kind, sent string }

const (
	help     = "emergency"
	aTest    = "test"
	anything = "ordinary"
)

// meaningOf says what a cleaned string is for somebody who is taken to be in the first country and may be in any of them.
func meaningOf(cleaned string, may []string) meaning {
	here := ownStrings[may[0]]
	if slices.Contains(here, cleaned) {
		return meaning{help, cleaned}
	}
	if behind, nine := strings.CutPrefix(cleaned, "9"); nine && slices.Contains(here, behind) {
		return meaning{help, behind}
	}
	if slices.Contains(knownEverywhere, cleaned) {
		return meaning{help, here[0]}
	}
	for _, country := range may[1:] {
		behind, nine := strings.CutPrefix(cleaned, "9")
		if slices.Contains(ownStrings[country], cleaned) || nine && slices.Contains(ownStrings[country], behind) {
			return meaning{help, here[0]}
		}
	}
	for _, country := range may {
		if testStrings[country] == cleaned {
			return meaning{aTest, cleaned}
		}
	}
	return meaning{anything, cleaned}
}

// source is from where it is known where a rep is: what of it decides the country, and what the call says of the place.
type source struct {
	name string
	// abroad: the rep's site is in the other country, and the rep is known to be in this one.
	abroad bool
	// may: the other country's strings count too.
	mayOther bool
	// told is the place as the call carries it, in order; %H is the country that the call goes by, %S the one of the rep's site.
	told []string
}

const (
	atSite       = "site"
	measuredHere = "measured here"
	longAgo      = "measured 13 h ago"
	seenAbroad   = "measured abroad"
	nearBorder   = "measured near a border"
	atHome       = "home abroad, confirmed"
	nobodyKnows  = "organisation alone"
	toldAbroad   = "told abroad by the network"
	toldAlone    = "position abroad told by the network"
	saidSince    = "told abroad by the network, site confirmed since"
)

var sources = []source{
	{atSite, false, false, []string{"address in %S", "site's position"}},
	{measuredHere, false, false, []string{"measured position", "address in %S"}},
	{longAgo, false, false, []string{"address in %S", "measured position"}},
	{seenAbroad, true, true, []string{"measured position", "address in %S"}},
	{nearBorder, false, true, []string{"measured position", "address in %S"}},
	{atHome, true, true, []string{"address in %H"}},
	{nobodyKnows, false, false, nil},
	{toldAbroad, true, true, []string{"address in %H", "network's position"}},
	{toldAlone, true, true, []string{"network's position", "address in %S"}},
	{saidSince, false, true, []string{"address in %S", "site's position"}},
}

// peer is a trunk as the rules see it.
type peer struct {
	name     string
	offer    bool   // direct offer; else direct routing
	serves   string // a country; empty: all
	ng       bool
	conveys  string // "value", "reference" or "none"
	hasTests string // number of its test service
}

// world is the trunks and routes of a center. HERE stands for the country that the call goes by, ELSE for the other one.
type world struct {
	name      string
	trunks    []peer
	route     string   // what the only voice route matches, as it is written in a center file; empty: there is none
	marked    bool     // the route is marked emergency
	takesHelp bool     // it names emergency numbers, or is marked
	leads     []string // trunks of the route
	takesAll  bool     // it matches every ordinary number
}

var (
	provider     = peer{name: "provider", offer: true, conveys: "value", hasTests: "933"}
	plainCarrier = peer{name: "carrier", conveys: "none"}
)

var worlds = []world{
	{name: "provider alone", trunks: []peer{provider}},
	{name: "carrier named for the numbers", trunks: []peer{provider, plainCarrier}, route: `^(911|112|999)$`, takesHelp: true, leads: []string{"carrier"}},
	{name: "carrier behind a catch-all", trunks: []peer{provider, plainCarrier}, route: `.*`, leads: []string{"carrier"}, takesAll: true},
	{name: "carrier marked emergency", trunks: []peer{provider, plainCarrier}, route: `.*`, marked: true, takesHelp: true, leads: []string{"carrier"}, takesAll: true},
	{name: "carriers of two countries", trunks: []peer{
		{name: "abroad", serves: "ELSE", conveys: "none"}, plainCarrier, {name: "local", serves: "HERE", conveys: "none"},
	}},
	{name: "NG service of the country", trunks: []peer{
		{name: "abroad", offer: true, serves: "ELSE", conveys: "value"}, plainCarrier, {name: "psap", serves: "HERE", ng: true, conveys: "value"},
	}},
	{name: "NG service by reference", trunks: []peer{provider, {name: "psap", ng: true, conveys: "reference"}}, route: `^(911|112|999)$`, takesHelp: true, leads: []string{"psap"}},
}

// wayOf returns the trunks that a call tries, in order.
func wayOf(w world, m meaning) []string {
	var order []string
	add := func(wanted func(peer) bool) {
		for _, p := range w.trunks {
			if wanted(p) && !slices.Contains(order, p.name) {
				order = append(order, p.name)
			}
		}
	}
	onRoute := func(p peer) bool { return slices.Contains(w.leads, p.name) }
	here := func(p peer) bool { return p.serves == "" || p.serves == "HERE" }
	switch {
	case m.kind == aTest:
		add(func(p peer) bool { return p.hasTests != "" || p.ng })
		order = append(order, "this-node")
	case m.kind == anything && w.takesAll:
		add(onRoute)
	case m.kind == anything:
		add(func(p peer) bool { return p.offer })
	default:
		if w.takesHelp {
			add(onRoute)
		}
		add(func(p peer) bool { return p.offer && here(p) })
		add(func(p peer) bool { return p.serves == "HERE" })
		add(here)
		add(func(peer) bool { return true })
	}
	return order
}

// askedOf returns whom a trunk is asked for.
func askedOf(w world, name string, m meaning) string {
	for _, p := range w.trunks {
		switch {
		case p.name != name:
		case p.ng && m.kind == help:
			return "urn:service:sos"
		case p.ng && m.kind == aTest:
			return "urn:service:test.sos"
		case m.kind == aTest:
			return "sip:" + p.hasTests + "@" + name + ".example"
		default:
			return "sip:" + m.sent + "@" + name + ".example"
		}
	}
	return "sip:mayday-test@127.0.0.1:5060" // the service inside
}

// bodyOf returns what a trunk is told beside the sound.
func bodyOf(w world, name string, m meaning, s source, here, site string) string {
	body := []string{"sound"}
	for _, p := range w.trunks {
		if p.name != name || m.kind != help {
			continue
		}
		for _, told := range s.told {
			told = strings.NewReplacer("%H", here, "%S", site).Replace(told)
			switch p.conveys {
			case "value":
				body = append(body, told)
			case "reference":
				body = append(body, told+" by reference")
			}
		}
		if p.ng {
			body = append(body, "caller's data")
		}
	}
	return strings.Join(body, ", ")
}

// holding is which number stands for a rep.
type holding struct {
	name     string
	callback string // what an emergency call shows; "pool" is the number of the rep's site
	ordinary string // what any other call shows; empty: it is refused
}

const (
	ownNumber    = "+12175550150" // lent by an outbound profile
	staticNumber = "+12175550177" // of the site
)

var holdings = []holding{
	{"pool number, direct offer", "pool", ownNumber},
	{"pool number, direct routing", "pool", ownNumber},
	{"no pool, static number", staticNumber, ownNumber},
	{"no pool, lent number", ownNumber, ownNumber},
	{"no number at all", "anonymous", ""},
	{"pool number, none lent", "pool", ""},
	{"static number, none lent", staticNumber, ""},
}

// poolNumbers are the call-back numbers of a site in each country.
var poolNumbers = map[string]string{
	"US": "+12175550101", "CA": "+14165550101", "PR": "+17875550101", "GB": "+442079460101", "DK": "+4589550101",
}

// callerOf returns what a call shows: the number of the rep's site before that of the country, and who has no site has no static number. A
// test shows what an emergency call would where nobody has lent a number for it.
func callerOf(h holding, m meaning, s source, here, site string) string {
	switch {
	case m.kind != help && (m.kind != aTest || h.ordinary != ""):
		return h.ordinary
	case h.callback == "pool" && s.name == nobodyKnows:
		return poolNumbers[here]
	case h.callback == "pool":
		return poolNumbers[site]
	case h.callback == staticNumber && s.name == nobodyKnows:
		return cmp.Or(h.ordinary, "anonymous")
	}
	return h.callback
}
