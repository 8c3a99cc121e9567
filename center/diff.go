package center

import (
	"fmt"
	"reflect"
	"strings"

	"mayday/center/emergency"
	"mayday/center/location"
	"mayday/center/number"
	"mayday/center/queue"
	"mayday/center/rep"
	"mayday/center/trunk"
)

// Kind says what happened to a part of a center.
type Kind string

const (
	Added   Kind = "added"
	Changed Kind = "changed"
	Removed Kind = "removed"
)

// Change is one difference between two centers. It holds no secret, so that it can be printed and kept.
type Change struct {
	Kind   Kind
	What   string   // "rep", "voice route", in the words of the glossary
	ID     string   // empty for the organisation, the template, and the order of a list
	Fields []string // of what changed, by their names in a center file; "order" for a list whose items stand otherwise
	Values []Value  // before and after: of each field that changed, or of the whole that was added or removed
}

// String returns the change as a line for an operator: `changed rep alice: email, roles`.
func (c Change) String() string {
	line := fmt.Sprintf("%s %s", c.Kind, c.What)
	if c.ID != "" {
		line += " " + c.ID
	}
	if len(c.Fields) > 0 {
		line += ": " + strings.Join(c.Fields, ", ")
	}
	return line
}

// Diff returns what makes the new center out of the old one, in the order of a center file; nothing if they are equal.
// A list that is empty and one that is left out are equal.
func Diff(old, new Center) []Change {
	changes := diffOne("organisation", old.Organisation, new.Organisation)
	changes = append(changes, diffList("site", old.Sites, new.Sites, func(s location.Site) string { return string(s.ID) })...)
	changes = append(changes, diffList("trunk", old.Trunks, new.Trunks, func(t trunk.Trunk) string { return string(t.ID) })...)
	changes = append(changes, diffList("number", old.Numbers, new.Numbers, func(n number.Number) string { return string(n.E164) })...)
	changes = append(changes, diffList("voice route", old.VoiceRoutes, new.VoiceRoutes, func(r trunk.VoiceRoute) string { return string(r.ID) })...)
	changes = append(changes, diffList("presence", old.Presences, new.Presences, func(p rep.CustomPresence) string { return string(p.ID) })...)
	changes = append(changes, diffList("capacity profile", old.CapacityProfiles, new.CapacityProfiles, func(p rep.CapacityProfile) string { return string(p.ID) })...)
	changes = append(changes, diffList("outbound profile", old.OutboundProfiles, new.OutboundProfiles, func(p rep.OutboundProfile) string { return string(p.ID) })...)
	changes = append(changes, diffList("queue", old.Queues, new.Queues, func(q queue.Queue) string { return string(q.ID) })...)
	changes = append(changes, diffList("workstream", old.Workstreams, new.Workstreams, func(w queue.Workstream) string { return string(w.ID) })...)
	changes = append(changes, diffList("rep", old.Reps, new.Reps, func(r rep.Rep) string { return string(r.ID) })...)
	changes = append(changes, diffList("channel", old.Channels, new.Channels, func(c emergency.Channel) string { return string(c.ID) })...)
	changes = append(changes, diffList("notification rule", old.Rules, new.Rules, func(r emergency.Rule) string { return string(r.ID) })...)
	changes = append(changes, diffOne("template", old.Template, new.Template)...)
	return append(changes, diffList("translation", old.Translations, new.Translations, func(t emergency.Translation) string { return string(t.Language) })...)
}

func diffOne[Item any](what string, old, new Item) []Change {
	if fields, values := differing(old, new); len(fields) > 0 {
		return []Change{{Kind: Changed, What: what, Fields: fields, Values: values}}
	}
	return nil
}

// diffList compares two lists by the ids of their items: first what went, then what is new or different, then the order of what stayed.
func diffList[Item any](what string, old, new []Item, id func(Item) string) []Change {
	before, after := map[string]int{}, map[string]int{}
	for i, item := range old {
		before[id(item)] = i
	}
	for i, item := range new {
		after[id(item)] = i
	}
	var changes []Change
	for _, item := range old {
		if _, stayed := after[id(item)]; !stayed {
			changes = append(changes, Change{Kind: Removed, What: what, ID: id(item), Values: []Value{{Before: shown("", item)}}})
		}
	}
	last, moved := -1, false
	for _, item := range new {
		was, stayed := before[id(item)]
		if !stayed {
			changes = append(changes, Change{Kind: Added, What: what, ID: id(item), Values: []Value{{After: shown("", item)}}})
			continue
		}
		moved, last = moved || was < last, was
		if fields, values := differing(old[was], item); len(fields) > 0 {
			changes = append(changes, Change{Kind: Changed, What: what, ID: id(item), Fields: fields, Values: values})
		}
	}
	if moved {
		changes = append(changes, Change{Kind: Changed, What: what, Fields: []string{"order"}})
	}
	return changes
}

// differing returns the names of the fields in which two values of one struct type differ, and what they were and are.
func differing(old, new any) (fields []string, values []Value) {
	a, b := reflect.ValueOf(old), reflect.ValueOf(new)
	for _, field := range reflect.VisibleFields(a.Type()) {
		name, was, is := fieldName(field), a.FieldByIndex(field.Index), b.FieldByIndex(field.Index)
		if name == "" || same(was, is) {
			continue
		}
		fields = append(fields, name)
		values = append(values, Value{Field: name, Before: shown(name, was.Interface()), After: shown(name, is.Interface())})
	}
	return fields, values
}

func same(a, b reflect.Value) bool {
	if a.Kind() == reflect.Slice && a.Len() == 0 && b.Len() == 0 {
		return true
	}
	return reflect.DeepEqual(a.Interface(), b.Interface())
}
