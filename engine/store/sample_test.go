package store_test

import (
	"fmt"

	"mayday/center"
	"mayday/center/emergency"
	"mayday/center/location"
	"mayday/center/number"
	"mayday/center/queue"
	"mayday/center/rep"
	"mayday/center/trunk"
)

const secret = "wordpass-of-the-trunk"

const (
	certificate = "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n"
	privateKey  = "-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----\n"
)

// sample is a center in which every field of every kind of thing is set somewhere, and left out elsewhere.
func sample() center.Center {
	return center.Center{
		Organisation: center.Organisation{Name: "Acme", Country: "US", TimeZone: "America/Chicago", MailSender: "mayday@acme.example", EmergencyContacts: "security@acme.example",
			LoST: "https://lost.example/", HELD: "https://held.example/", DrillEveryDays: 14, EmergencyNumbers: []string{"5911"}},
		Sites: []location.Site{
			{ID: "hq", Name: "Headquarters", Country: "US", TimeZone: "America/Chicago", EmergencyDesk: "+12175550199", StaticNumber: "+12175550100", EmergencyContacts: "desk@acme.example", DeskJoins: location.DeskSpeaks, Language: "da",
				Civic: location.Civic{Name: "Acme", Building: "B", Floor: "4", Room: "412", Unit: "U", HouseNumber: "1", HouseSuffix: "A", Street: `Main "St" <&>`, City: "Springfield",
					District: "D", County: "Sangamon", Region: "IL", PostalCode: "62701", AdditionInfo: "ramp"},
				Position: &location.Position{Latitude: 39.8017, Longitude: -89.6436, RadiusM: 30}},
			{ID: "aarhus", Name: "Århus", Country: "DK", Position: &location.Position{}},
			{ID: "leeds", Name: "Leeds", Country: "GB", EmergencyNumbers: []string{"2222", "3333"}},
			{ID: "lodz", Name: "Łódź", Country: "PL", NotEmergency: []string{"997", "998"}},
		},
		Trunks: []trunk.Trunk{
			{ID: "provider", Kind: trunk.DirectOffer, URI: "sip:127.0.0.1:5080;transport=udp", Channels: 100, Location: trunk.ByValue, TestNumber: "933"},
			{ID: "carrier", Kind: trunk.DirectRouting, URI: "sip:127.0.0.1:5090;transport=tls", Country: "US", Username: "acme", Password: secret,
				TLS:  trunk.TLS{Verify: trunk.VerifyNone, Authority: certificate, ServerName: "sbc.example", Certificate: certificate, Key: privateKey},
				SRTP: trunk.SDES, Register: true, NG: true, KeepAliveS: 15, KeepOrdinary: true},
		},
		Numbers: []number.Number{
			{E164: "+12175550101", Kind: number.DirectOffer, Use: number.EmergencyCallback, Site: "hq", Trunk: "provider"},
			{E164: "+12175550100", Kind: number.DirectOffer, Use: number.Shared, Workstream: "sales"},
			{E164: "+12175550102", Kind: number.DirectRouting, Use: number.Personal, Rep: "alice"},
		},
		VoiceRoutes: []trunk.VoiceRoute{
			{ID: "national", Order: 10, Pattern: `^\+1[2-9]\d{9}$`, Trunks: []trunk.ID{"carrier", "provider"}, Choose: trunk.AtRandom},
			{ID: "emergency", Order: -1, Pattern: "^911$", Emergency: true, Trunks: []trunk.ID{"provider"}},
		},
		Presences:        []rep.CustomPresence{{ID: "lunch", Name: "Lunch", Base: rep.Away}, {ID: "coaching", Name: "Coaching", Base: rep.Busy}},
		CapacityProfiles: []rep.CapacityProfile{{ID: "voice", Name: "Voice", Limit: 1, Reset: rep.ResetImmediate, Blocking: true}, {ID: "chat", Name: "Chat", Limit: 3}},
		OutboundProfiles: []rep.OutboundProfile{
			{ID: "sales-out", Name: "Sales", Number: "+12175550100", CapacityProfiles: []rep.ProfileID{"voice", "chat"}, Recording: rep.RecordingNone},
			{ID: "unused", Name: "Unused", Number: "+12175550102"},
		},
		Queues: []queue.Queue{
			{ID: "sales", Name: "Sales", Priority: 1, Members: []rep.ID{"bob", "alice"}, Assignment: queue.LongestIdle},
			{ID: "empty", Name: "Empty"},
		},
		Workstreams: []queue.Workstream{
			{ID: "sales", Name: "Sales", Queue: "sales", CapacityProfile: "voice", AllowedPresences: []rep.Presence{"lunch", rep.Available}},
			{ID: "any", Name: "Any", Queue: "empty", CapacityProfile: "chat"},
		},
		Reps: []rep.Rep{
			{ID: "bob", Name: "Bob", Roles: []rep.Role{rep.Supervisor, rep.Agent, rep.Desk}},
			{ID: "alice", Name: "Alice Doe", Email: "alice@acme.example", Site: "hq", Roles: []rep.Role{rep.Agent}, CapacityProfiles: []rep.ProfileID{"chat", "voice"},
				EmergencyContacts: "boss@acme.example; guard@acme.example", MailboxEnabled: true, Mobile: "+12175550188",
				Home: &location.Home{Country: "US", Civic: location.Civic{Street: "Elm St", City: "Chatham"}}, PasswordHash: "$argon2id$v=19$m=8,t=1,p=1$c2FsdA$aGFzaA"},
		},
		Channels: []emergency.Channel{
			{ID: "pager", Kind: emergency.Webhook, URL: "https://pager.example/hook", Secret: secret},
			{ID: "texts", Kind: emergency.SMS, URL: "https://sms.example/send", To: "+12175550189; +12175550190"},
		},
		Rules: []emergency.Rule{{ID: "leaders", Sites: []location.SiteID{"hq"}, Numbers: []string{"911", "112"},
			Tiers: []emergency.Tier{{EmergencyContacts: "leader@acme.example"}, {AfterS: 120, Channels: []emergency.ChannelID{"pager", "texts"}}}}},
		Translations: []emergency.Translation{{Language: "da", Template: emergency.Template{Subject: "Nødopkald", Body: "En\n", HTML: "<p>En</p>"}}},
		Template:     emergency.Template{Subject: "Emergency call", HTML: "<p>One</p>", Body: "One\r\n\tTwo\n💡"},
	}
}

// crowd adds people to a center.
func crowd(c center.Center, people int) center.Center {
	for i := range people {
		c.Reps = append(c.Reps, rep.Rep{
			ID: rep.ID(fmt.Sprintf("rep%05d", i)), Name: fmt.Sprintf("Rep %d", i), Site: "hq", Email: fmt.Sprintf("rep%d@acme.example", i),
			Roles: []rep.Role{rep.Agent}, CapacityProfiles: []rep.ProfileID{"voice"}, EmergencyContacts: "boss@acme.example",
		})
	}
	return c
}
