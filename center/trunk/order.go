package trunk

import (
	"cmp"
	"regexp"
	"regexp/syntax"
	"slices"
)

// Table is the trunks and the voice routes of a center, made ready so that a call only looks up. It is never changed.
type Table struct {
	trunks []Trunk
	routes []route
}

type route struct {
	VoiceRoute
	matches *regexp.Regexp
	named   []string // the strings that the pattern names, when it names a few and no others
}

// NewTable makes the table. A route whose pattern does not compile matches nothing; Check of the center says so beforehand.
func NewTable(trunks []Trunk, routes []VoiceRoute) Table {
	table := Table{trunks: slices.Clone(trunks)}
	for _, voice := range routes {
		if matches, err := regexp.Compile(voice.Pattern); err == nil {
			table.routes = append(table.routes, route{VoiceRoute: voice, matches: matches, named: Named(voice.Pattern)})
		}
	}
	slices.SortStableFunc(table.routes, func(a, b route) int { return cmp.Compare(a.Order, b.Order) })
	return table
}

// Trunk returns the trunk of that name.
func (t Table) Trunk(id ID) (Trunk, bool) {
	at := slices.IndexFunc(t.trunks, func(trunk Trunk) bool { return trunk.ID == id })
	if at < 0 {
		return Trunk{}, false
	}
	return t.trunks[at], true
}

// EmergencyOrder returns the trunks that an emergency call tries, in order and each once: those of the routes that name the number,
// then the direct-offer trunks, then any trunk of the country, then any trunk at all. A route that matches the number only because it
// matches everything does not count, unless it is marked emergency.
func (t Table) EmergencyOrder(sent, country string) Order {
	return t.order(t.ExplainEmergency(sent, country))
}

// Names reports whether a route names the number, or takes it because it is marked emergency.
func (t Table) Names(sent string) bool {
	return slices.ContainsFunc(t.routes, func(r route) bool { return r.takes(sent) })
}

func (r route) takes(sent string) bool {
	return slices.Contains(r.named, sent) || r.Emergency && r.matches.MatchString(sent)
}

// OrdinaryOrder returns the trunks that an ordinary call tries: those of the first routes that match, else the direct-offer ones.
func (t Table) OrdinaryOrder(number string) Order { return t.order(t.ExplainOrdinary(number)) }

// TestTrunks returns the trunks that have a test service.
func (t Table) TestTrunks() []ID {
	return t.those(func(trunk Trunk) bool { return trunk.TestNumber != "" || trunk.NG })
}

func (t Table) those(holds func(Trunk) bool) []ID {
	var ids []ID
	for _, trunk := range t.trunks {
		if holds(trunk) {
			ids = append(ids, trunk.ID)
		}
	}
	return ids
}

const (
	mostNamed  = 16 // how many strings a pattern may match and still be said to name each of them
	mostChosen = 4  // how many characters a class may have: more of them are a range, "[0-9]", in which no number is named
)

// Named returns the strings that the pattern matches when it is anchored at both ends, and spells out each of them; else nothing.
// "^(911|933)$", "^911$|^933$" and "^9(11|33)$" name two numbers; "^91\d$", "^911(\d+)?$" and ".*" name none, since they are made for more
// numbers than their author has thought of.
func Named(pattern string) []string {
	matches, err := regexp.Compile(pattern)
	if err != nil {
		return nil
	}
	tree, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return nil
	}
	tree = tree.Simplify()
	if !anchored(tree, syntax.OpBeginText) || !anchored(tree, syntax.OpEndText) {
		return nil
	}
	return slices.DeleteFunc(spelled(tree), func(one string) bool { return !matches.MatchString(one) })
}

// anchored reports whether whatever the expression matches stands at that end of the text.
func anchored(tree *syntax.Regexp, end syntax.Op) bool {
	at := func(one *syntax.Regexp) bool { return anchored(one, end) }
	switch tree.Op {
	case syntax.OpCapture:
		return at(tree.Sub[0])
	case syntax.OpConcat:
		return slices.ContainsFunc(tree.Sub, at)
	case syntax.OpAlternate:
		return !slices.ContainsFunc(tree.Sub, func(one *syntax.Regexp) bool { return !at(one) })
	default:
		return tree.Op == end
	}
}

// spelled returns every string that the expression can match, and perhaps some that it cannot; nil when they are too many.
func spelled(tree *syntax.Regexp) []string {
	switch tree.Op {
	case syntax.OpBeginText, syntax.OpEndText, syntax.OpEmptyMatch:
		return []string{""}
	case syntax.OpLiteral:
		return []string{string(tree.Rune)}
	case syntax.OpCharClass:
		return runes(tree.Rune)
	case syntax.OpCapture:
		return spelled(tree.Sub[0])
	case syntax.OpQuest:
		return alternatives([]*syntax.Regexp{{Op: syntax.OpEmptyMatch}, tree.Sub[0]})
	case syntax.OpAlternate:
		return alternatives(tree.Sub)
	case syntax.OpConcat:
		return product(tree.Sub)
	default:
		return nil
	}
}

func runes(ranges []rune) []string {
	var all []string
	for i := 0; i+1 < len(ranges); i += 2 {
		for r := ranges[i]; r <= ranges[i+1]; r++ {
			if len(all) == mostChosen {
				return nil
			}
			all = append(all, string(r))
		}
	}
	return all
}

func alternatives(trees []*syntax.Regexp) []string {
	var all []string
	for _, tree := range trees {
		one := spelled(tree)
		if one == nil {
			return nil
		}
		all = append(all, one...)
	}
	return few(all)
}

func product(trees []*syntax.Regexp) []string {
	all := []string{""}
	for _, tree := range trees {
		var longer []string
		for _, head := range all {
			for _, tail := range spelled(tree) {
				longer = append(longer, head+tail)
			}
		}
		if all = few(longer); all == nil {
			return nil
		}
	}
	return all
}

func few(all []string) []string {
	if len(all) > mostNamed {
		return nil
	}
	return all
}
