package app

import (
	"cmp"
	"context"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"mayday/center"
	"mayday/center/emergency"
	"mayday/center/location"
	"mayday/center/mapping"
	"mayday/center/number"
	"mayday/center/rep"
	"mayday/center/trunk"
	"mayday/engine"
	"mayday/web"
	"mayday/web/api"
)

// overview looks at everybody, and at the whole dial plan.
type overview struct {
	node *Node

	linting sync.Mutex // one check at a time; guards what follows
	linted  *engine.Snapshot
	found   []api.Finding
}

// Readiness implements web.Overview.
func (o *overview) Readiness(ctx context.Context, only web.ReadinessQuery) (api.ReadinessMatrix, error) {
	snapshot := o.node.engine.Snapshot()
	people := overseen(snapshot, only)
	found, err := o.node.engine.Survey(ctx, people)
	if err != nil {
		return api.ReadinessMatrix{}, err
	}
	matrix := api.ReadinessMatrix{Sites: bySite(snapshot, found)}
	text := strings.ToLower(only.Text)
	causes := make(map[engine.Cause]int)
	var wanted []engine.Readiness
	for _, r := range found {
		if only.Site != "" && string(r.Site) != only.Site || !strings.Contains(strings.ToLower(r.Name+"\n"+string(r.Rep)), text) {
			continue
		}
		for _, cause := range r.Causes {
			causes[cause]++
		}
		if (only.Cause == "" || slices.Contains(r.Causes, engine.Cause(only.Cause))) && (only.Colour == "" || string(r.Colour()) == only.Colour) {
			wanted = append(wanted, r)
		}
	}
	for _, cause := range engine.Causes() {
		matrix.Causes = append(matrix.Causes, api.CauseCount{Cause: string(cause), Colour: api.Colour(engine.ColourOf([]engine.Cause{cause})), Reps: causes[cause]})
	}
	matrix.Total = len(wanted)
	slices.SortStableFunc(wanted, func(a, b engine.Readiness) int { return cmp.Compare(worst(a), worst(b)) })
	for _, r := range pageOf(wanted, only.Offset, only.Limit) {
		matrix.Rows = append(matrix.Rows, readinessOf(snapshot, r))
	}
	return matrix, nil
}

// overseen returns those who may be seen.
func overseen(snapshot *engine.Snapshot, only web.ReadinessQuery) []rep.ID {
	var all []rep.ID
	for i := range snapshot.Center.Reps {
		person := &snapshot.Center.Reps[i]
		if (only.Rep == "" || string(person.ID) == only.Rep) && (only.Within == nil || slices.Contains(only.Within, string(person.Site))) {
			all = append(all, person.ID)
		}
	}
	return all
}

func pageOf(all []engine.Readiness, offset, limit int) []engine.Readiness {
	all = all[min(offset, len(all)):]
	if limit > 0 {
		all = all[:min(limit, len(all))]
	}
	return all
}

func worst(r engine.Readiness) int { return slices.Index(engine.Colours(), r.Colour()) }

// bySite counts the people of each site, in the order of the center.
func bySite(snapshot *engine.Snapshot, found []engine.Readiness) []api.SiteReadiness {
	at := make(map[location.SiteID]*api.SiteReadiness)
	for _, r := range found {
		if at[r.Site] == nil {
			at[r.Site] = &api.SiteReadiness{Site: string(r.Site)}
		}
		switch r.Colour() {
		case engine.Red:
			at[r.Site].Red++
		case engine.Amber:
			at[r.Site].Amber++
		case engine.Green:
			at[r.Site].Green++
		}
	}
	var all []api.SiteReadiness
	for _, site := range snapshot.Center.Sites {
		if counted := at[site.ID]; counted != nil {
			counted.Name = cmp.Or(site.Name, string(site.ID))
			all = append(all, *counted)
		}
	}
	if nowhere := at[""]; nowhere != nil {
		all = append(all, *nowhere)
	}
	return all
}

func readinessOf(snapshot *engine.Snapshot, r engine.Readiness) api.RepReadiness {
	person, _ := snapshot.Rep(r.Rep)
	told := r.Told
	if told == nil {
		told = []string{}
	}
	return api.RepReadiness{
		Rep: string(r.Rep), Name: cmp.Or(r.Name, string(r.Rep)), Email: person.Email, Site: string(r.Site), Colour: api.Colour(r.Colour()), Causes: causeNames(r.Causes),
		Country: string(r.Place.Country), Number: r.Number.String(), Turns: turns(r.Order), CallerID: string(r.CallerID), Place: placeLines(r.Place),
		ConfirmedAt: moment(r.Said.UTC()), Told: told, Sender: r.Sender, Service: mappedService(r), Network: networkPlace(r.Network), Drill: lastDrill(r.Drill),
	}
}

