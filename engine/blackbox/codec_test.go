package blackbox_test

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mayday/center"
	"mayday/center/emergency"
	"mayday/center/location"
	"mayday/center/number"
	"mayday/center/queue"
	"mayday/center/rep"
	"mayday/center/trunk"
	"mayday/engine/blackbox"
)

// sample is a center in which every kind of field is set and nothing is wrong.
func sample() center.Center {
	return center.Center{
		Organisation: center.Organisation{Name: "Acme", Country: "US", TimeZone: "America/Chicago", MailSender: "mayday@acme.example"},
		Sites: []location.Site{
			{ID: "hq", Name: "Headquarters", Country: "US", Civic: location.Civic{HouseNumber: "1", Street: "Main St", City: "Springfield", Floor: "4"},
				Position: &location.Position{Latitude: 39.8, Longitude: -89.64, RadiusM: 30}},
			{ID: "aarhus", Name: "Aarhus", Country: "DK", Position: &location.Position{}},
		},
		Trunks: []trunk.Trunk{
			{ID: "provider", Kind: trunk.DirectOffer, URI: "sip:127.0.0.1:5080;transport=udp", Channels: 100},
			{ID: "carrier", Kind: trunk.DirectRouting, URI: "sip:127.0.0.1:5090", Username: "acme", Password: "wordpass"},
		},
		Numbers: []number.Number{
			{E164: "+12175550101", Kind: number.DirectOffer, Use: number.EmergencyCallback, Site: "hq"},
			{E164: "+12175550103", Kind: number.DirectOffer, Use: number.EmergencyCallback, Site: "hq"},
			{E164: "+12175550100", Kind: number.DirectOffer, Use: number.Shared, Workstream: "sales"},
		},
		VoiceRoutes:      []trunk.VoiceRoute{{ID: "national", Order: -10, Pattern: `^\+1[2-9]\d{9}$`, Trunks: []trunk.ID{"carrier", "provider"}}},
		Presences:        []rep.CustomPresence{{ID: "lunch", Name: "Lunch", Base: rep.Away}},
		CapacityProfiles: []rep.CapacityProfile{{ID: "voice", Name: "Voice", Limit: 1, Blocking: true}},
		OutboundProfiles: []rep.OutboundProfile{{ID: "out", Name: "Sales", Number: "+12175550100", CapacityProfiles: []rep.ProfileID{"voice"}}},
		Queues:           []queue.Queue{{ID: "sales", Name: "Sales", Members: []rep.ID{"alice"}}},
		Workstreams:      []queue.Workstream{{ID: "sales", Name: "Sales", Queue: "sales", CapacityProfile: "voice"}},
		Reps: []rep.Rep{
			{ID: "alice", Name: "Alice Doe", Site: "hq", Roles: []rep.Role{rep.Agent}, CapacityProfiles: []rep.ProfileID{"voice"}, Email: "alice@acme.example", MailboxEnabled: true},
			{ID: "ada", Name: "Ada", Roles: []rep.Role{rep.Agent, rep.Administrator}},
		},
		Template: emergency.Template{Subject: "Emergency call", Body: "One\nTwo\n"},
	}
}

// large is a center of that many reps, each with a number of its own.
func large(reps int) center.Center {
	c := sample()
	c.Queues[0].Members = nil
	c.Reps, c.Numbers = nil, c.Numbers[:3:3]
	for i := range reps {
		id := rep.ID(fmt.Sprintf("rep%05d", i))
		c.Reps = append(c.Reps, rep.Rep{ID: id, Name: fmt.Sprintf("Rep Number %d", i), Email: fmt.Sprintf("rep%05d@acme.example", i), Site: "hq",
			Roles: []rep.Role{rep.Agent}, CapacityProfiles: []rep.ProfileID{"voice"}, EmergencyContacts: "boss@acme.example; guard@acme.example",
			MailboxEnabled: true, Mobile: "+12175550188",
			PasswordHash: "$argon2id$v=19$m=65536,t=3,p=1$c2FsdHNhbHRzYWx0c2FsdA$aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNoaGFzaGhhc2g"})
		c.Numbers = append(c.Numbers, number.Number{E164: number.E164(fmt.Sprintf("+1312%07d", i)), Kind: number.DirectOffer, Use: number.Personal, Rep: string(id)})
	}
	return c
}

func TestCenterComesBackAsItWasWritten(t *testing.T) {
	was := sample()
	was.Sites[0].Position.At = time.Date(2026, 3, 1, 12, 0, 0, 5, time.UTC)
	var got center.Center
	if err := blackbox.Decode(string(blackbox.Encode(was)), &got); err != nil {
		t.Fatalf("a center that was just written: %v", err)
	}
	if diff := cmp.Diff(was, got); diff != "" {
		t.Errorf("a center written and read (-written +read):\n%s", diff)
	}
}

func TestNewerProgramReadsWhatItKnows(t *testing.T) {
	type inner struct{ Kept, Gone string }
	type older struct {
		Name  string
		Gone  []inner
		Lost  *inner
		Turns string
		Score float64
		Items []inner
		When  time.Time
		Flag  bool
		Order int
	}
	type innerNow struct{ Added, Kept string }
	type newer struct {
		Order int
		Added []string
		Name  string
		Turns int // was text: left out
		Items []innerNow
		When  *innerNow // was a time: left out
		Score float64
	}
	was := older{Name: "n", Gone: []inner{{"a", "b"}, {}}, Lost: &inner{Kept: "x"}, Turns: "7", Score: math.Inf(1), Items: []inner{{"k", "g"}}, When: time.Unix(1, 2), Flag: true, Order: -3}
	var now newer
	if err := blackbox.Decode(string(blackbox.Encode(was)), &now); err != nil {
		t.Fatalf("a value of an older program: %v", err)
	}
	want := newer{Order: -3, Name: "n", Items: []innerNow{{Kept: "k"}}, Score: math.Inf(1)}
	if diff := cmp.Diff(want, now); diff != "" {
		t.Errorf("a value of an older program (-want +got):\n%s", diff)
	}
}

func TestCutContentIsRefused(t *testing.T) {
	whole := string(blackbox.Encode(sample()))
	for cut := range len(whole) {
		var got center.Center
		if blackbox.Decode(whole[:cut], &got) == nil {
			t.Fatalf("content cut at %d of %d was taken", cut, len(whole))
		}
	}
	if blackbox.Decode(whole+"x", new(center.Center)) == nil {
		t.Error("content with one more octet was taken")
	}
}

func FuzzDecode(f *testing.F) {
	whole := blackbox.Encode(sample())
	f.Add(whole)
	f.Add(whole[:len(whole)/2])
	f.Add([]byte("[[[[[[[[[[[[[[[[[[[[[[s"))
	f.Add([]byte("{\xff\xff\xff\xff\x0f"))
	f.Fuzz(func(t *testing.T, content []byte) {
		var c center.Center
		if blackbox.Decode(string(content), &c) != nil {
			return
		}
		var again center.Center
		if err := blackbox.Decode(string(blackbox.Encode(c)), &again); err != nil {
			t.Errorf("content that was taken could not be written and read again: %v", err)
		}
	})
}

func BenchmarkDecode50000Reps(b *testing.B) {
	text := string(blackbox.Encode(large(50_000)))
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		var c center.Center
		if err := blackbox.Decode(text, &c); err != nil {
			b.Fatal(err)
		}
	}
}
