package engine_test

import (
	"bufio"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mayday/center"
	"mayday/center/emergency"
	"mayday/center/location"
	"mayday/center/mapping"
	"mayday/center/number"
	"mayday/center/rep"
	"mayday/center/trunk"
	"mayday/engine"
)

var update = flag.Bool("update", false, "write what the stories say now")

// TestStories tells every story in testdata: a line with a clock time is a command, the lines under it are what came of it.
func TestStories(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no stories: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			told := tell(t, string(want))
			if again := tell(t, string(want)); again != told {
				t.Errorf("told twice, the story differs:\n%s", cmp.Diff(told, again))
			}
			if *update {
				if err := os.WriteFile(file, []byte(told), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if told != string(want) {
				t.Errorf("the story goes otherwise (-written +told); if that is right, run the test with -update:\n%s", cmp.Diff(string(want), told))
			}
		})
	}
}

var clockLine = regexp.MustCompile(`^(\d\d:\d\d:\d\d(?:\.\d+)?) (.+)$`)

// teller replays a story on a state of its own.
type teller struct {
	t     *testing.T
	state *engine.State
	now   time.Time
	calls int
	out   strings.Builder

	center center.Center
}

func tell(t *testing.T, story string) string {
	t.Helper()
	tl := &teller{t: t, state: engine.NewState(engine.NewSnapshot(storyCenter()), 60*time.Minute), center: storyCenter()}
	lines := bufio.NewScanner(strings.NewReader(story))
	for lines.Scan() {
		line := lines.Text()
		switch match := clockLine.FindStringSubmatch(line); {
		case match != nil:
			tl.clock(match[1])
			fmt.Fprintln(&tl.out, line)
			tl.act(strings.Fields(match[2]))
		case line == "" || strings.HasPrefix(line, "#"):
			fmt.Fprintln(&tl.out, line)
		}
	}
	return tl.out.String()
}

// clock lets time pass until the line's, telling what falls due on the way.
func (tl *teller) clock(at string) {
	parsed, err := time.Parse("2006-01-02 15:04:05", "2026-03-02 "+at)
	if err != nil {
		tl.t.Fatalf("line %q: %v", at, err)
	}
	for {
		due := tl.state.NextDeadline()
		if due.IsZero() || due.After(parsed) {
			break
		}
		tl.now = due
		fmt.Fprintf(&tl.out, "  (%s)\n", due.Format("15:04:05"))
		tl.print(tl.state.Advance(due))
	}
	tl.now = parsed
}

func (tl *teller) act(words []string) {
	if words[0] == "ng" {
		tl.state.Step(tl.now, engine.Publish{Snapshot: engine.NewSnapshot(ngCenter())})
		return
	}
	if words[0] == "daily" { // drills begin by themselves every day; the word behind it draws their times
		tl.center.Organisation.DrillEveryDays = 1
		tl.print(tl.state.Step(tl.now, engine.Publish{Snapshot: engine.NewSnapshot(tl.center)}))
		tl.print(tl.state.Step(tl.now, engine.ScheduleDrills{Seed: words[1]}))
		return
	}
	if words[0] == "rules" {
		tl.state.Step(tl.now, engine.Publish{Snapshot: engine.NewSnapshot(rulesCenter())})
		return
	}
	if words[0] == "joins-ng" {
		tl.center = ngCenter()
	}
	if strings.HasPrefix(words[0], "joins") {
		tl.center.Sites[0].DeskJoins = location.Joining(words[1])
		for i := range tl.center.Reps {
			tl.center.Reps[i].CapacityProfiles = []rep.ProfileID{"voice"}
		}
		if len(words) > 2 {
			tl.center.Sites[0].EmergencyDesk = ""
		}
		tl.state.Step(tl.now, engine.Publish{Snapshot: engine.NewSnapshot(tl.center)})
		return
	}
	if words[0] == "view" {
		tl.printView(tl.state.View(rep.ID(words[1]), engine.TabID(words[2]), tl.now))
		return
	}
	tl.print(tl.state.Step(tl.now, tl.command(words)))
}