// lastDrill returns how a drill went; nil where there was none.
func lastDrill(r emergency.DrillResult) *api.LastDrill {
	if r.At.IsZero() {
		return nil
	}
	return &api.LastDrill{Trunk: string(r.Way.Trunk), At: r.At.UTC(), Passed: r.Passed}
}

// mappedService returns what is known of the emergency service for a place; nil where nobody is asked.
func mappedService(r engine.Readiness) *api.MappedService {
	m := r.Mapped
	if !m.Asked {
		return nil
	}
	return &api.MappedService{
		Standing: m.Standing.String(), URI: r.Route, Number: m.Mapping.Number, Name: m.Mapping.Name, ExpiresAt: moment(m.Mapping.Expires.Until),
		Invalid: m.Mapping.Validation.Invalid, Unchecked: m.Mapping.Validation.Unchecked, Refused: m.Refused,
		AwaySince: moment(m.AwaySince.UTC()), Away: m.AwayReason,
	}
}

// networkPlace returns what is known of where a network is; nil where nobody is asked.
func networkPlace(n engine.Network) *api.NetworkPlace {
	if !n.Asked {
		return nil
	}
	standing := mapping.Valid
	switch {
	case !n.Told.Given():
		standing = mapping.Unknown
	case n.Expired:
		standing = mapping.Expired
	}
	shown := &api.NetworkPlace{
		Standing: standing.String(), Used: n.Used, Positioned: n.Told.Position != nil, Method: n.Told.Method, ToldAt: moment(n.Told.At.UTC()),
		ExpiresAt: moment(n.Told.Until.UTC()), Refused: n.Refused, AwaySince: moment(n.AwaySince.UTC()), Away: n.AwayReason,
	}
	if !n.Told.Civic.Empty() {
		shown.Place = n.Told.Lines()
	}
	return shown
}

func causeNames(causes []engine.Cause) []string {
	all := make([]string, len(causes))
	for i, cause := range causes {
		all[i] = string(cause)
	}
	return all
}

// Findings implements web.Overview. A center is looked at once, however often it is asked about.
func (o *overview) Findings() []api.Finding {
	o.linting.Lock()
	defer o.linting.Unlock()
	if snapshot := o.node.engine.Snapshot(); snapshot != o.linted {
		o.linted, o.found = snapshot, findings(snapshot.Center)
	}
	return o.found
}

// findings returns what the linter has to say, the worst first.
func findings(c center.Center) []api.Finding {
	all := center.Lint(c)
	slices.SortStableFunc(all, func(a, b center.Finding) int { return cmp.Compare(badness(a.Level), badness(b.Level)) })
	shown := make([]api.Finding, len(all))
	for i, f := range all {
		shown[i] = api.Finding{Level: string(f.Level), Path: f.Path, Reason: f.Reason}
		shown[i].Part, shown[i].ID = where(c, f.Path)
	}
	return shown
}

func badness(level center.Level) int {
	return slices.Index([]center.Level{center.Clash, center.Warning, center.Note}, level)
}

var pathOf = regexp.MustCompile(`^(\w+)(?:\[(\d+)\])?`)

// where returns the list of the center and the item in it to which a path leads: "voice_routes[0].pattern" to the first voice route.
func where(c center.Center, path string) (part, id string) {
	found := pathOf.FindStringSubmatch(path)
	if found == nil {
		return path, ""
	}
	at, err := strconv.Atoi(found[2])
	if err != nil {
		return found[1], ""
	}
	switch found[1] {
	case "sites":
		id = nth(c.Sites, at, func(s location.Site) string { return string(s.ID) })
	case "trunks":
		id = nth(c.Trunks, at, func(t trunk.Trunk) string { return string(t.ID) })
	case "voice_routes":
		id = nth(c.VoiceRoutes, at, func(r trunk.VoiceRoute) string { return string(r.ID) })
	case "numbers":
		id = nth(c.Numbers, at, func(n number.Number) string { return string(n.E164) })
	}
	return found[1], id
}

func nth[Item any](list []Item, at int, id func(Item) string) string {
	if at >= len(list) {
		return ""
	}
	return id(list[at])
}
