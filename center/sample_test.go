package center_test

import (
	"mayday/center"
	"mayday/center/emergency"
	"mayday/center/location"
	"mayday/center/number"
	"mayday/center/queue"
	"mayday/center/rep"
	"mayday/center/trunk"
)

const (
	certificate = "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n"
	privateKey  = "-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----\n"
)

// sample is a center in which everything is set and nothing is wrong.
func sample() center.Center {
	return center.Center{
		Organisation: center.Organisation{Name: "Acme", Country: "US", TimeZone: "America/Chicago", MailSender: "mayday@acme.example", EmergencyContacts: "security@acme.example",
			LoST: "https://lost.example/", HELD: "https://held.example/", DrillEveryDays: 14},
		Sites: []location.Site{
			{ID: "hq", Name: "Headquarters", Country: "US", Civic: location.Civic{HouseNumber: "1", Street: "Main St", City: "Springfield", Floor: "4"},
				Position: &location.Position{Latitude: 39.8, Longitude: -89.64, RadiusM: 30}, EmergencyDesk: "+12175550199", StaticNumber: "+12175550100", EmergencyContacts: "desk@acme.example", DeskJoins: location.DeskSpeaks, Language: "da"},
			{ID: "aarhus", Name: "Aarhus", Country: "DK", EmergencyNumbers: []string{"1813"}, TimeZone: "Europe/Copenhagen"},
		},
		Trunks: []trunk.Trunk{
			{ID: "provider", Kind: trunk.DirectOffer, URI: "sip:127.0.0.1:5080;transport=udp", Channels: 100, Location: trunk.ByValue, TestNumber: "933"},
			{ID: "carrier", Kind: trunk.DirectRouting, URI: "sip:127.0.0.1:5090;transport=tls", Location: trunk.ByReference, Country: "US", Username: "acme", Password: "wordpass",
				TLS:  trunk.TLS{Verify: trunk.VerifyNone, Authority: certificate, ServerName: "sbc.example", Certificate: certificate, Key: privateKey},
				SRTP: trunk.SDES, Register: true, NG: true, KeepAliveS: 15, KeepOrdinary: true},
		},
		Numbers: []number.Number{
			{E164: "+12175550101", Kind: number.DirectOffer, Use: number.EmergencyCallback, Site: "hq", Trunk: "provider"},
			{E164: "+12175550100", Kind: number.DirectOffer, Use: number.Shared, Workstream: "sales"},
			{E164: "+12175550102", Kind: number.DirectRouting, Use: number.Personal, Rep: "alice"},
		},
		VoiceRoutes:      []trunk.VoiceRoute{{ID: "national", Order: 10, Pattern: `^\+1[2-9]\d{9}$`, Trunks: []trunk.ID{"carrier", "provider"}, Choose: trunk.AtRandom}},
		Presences:        []rep.CustomPresence{{ID: "lunch", Name: "Lunch", Base: rep.Away}},
		CapacityProfiles: []rep.CapacityProfile{{ID: "voice", Name: "Voice", Limit: 1, Reset: rep.ResetImmediate, Blocking: true}},
		OutboundProfiles: []rep.OutboundProfile{{ID: "sales-out", Name: "Sales", Number: "+12175550100", CapacityProfiles: []rep.ProfileID{"voice"}, Recording: rep.RecordingNone}},
		Queues:           []queue.Queue{{ID: "sales", Name: "Sales", Priority: 1, Members: []rep.ID{"alice"}, Assignment: queue.LongestIdle}},
		Workstreams:      []queue.Workstream{{ID: "sales", Name: "Sales", Queue: "sales", CapacityProfile: "voice", AllowedPresences: []rep.Presence{rep.Available, "lunch"}}},
		Reps: []rep.Rep{
			{ID: "alice", Name: "Alice Doe", Email: "alice@acme.example", Site: "hq", Roles: []rep.Role{rep.Agent}, CapacityProfiles: []rep.ProfileID{"voice"},
				EmergencyContacts: "boss@acme.example; guard@acme.example", MailboxEnabled: true, Mobile: "+12175550188",
				Home: &location.Home{Country: "US", Civic: location.Civic{Street: "Elm St", City: "Chatham"}}, PasswordHash: "$argon2id$v=19$m=8,t=1,p=1$c2FsdA$aGFzaA"},
			{ID: "ada", Name: "Ada", Roles: []rep.Role{rep.Agent, rep.Administrator}},
		},
		Channels: []emergency.Channel{
			{ID: "pager", Kind: emergency.Webhook, URL: "https://pager.example/hook", Secret: "wordpass"},
			{ID: "texts", Kind: emergency.SMS, URL: "https://sms.example/send", To: "+12175550189; +12175550190"},
		},
		Rules: []emergency.Rule{{ID: "leaders", Sites: []location.SiteID{"hq"}, Numbers: []string{"911", "112"},
			Tiers: []emergency.Tier{{EmergencyContacts: "leader@acme.example"}, {AfterS: 120, Channels: []emergency.ChannelID{"pager", "texts"}}}}},
		Translations: []emergency.Translation{{Language: "da", Template: emergency.Template{Subject: "Nødopkald", Body: "En\n", HTML: "<p>En</p>"}}},
		Template:     emergency.Template{Subject: "Emergency call", HTML: "<p>One</p>", Body: "One\nTwo\n"},
	}
}