func (tl *teller) command(words []string) engine.Command {
	arg := func(n int) string {
		if n < len(words) {
			return words[n]
		}
		return ""
	}
	who, tab := rep.ID(arg(1)), engine.TabID(arg(2))
	on := arg(2) == "on"
	switch words[0] {
	case "attach":
		return engine.AttachTab{Rep: who, Tab: tab}
	case "detach":
		return engine.DetachTab{Rep: who, Tab: tab}
	case "dial":
		tl.calls++
		return engine.Dial{Rep: who, Tab: tab, Typed: strings.Join(words[3:], " "), Call: engine.CallID(fmt.Sprintf("c%d", tl.calls))}
	case "answer":
		return engine.Answer{Rep: who, Tab: tab, Call: engine.CallID(arg(3))}
	case "end":
		return engine.End{Rep: who, Call: engine.CallID(arg(2))}
	case "mute":
		return engine.Mute{Rep: who, On: on}
	case "hold":
		return engine.Hold{Rep: who, On: on}
	case "keypad":
		return engine.Keypad{Rep: who, Digits: arg(2)}
	case "drill":
		tl.calls++
		return engine.StartDrill{Drill: engine.CallID(fmt.Sprintf("c%d", tl.calls)), Trunk: trunk.ID(arg(1)), Site: location.SiteID(arg(2))}
	case "listen":
		return engine.ListenAt{URI: arg(1)}
	case "listen-in":
		return engine.ListenIn{Rep: who, Tab: tab, Call: engine.CallID(arg(3))}
	case "speak":
		return engine.SpeakAtDesk{Rep: who, On: on}
	case "leave":
		return engine.LeaveDesk{Rep: who}
	case "acknowledge":
		return engine.Acknowledge{Rep: who, Alert: engine.CallID(arg(2))}
	case "limits":
		var limits engine.Limits
		if _, err := fmt.Sscan(arg(1)+" "+arg(2), &limits.Concurrent, &limits.PerSecond); err != nil {
			tl.t.Fatal(err)
		}
		return engine.SetLimits{Limits: limits}
	case "trunk":
		return engine.ReportTrunk{Trunk: trunk.ID(arg(1)), Health: trunk.Health(arg(2)), Since: tl.now, Reason: strings.Join(words[3:], " ")}
	case "mapped":
		return tl.mapped(arg(1), arg(2))
	case "change":
		return tl.change(trunk.ID(arg(1)), words[2:])
	case "strain":
		return engine.ReportStrain{On: arg(1) == "on"}
	case "measured":
		var at location.Position
		if _, err := fmt.Sscan(arg(2)+" "+arg(3), &at.Latitude, &at.Longitude); err != nil {
			tl.t.Fatal(err)
		}
		return engine.ReportPosition{Rep: who, Position: at}
	case "confirm":
		if arg(2) == "home" {
			return engine.ConfirmPlace{Rep: who, Home: true}
		}
		return engine.ConfirmPlace{Rep: who, Site: location.SiteID(arg(2)), Floor: arg(3), Room: arg(4)}
	case "network", "told":
		return tl.network(who, words[0], arg(2), arg(3))
	case "dismiss":
		return engine.Dismiss{Rep: who}
	case "presence":
		return engine.ChoosePresence{Rep: who, Presence: rep.Presence(arg(2))}
	case "sound":
		return engine.ReportSound{Rep: who, Tab: tab, Connected: arg(3) == "up", Heard: arg(3) == "up"}
	case "position":
		return engine.ReportPosition{Rep: who, Seen: location.Sighting{Country: location.Country(arg(2)), Certain: arg(3) == "certain"}}
	case "microphone":
		return engine.ReportMicrophone{Rep: who, Tab: tab, Works: arg(3) == "works"}
	}
	return tl.legCommand(words[0], arg)
}

// network changes that of a rep, or tells a floor and a room in the building of the first site, or "at" a house of another street there.
func (tl *teller) network(who rep.ID, verb, floor, room string) engine.Command {
	if verb == "network" {
		return engine.ReportNetwork{Rep: who}
	}
	told := toldAt(tl.now, time.Hour)
	told.Civic.Floor, told.Civic.Room = floor, room
	if floor == "at" {
		told.Civic = location.Civic{HouseNumber: room, Street: "Elm St", City: "Springfield"}
	}
	return engine.ReportTold{Rep: who, Told: told}
}

