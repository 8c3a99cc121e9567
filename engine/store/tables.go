package store

import (
	"database/sql"
	"encoding/json"
	"reflect"

	"mayday/center"
	"mayday/center/emergency"
	"mayday/center/location"
	"mayday/center/number"
	"mayday/center/queue"
	"mayday/center/rep"
	"mayday/center/trunk"
)

// tables are the tables of the center, each list before the table whose items own it.
func tables() []table {
	return []table{
		organisationTable(), templateTable(), sitesTable(), trunksTable(),
		listTable("voice_route_trunks", "voice_route", "trunk", func(c center.Center, list func(trunk.RouteID, []trunk.ID)) {
			for _, r := range c.VoiceRoutes {
				list(r.ID, r.Trunks)
			}
		}),
		voiceRoutesTable(), presencesTable(), capacityProfilesTable(),
		listTable("rep_roles", "rep", "role", func(c center.Center, list func(rep.ID, []rep.Role)) {
			for _, r := range c.Reps {
				list(r.ID, r.Roles)
			}
		}),
		listTable("rep_capacity_profiles", "rep", "capacity_profile", func(c center.Center, list func(rep.ID, []rep.ProfileID)) {
			for _, r := range c.Reps {
				list(r.ID, r.CapacityProfiles)
			}
		}),
		repsTable(),
		listTable("queue_members", "queue", "rep", func(c center.Center, list func(queue.ID, []rep.ID)) {
			for _, q := range c.Queues {
				list(q.ID, q.Members)
			}
		}),
		queuesTable(),
		listTable("workstream_presences", "workstream", "presence", func(c center.Center, list func(queue.WorkstreamID, []rep.Presence)) {
			for _, w := range c.Workstreams {
				list(w.ID, w.AllowedPresences)
			}
		}),
		workstreamsTable(), numbersTable(),
		listTable("outbound_profile_capacity_profiles", "outbound_profile", "capacity_profile", func(c center.Center, list func(rep.ProfileID, []rep.ProfileID)) {
			for _, p := range c.OutboundProfiles {
				list(p.ID, p.CapacityProfiles)
			}
		}),
		outboundProfilesTable(), channelsTable(),
		listTable("notification_rule_sites", "notification_rule", "site", func(c center.Center, list func(emergency.RuleID, []location.SiteID)) {
			for _, r := range c.Rules {
				list(r.ID, r.Sites)
			}
		}),
		listTable("notification_rule_numbers", "notification_rule", "number", func(c center.Center, list func(emergency.RuleID, []string)) {
			for _, r := range c.Rules {
				list(r.ID, r.Numbers)
			}
		}),
		rulesTable(), translationsTable(),
	}
}

// only is the key of the tables that have one row.
const only = int64(1)

func organisationTable() table {
	return table{
		name: "organisation", columns: []string{"singleton", "name", "country", "time_zone", "mail_sender", "emergency_contacts", "lost", "held", "drill_every_days",
			"emergency_numbers", "not_emergency"}, key: 1,
		rows: func(c center.Center) []row {
			o := c.Organisation
			if reflect.ValueOf(o).IsZero() {
				return nil
			}
			return []row{{only, o.Name, string(o.Country), o.TimeZone, o.MailSender, o.EmergencyContacts, o.LoST, o.HELD, int64(o.DrillEveryDays),
				listOrEmpty(o.EmergencyNumbers), listOrEmpty(o.NotEmergency)}}
		},
		scan: func(scan scan, d *draft) error {
			var singleton int64
			o := &d.center.Organisation
			return scan(&singleton, &o.Name, &o.Country, &o.TimeZone, &o.MailSender, &o.EmergencyContacts, &o.LoST, &o.HELD, &o.DrillEveryDays,
				fromJSON{&o.EmergencyNumbers}, fromJSON{&o.NotEmergency})
		},
	}
}

func templateTable() table {
	return table{
		name: "template", columns: []string{"singleton", "subject", "body", "html"}, key: 1,
		rows: func(c center.Center) []row {
			if c.Template == (emergency.Template{}) {
				return nil
			}
			return []row{{only, c.Template.Subject, c.Template.Body, c.Template.HTML}}
		},
		scan: func(scan scan, d *draft) error {
			var singleton int64
			return scan(&singleton, &d.center.Template.Subject, &d.center.Template.Body, &d.center.Template.HTML)
		},
	}
}