// mapped tells for how long which emergency service looks after the first site.
func (tl *teller) mapped(uri, lasts string) engine.Command {
	life, err := time.ParseDuration(lasts)
	if err != nil {
		tl.t.Fatal(err)
	}
	q, _ := mapping.Of(location.At(tl.center.Sites[0], nil, tl.now))
	book := mapping.NewBook("https://lost.example/")
	book.Want(map[mapping.Question]bool{q: true}, tl.now)
	book.Answer(q, mapping.Mapping{URIs: []string{uri}, Expires: mapping.Expiry{Until: tl.now.Add(life)}}, tl.now, 0)
	return engine.ReportMappings{Book: book}
}

// change publishes the configuration with some words of a trunk put otherwise: "channels=2", "srtp=sdes", "keep_ordinary".
func (tl *teller) change(id trunk.ID, words []string) engine.Command {
	for i := range tl.center.Trunks {
		carrier := &tl.center.Trunks[i]
		for _, word := range words {
			name, value, _ := strings.Cut(word, "=")
			switch {
			case carrier.ID != id:
			case name == "channels":
				if _, err := fmt.Sscan(value, &carrier.Channels); err != nil {
					tl.t.Fatal(err)
				}
			case name == "srtp":
				carrier.SRTP = trunk.SRTP(value)
			case name == "ng":
				carrier.NG = true
			case name == "keep_ordinary":
				carrier.KeepOrdinary = true
			default:
				tl.t.Fatalf("no such word of a trunk: %s", name)
			}
		}
	}
	return engine.Publish{Snapshot: engine.NewSnapshot(tl.center)}
}

func (tl *teller) legCommand(verb string, arg func(int) string) engine.Command {
	leg := engine.LegID(arg(1))
	switch verb {
	case "trying":
		return engine.LegTrying{Leg: leg}
	case "ringing":
		return engine.LegRinging{Leg: leg}
	case "refer":
		return engine.LegReferred{Leg: leg, URI: arg(2)}
	case "answered":
		return engine.LegAnswered{Leg: leg, Says: strings.ReplaceAll(arg(2), "_", " ")}
	case "failed":
		status := 0
		if _, err := fmt.Sscan(arg(2), &status); err != nil {
			tl.t.Fatal(err)
		}
		return engine.LegFailed{Leg: leg, Status: status, Insecure: arg(3) == "insecure"}
	case "keyed":
		return engine.LegKeyed{Leg: leg, Key: arg(2)[0]}
	case "ended":
		return engine.LegEnded{Leg: leg}
	case "heard":
		packets, level := 0, 0
		if _, err := fmt.Sscan(arg(2)+" "+arg(3), &packets, &level); err != nil {
			tl.t.Fatal(err)
		}
		return engine.LegHeard{Leg: leg, Packets: uint64(packets), LevelDBov: level}
	case "callin":
		tl.calls++
		return engine.CallIn{Leg: leg, Called: []string{arg(2)}, Call: engine.CallID(fmt.Sprintf("c%d", tl.calls))}
	}
	tl.t.Fatalf("no such command: %s", verb)
	return nil
}

func (tl *teller) print(outcome engine.Outcome) {
	if outcome.Err != nil {
		fmt.Fprintf(&tl.out, "  refused: %v\n", outcome.Err)
		if outcome.Shed != "" {
			fmt.Fprintf(&tl.out, "  because: %s\n", outcome.Shed)
		}
	}
	for _, event := range outcome.Events {
		fmt.Fprintf(&tl.out, "  * %s\n", plain(event))
	}
	for _, effect := range outcome.Effects {
		fmt.Fprintf(&tl.out, "  > %s\n", plain(effect))
	}
}

var (
	instant  = regexp.MustCompile(`2026-03-02 (\d\d:\d\d:\d\d)(?:\.\d+)? \+0000 UTC`)
	noise    = regexp.MustCompile(` ?\w+:(?:0001-01-01 00:00:00 \+0000 UTC|\[\]|0|false)?(?:([ }])|$)`)
	noCivic  = regexp.MustCompile(` Network:false Country: Civic:\{(?:\w+: ?)*\}`)
	typeName = regexp.MustCompile(`engine\.`)
)

// plain writes an event or effect in one line, leaving out what is empty.
func plain(value any) string {
	if _, ok := value.(engine.SnapshotPublished); ok {
		return "SnapshotPublished"
	}
	text := typeName.ReplaceAllString(fmt.Sprintf("%T%s", value, told(reflect.ValueOf(value))), "")
	text = noCivic.ReplaceAllString(instant.ReplaceAllString(text, "$1"), "")
	for previous := ""; previous != text; {
		previous = text
		text = noise.ReplaceAllString(text, "$1")
	}
	return text
}

// told writes what %+v would, had the values of an emergency nothing to hide.
func told(v reflect.Value) string {
	switch v.Kind() {
	case reflect.Interface:
		if !v.IsNil() {
			return told(v.Elem())
		}
	case reflect.Struct:
		if n, ok := v.Interface().(emergency.Notice); ok && (len(n.Recipients) > 0 || n.Test || n.Escalated) {
			return fmt.Sprintf("[to %s test=%t escalated=%t failed=%t]", strings.Join(n.Recipients, ";"), n.Test, n.Escalated, n.Outcome == emergency.Failed)
		}
		if t := v.Type(); t != reflect.TypeFor[emergency.Lease]() && t.PkgPath() != reflect.TypeFor[engine.View]().PkgPath() {
			break
		}
		fields := make([]string, v.NumField())
		for i := range fields {
			fields[i] = v.Type().Field(i).Name + ":" + told(v.Field(i))
		}
		return "{" + strings.Join(fields, " ") + "}"
	}
	return fmt.Sprintf("%+v", v)
}

func (tl *teller) printView(v engine.View) {
	fmt.Fprintf(&tl.out, "  presence %s", v.Presence)
	if v.Locked {
		fmt.Fprint(&tl.out, " locked")
	}
	if c := v.Emergency; c != nil {
		fmt.Fprintf(&tl.out, "; emergency %s %s %s sound=%q callback=%s", c.ID, c.Phase, c.Number, c.Tab, c.CallbackNumber)
	}
	if c := v.Call; c != nil {
		fmt.Fprintf(&tl.out, "; call %s %s %s", c.ID, c.Phase, c.Number)
	}
	if v.Lease != nil {
		fmt.Fprintf(&tl.out, "; window %s until %s missed=%t", v.Lease.Number, v.Lease.Until.Format("15:04:05"), v.Lease.Missed)
	}
	for _, alert := range v.Alerts {
		fmt.Fprintf(&tl.out, "; alert %s %s at %s dialled %s failed=%t", alert.Call, alert.Rep, alert.Site, alert.Number, alert.Failed)
		if alert.Joins {
			fmt.Fprint(&tl.out, " may be listened to")
		}
	}
	for _, call := range v.Ongoing {
		fmt.Fprintf(&tl.out, "; %s of %s at %s goes on", call.Call, call.Rep, call.Site)
		if call.Joins {
			fmt.Fprint(&tl.out, " and may be listened to")
		}
	}
	if c := v.Emergency; c != nil && c.For != "" {
		fmt.Fprintf(&tl.out, "; for %s", c.For)
	}
	if c := v.Emergency; c != nil && c.Desk != nil {
		fmt.Fprintf(&tl.out, "; desk %s may_speak=%t", c.Desk.State, c.Desk.MaySpeak)
	}
	if l := v.Listening; l != nil {
		fmt.Fprintf(&tl.out, "; listens to %s of %s at %s in %s may_speak=%t speaks=%t", l.Call, l.Rep, l.Site, l.Tab, l.MaySpeak, l.Speaks)
	}
	fmt.Fprintln(&tl.out)
}

// ngCenter is the center of the stories with NG trunks.
func ngCenter() center.Center {
	c := storyCenter()
	for i := range c.Trunks {
		c.Trunks[i].NG, c.Trunks[i].Location = true, trunk.ByValue
	}
	c.Organisation.HELD = "https://held.example/"
	return c
}