func sitesTable() table {
	return table{
		name: "sites", key: 1,
		columns: []string{"id", "rank", "name", "country", "time_zone", "civic", "latitude", "longitude", "radius_m", "emergency_desk", "static_number", "emergency_contacts",
			"desk_joins", "language", "emergency_numbers", "not_emergency"},
		rows: func(c center.Center) []row {
			var rows []row
			for i, s := range c.Sites {
				r := row{string(s.ID), int64(i), s.Name, string(s.Country), s.TimeZone, asJSON(s.Civic), nil, nil, nil, s.EmergencyDesk, s.StaticNumber, s.EmergencyContacts,
					string(s.DeskJoins), s.Language, listOrEmpty(s.EmergencyNumbers), listOrEmpty(s.NotEmergency)}
				if p := s.Position; p != nil {
					r[6], r[7], r[8] = p.Latitude, p.Longitude, p.RadiusM
				}
				rows = append(rows, r)
			}
			return rows
		},
		scan: func(scan scan, d *draft) error {
			var s location.Site
			var rank int64
			var civic string
			var latitude, longitude, radius sql.NullFloat64
			if err := scan(&s.ID, &rank, &s.Name, &s.Country, &s.TimeZone, &civic, &latitude, &longitude, &radius,
				&s.EmergencyDesk, &s.StaticNumber, &s.EmergencyContacts, &s.DeskJoins, &s.Language,
				fromJSON{&s.EmergencyNumbers}, fromJSON{&s.NotEmergency}); err != nil {
				return err
			}
			if latitude.Valid {
				s.Position = &location.Position{Latitude: latitude.Float64, Longitude: longitude.Float64, RadiusM: radius.Float64}
			}
			d.center.Sites = append(d.center.Sites, s)
			return json.Unmarshal([]byte(civic), &d.center.Sites[len(d.center.Sites)-1].Civic)
		},
	}
}

func trunksTable() table {
	return table{
		name: "trunks", key: 1,
		columns: []string{"id", "rank", "kind", "uri", "channels", "location", "country", "test_number", "username", "password",
			"tls", "srtp", "register", "ng", "keep_alive_s", "keep_ordinary"},
		rows: func(c center.Center) []row {
			var rows []row
			for i, t := range c.Trunks {
				rows = append(rows, row{string(t.ID), int64(i), string(t.Kind), t.URI, int64(t.Channels), string(t.Location), t.Country, t.TestNumber, t.Username, t.Password,
					asJSON(t.TLS), string(t.SRTP), t.Register, t.NG, int64(t.KeepAliveS), t.KeepOrdinary})
			}
			return rows
		},
		scan: func(scan scan, d *draft) error {
			var t trunk.Trunk
			var rank int64
			err := scan(&t.ID, &rank, &t.Kind, &t.URI, &t.Channels, &t.Location, &t.Country, &t.TestNumber, &t.Username, &t.Password,
				fromJSON{&t.TLS}, &t.SRTP, &t.Register, &t.NG, &t.KeepAliveS, &t.KeepOrdinary)
			d.center.Trunks = append(d.center.Trunks, t)
			return err
		},
	}
}

func voiceRoutesTable() table {
	return table{
		name: "voice_routes", columns: []string{"id", "rank", "order", "pattern", "emergency", "choose"}, key: 1,
		rows: func(c center.Center) []row {
			var rows []row
			for i, r := range c.VoiceRoutes {
				rows = append(rows, row{string(r.ID), int64(i), int64(r.Order), r.Pattern, r.Emergency, string(r.Choose)})
			}
			return rows
		},
		scan: func(scan scan, d *draft) error {
			var r trunk.VoiceRoute
			var rank int64
			err := scan(&r.ID, &rank, &r.Order, &r.Pattern, &r.Emergency, &r.Choose)
			r.Trunks = listed[trunk.ID](d, "voice_route_trunks", r.ID)
			d.center.VoiceRoutes = append(d.center.VoiceRoutes, r)
			return err
		},
	}
}

func presencesTable() table {
	return table{
		name: "presences", columns: []string{"id", "rank", "name", "base"}, key: 1,
		rows: func(c center.Center) []row {
			var rows []row
			for i, p := range c.Presences {
				rows = append(rows, row{string(p.ID), int64(i), p.Name, string(p.Base)})
			}
			return rows
		},
		scan: func(scan scan, d *draft) error {
			var p rep.CustomPresence
			var rank int64
			err := scan(&p.ID, &rank, &p.Name, &p.Base)
			d.center.Presences = append(d.center.Presences, p)
			return err
		},
	}
}

func capacityProfilesTable() table {
	return table{
		name: "capacity_profiles", columns: []string{"id", "rank", "name", "limit", "reset", "blocking"}, key: 1,
		rows: func(c center.Center) []row {
			var rows []row
			for i, p := range c.CapacityProfiles {
				rows = append(rows, row{string(p.ID), int64(i), p.Name, int64(p.Limit), string(p.Reset), p.Blocking})
			}
			return rows
		},
		scan: func(scan scan, d *draft) error {
			var p rep.CapacityProfile
			var rank int64
			err := scan(&p.ID, &rank, &p.Name, &p.Limit, &p.Reset, &p.Blocking)
			d.center.CapacityProfiles = append(d.center.CapacityProfiles, p)
			return err
		},
	}
}