// rulesCenter is the center of the stories in which rules say who else is told.
func rulesCenter() center.Center {
	c := storyCenter()
	c.Organisation.EmergencyContacts = "security@acme.example"
	c.Channels = []emergency.Channel{
		{ID: "pager", Kind: emergency.Webhook, URL: "https://pager.example/in"},
		{ID: "texts", Kind: emergency.SMS, URL: "https://texts.example/send", To: "+12175550177"},
	}
	c.Rules = []emergency.Rule{
		{ID: "everywhere", Tiers: []emergency.Tier{
			{EmergencyContacts: "leader@acme.example; SECURITY@acme.example"},
			{AfterS: 60, Channels: []emergency.ChannelID{"pager"}},
			{AfterS: 120, EmergencyContacts: "director@acme.example; leader@acme.example", Channels: []emergency.ChannelID{"pager", "texts"}},
		}},
		{ID: "leeds", Sites: []location.SiteID{"leeds"}, Tiers: []emergency.Tier{
			{Channels: []emergency.ChannelID{"texts"}},
			{AfterS: 60, EmergencyContacts: "leeds@acme.example"},
		}},
		{ID: "tests", Numbers: []string{"933"}, Sites: []location.SiteID{"hq"}, Tiers: []emergency.Tier{
			{EmergencyContacts: "tester@acme.example", Channels: []emergency.ChannelID{"pager"}},
			{AfterS: 30, EmergencyContacts: "nobody@acme.example"},
		}},
	}
	return c
}

func storyCenter() center.Center {
	return center.Center{
		Organisation: center.Organisation{Name: "Acme", Country: location.US},
		Sites: []location.Site{
			{ID: "hq", Name: "Headquarters", Country: location.US, EmergencyDesk: "+12175550199", Civic: location.Civic{HouseNumber: "1", Street: "Main St", City: "Springfield"}},
			{ID: "leeds", Name: "Leeds", Country: location.GB, StaticNumber: "+441135550100"},
			{ID: "aarhus", Name: "Aarhus", Country: location.DK},
		},
		Trunks: []trunk.Trunk{
			{ID: "provider", Kind: trunk.DirectOffer, URI: "sip:127.0.0.1:5080"},
			{ID: "carrier", Kind: trunk.DirectRouting, URI: "sip:127.0.0.1:5090", TestNumber: "933"},
		},
		Numbers: []number.Number{
			{E164: "+12175550101", Kind: number.DirectOffer, Use: number.EmergencyCallback, Site: "hq"},
			{E164: "+12175550102", Kind: number.DirectOffer, Use: number.EmergencyCallback, Site: "hq"},
			{E164: "+12175550100", Kind: number.DirectOffer, Use: number.Shared},
		},
		VoiceRoutes: []trunk.VoiceRoute{
			{ID: "all", Order: 1, Pattern: ".*", Trunks: []trunk.ID{"carrier"}},
		},
		Presences:        []rep.CustomPresence{{ID: "lunch", Name: "Lunch", Base: rep.Away}},
		CapacityProfiles: []rep.CapacityProfile{{ID: "voice", Name: "Voice", Limit: 1}},
		OutboundProfiles: []rep.OutboundProfile{{ID: "out", Name: "Out", Number: "+12175550100", CapacityProfiles: []rep.ProfileID{"voice"}}},
		Reps: []rep.Rep{
			{ID: "alice", Name: "Alice Doe", Site: "hq", Mobile: "+12175550188", CapacityProfiles: []rep.ProfileID{"voice"}},
			{ID: "bob", Name: "Bob Roe", Site: "hq", CapacityProfiles: []rep.ProfileID{"voice"}},
			{ID: "carl", Name: "Carl Poe", Site: "leeds"},
			{ID: "sam", Name: "Sam Park", Site: "hq", Roles: []rep.Role{rep.Supervisor}},
			{ID: "dora", Name: "Dora Moe", Site: "aarhus"},
			{ID: "gus", Name: "Gus Hale", Site: "hq", Roles: []rep.Role{rep.Desk}},
			{ID: "lena", Name: "Lena Fox", Site: "leeds", Roles: []rep.Role{rep.Desk}},
		},
	}
}