func repsTable() table {
	return table{
		name: "reps", key: 1,
		columns: []string{"id", "rank", "name", "email", "site", "emergency_contacts", "mailbox_enabled", "mobile", "password_hash", "home"},
		rows: func(c center.Center) []row {
			var rows []row
			for i, r := range c.Reps {
				rows = append(rows, row{string(r.ID), int64(i), r.Name, r.Email, optional(r.Site), r.EmergencyContacts, r.MailboxEnabled, string(r.Mobile), r.PasswordHash, jsonOrEmpty(r.Home)})
			}
			return rows
		},
		scan: func(scan scan, d *draft) error {
			var r rep.Rep
			var rank int64
			err := scan(&r.ID, &rank, &r.Name, &r.Email, orEmpty[location.SiteID]{&r.Site}, &r.EmergencyContacts, &r.MailboxEnabled, &r.Mobile, &r.PasswordHash, fromJSON{&r.Home})
			r.Roles = listed[rep.Role](d, "rep_roles", r.ID)
			r.CapacityProfiles = listed[rep.ProfileID](d, "rep_capacity_profiles", r.ID)
			d.center.Reps = append(d.center.Reps, r)
			return err
		},
	}
}

func queuesTable() table {
	return table{
		name: "queues", columns: []string{"id", "rank", "name", "priority", "assignment"}, key: 1,
		rows: func(c center.Center) []row {
			var rows []row
			for i, q := range c.Queues {
				rows = append(rows, row{string(q.ID), int64(i), q.Name, int64(q.Priority), string(q.Assignment)})
			}
			return rows
		},
		scan: func(scan scan, d *draft) error {
			var q queue.Queue
			var rank int64
			err := scan(&q.ID, &rank, &q.Name, &q.Priority, &q.Assignment)
			q.Members = listed[rep.ID](d, "queue_members", q.ID)
			d.center.Queues = append(d.center.Queues, q)
			return err
		},
	}
}

func workstreamsTable() table {
	return table{
		name: "workstreams", columns: []string{"id", "rank", "name", "queue", "capacity_profile"}, key: 1,
		rows: func(c center.Center) []row {
			var rows []row
			for i, w := range c.Workstreams {
				rows = append(rows, row{string(w.ID), int64(i), w.Name, string(w.Queue), string(w.CapacityProfile)})
			}
			return rows
		},
		scan: func(scan scan, d *draft) error {
			var w queue.Workstream
			var rank int64
			err := scan(&w.ID, &rank, &w.Name, &w.Queue, &w.CapacityProfile)
			w.AllowedPresences = listed[rep.Presence](d, "workstream_presences", w.ID)
			d.center.Workstreams = append(d.center.Workstreams, w)
			return err
		},
	}
}

func numbersTable() table {
	return table{
		name: "numbers", columns: []string{"e164", "rank", "kind", "use", "site", "rep", "workstream", "trunk"}, key: 1,
		rows: func(c center.Center) []row {
			var rows []row
			for i, n := range c.Numbers {
				rows = append(rows, row{string(n.E164), int64(i), string(n.Kind), string(n.Use), optional(n.Site), optional(n.Rep), optional(n.Workstream), optional(n.Trunk)})
			}
			return rows
		},
		scan: func(scan scan, d *draft) error {
			var n number.Number
			var rank int64
			err := scan(&n.E164, &rank, &n.Kind, &n.Use, orEmpty[location.SiteID]{&n.Site}, orEmpty[string]{&n.Rep}, orEmpty[string]{&n.Workstream}, orEmpty[string]{&n.Trunk})
			d.center.Numbers = append(d.center.Numbers, n)
			return err
		},
	}
}

func outboundProfilesTable() table {
	return table{
		name: "outbound_profiles", columns: []string{"id", "rank", "name", "number", "recording"}, key: 1,
		rows: func(c center.Center) []row {
			var rows []row
			for i, p := range c.OutboundProfiles {
				rows = append(rows, row{string(p.ID), int64(i), p.Name, string(p.Number), string(p.Recording)})
			}
			return rows
		},
		scan: func(scan scan, d *draft) error {
			var p rep.OutboundProfile
			var rank int64
			err := scan(&p.ID, &rank, &p.Name, &p.Number, &p.Recording)
			p.CapacityProfiles = listed[rep.ProfileID](d, "outbound_profile_capacity_profiles", p.ID)
			d.center.OutboundProfiles = append(d.center.OutboundProfiles, p)
			return err
		},
	}
}
