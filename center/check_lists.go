package center

import (
	"reflect"
	"strings"
	"unicode"
	"unicode/utf8"

	"mayday/center/emergency"
	"mayday/center/location"
	"mayday/center/number"
	"mayday/center/queue"
	"mayday/center/rep"
	"mayday/center/trunk"
)

func (k *checker) organisation() {
	o := k.center.Organisation
	k.present("organisation.name", o.Name, "the name of the organisation")
	k.country("organisation.country", o.Country)
	k.timeZone("organisation.time_zone", o.TimeZone)
	k.address("organisation.mail_sender", o.MailSender)
	k.contacts("organisation.emergency_contacts", o.EmergencyContacts)
	k.emergencyNumbers("organisation", o.Country, o.EmergencyNumbers, o.NotEmergency)
	k.webURL("organisation.lost", o.LoST)
	k.webURL("organisation.held", o.HELD)
}

func (k *checker) sites() {
	for i, s := range k.center.Sites {
		at := index("sites", i)
		k.id(at+".id", &k.siteIDs, i)
		k.present(at+".name", s.Name, "the site a name")
		k.country(at+".country", s.Country)
		k.timeZone(at+".time_zone", s.TimeZone)
		if s.Position != nil {
			k.position(at+".position", *s.Position)
		}
		k.e164(at+".emergency_desk", s.EmergencyDesk)
		k.e164(at+".static_number", s.StaticNumber)
		k.contacts(at+".emergency_contacts", s.EmergencyContacts)
		k.emergencyNumbers(at, s.Country, s.EmergencyNumbers, s.NotEmergency)
		oneOfOr(k, at+".desk_joins", s.DeskJoins, location.DeskListens, location.DeskSpeaks)
		if s.DeskJoins != "" && s.EmergencyDesk == "" && !k.deskAt(s.ID) {
			k.say(at+".desk_joins", "there is no desk to join: give emergency_desk, or a rep of this site the role desk")
		}
		k.language(at+".language", s.Language)
	}
}

func (k *checker) position(at string, p location.Position) {
	if !(p.Latitude >= -90 && p.Latitude <= 90) {
		k.say(at+".latitude", "%v is not between -90 and 90 degrees", p.Latitude)
	}
	if !(p.Longitude >= -180 && p.Longitude <= 180) {
		k.say(at+".longitude", "%v is not between -180 and 180 degrees", p.Longitude)
	}
	if !(p.RadiusM >= 0 && p.RadiusM <= 1e7) {
		k.say(at+".radius_m", "%v is no radius in metres: 0 or more", p.RadiusM)
	}
	if !p.At.IsZero() {
		k.say(at, "the position of a site carries no time: leave it out")
	}
}

func (k *checker) trunks() {
	for i, t := range k.center.Trunks {
		at := index("trunks", i)
		k.id(at+".id", &k.trunkIDs, i)
		oneOf(k, at+".kind", t.Kind, trunk.DirectOffer, trunk.DirectRouting)
		if fault := trunk.URIFault(t.URI); fault != "" {
			k.say(at+".uri", "the next hop %s", fault)
		}
		if t.Channels < 0 {
			k.say(at+".channels", "%d is impossible: give how many ordinary calls the trunk takes at once, or 0 for no limit", t.Channels)
		}
		oneOfOr(k, at+".location", t.Location, trunk.ByValue, trunk.ByReference, trunk.NoPlace)
		if t.Country != "" {
			k.country(at+".country", location.Country(t.Country))
		}
		k.testNumber(at+".test_number", t)
		if t.Password != "" && t.Username == "" {
			k.say(at+".username", "missing: the password has no user name")
		}
		if t.Register && t.Username == "" {
			k.say(at+".username", "missing: who registers needs a user name")
		}
		oneOfOr(k, at+".srtp", t.SRTP, trunk.PlainRTP, trunk.SDES, trunk.SDESRequired)
		k.trunkTLS(at, t)
	}
}

func (k *checker) numbers() {
	for i, n := range k.center.Numbers {
		at := index("numbers", i)
		first := k.numberIDs.first[string(n.E164)]
		switch {
		case n.E164 == "":
			k.say(at+".e164", `missing: give the number, such as "+12175550101"`)
		case first != i:
			k.say(at+".e164", "the number %q is already in the list, at index %d; every number is there once", n.E164, first)
		default:
			k.e164(at+".e164", string(n.E164))
		}
		oneOf(k, at+".kind", n.Kind, number.DirectOffer, number.DirectRouting)
		oneOf(k, at+".use", n.Use, number.EmergencyCallback, number.Shared, number.Personal)
		k.optional(at+".site", string(n.Site), &k.siteIDs)
		k.optional(at+".rep", n.Rep, &k.repIDs)
		k.optional(at+".workstream", n.Workstream, &k.workstreamIDs)
		k.optional(at+".trunk", n.Trunk, &k.trunkIDs)
		k.numberUse(at, n)
	}
}

// numberUse checks that a number is given to nobody whom its use excludes.
func (k *checker) numberUse(at string, n number.Number) {
	switch n.Use {
	case number.EmergencyCallback:
		if n.Rep != "" {
			k.say(at+".rep", "a call-back number belongs to the pool and to no rep: leave this out, or use the number as %q", number.Personal)
		}
		if n.Workstream != "" {
			k.say(at+".workstream", "a call-back number serves no workstream: leave this out, or use the number as %q", number.Shared)
		}
	case number.Personal:
		if n.Rep == "" {
			k.say(at+".rep", "missing: name the rep whose personal number it is")
		}
	case number.Shared:
	}
}

func (k *checker) voiceRoutes() {
	ids := newBook("voice route")
	for i, r := range k.center.VoiceRoutes {
		at := index("voice_routes", i)
		ids.enter(string(r.ID))
		k.id(at+".id", &ids, i)
		k.pattern(at+".pattern", r.Pattern)
		if len(r.Trunks) == 0 {
			k.say(at+".trunks", "missing: name at least one trunk")
		}
		k.names(at+".trunks", plain(r.Trunks), &k.trunkIDs)
		oneOfOr(k, at+".choose", r.Choose, trunk.InOrder, trunk.AtRandom)
	}
}

// names checks a list of references: each known, each once.
func (k *checker) names(path string, names []string, b *book) {
	for i, name := range names {
		k.required(index(path, i), name, b)
	}
	k.once(path, names)
}

func (k *checker) presences() {
	for i, p := range k.center.Presences {
		at := index("presences", i)
		k.id(at+".id", &k.presenceIDs, i)
		if p.ID.Known() {
			k.say(at+".id", "%q is one of the base presences: choose another id", p.ID)
		}
		k.present(at+".name", p.Name, "the presence a name")
		oneOf(k, at+".base", p.Base, rep.Presences()...)
	}
}

func (k *checker) capacityProfiles() {
	for i, p := range k.center.CapacityProfiles {
		at := index("capacity_profiles", i)
		k.id(at+".id", &k.capacityIDs, i)
		k.present(at+".name", p.Name, "the capacity profile a name")
		if p.Limit < 1 {
			k.say(at+".limit", "%d is impossible: give how much work of this kind a rep may hold at once, 1 or more", p.Limit)
		}
		oneOfOr(k, at+".reset", p.Reset, rep.ResetImmediate, rep.ResetEndOfDay)
	}
}

func (k *checker) outboundProfiles() {
	ids := newBook("outbound profile")
	for i, p := range k.center.OutboundProfiles {
		at := index("outbound_profiles", i)
		ids.enter(string(p.ID))
		k.id(at+".id", &ids, i)
		k.present(at+".name", p.Name, "the outbound profile a name")
		k.required(at+".number", string(p.Number), &k.numberIDs)
		if k.pooled(p.Number) {
			k.say(at+".number", "%q is a call-back number, which only the emergency service may be shown: choose another", p.Number)
		}
		k.names(at+".capacity_profiles", plain(p.CapacityProfiles), &k.capacityIDs)
		oneOfOr(k, at+".recording", p.Recording, rep.RecordingNone)
	}
}

func (k *checker) pooled(e164 number.E164) bool {
	if i, known := k.numberIDs.first[string(e164)]; known {
		return k.center.Numbers[i].Use == number.EmergencyCallback
	}
	return false
}

func (k *checker) queues() {
	for i, q := range k.center.Queues {
		at := index("queues", i)
		k.id(at+".id", &k.queueIDs, i)
		k.present(at+".name", q.Name, "the queue a name")
		k.names(at+".members", plain(q.Members), &k.repIDs)
		oneOfOr(k, at+".assignment", q.Assignment, queue.LongestIdle, queue.RoundRobin)
	}
}

func (k *checker) workstreams() {
	presences := rep.Presences()
	for _, p := range k.center.Presences {
		presences = append(presences, p.ID)
	}
	for i, w := range k.center.Workstreams {
		at := index("workstreams", i)
		k.id(at+".id", &k.workstreamIDs, i)
		k.present(at+".name", w.Name, "the workstream a name")
		k.required(at+".queue", string(w.Queue), &k.queueIDs)
		k.required(at+".capacity_profile", string(w.CapacityProfile), &k.capacityIDs)
		for j, p := range w.AllowedPresences {
			oneOf(k, index(at+".allowed_presences", j), p, presences...)
		}
		k.once(at+".allowed_presences", plain(w.AllowedPresences))
	}
}

func (k *checker) reps() {
	roles := rep.Roles()
	for i, r := range k.center.Reps {
		at := index("reps", i)
		k.id(at+".id", &k.repIDs, i)
		k.present(at+".name", r.Name, "the rep a name")
		k.address(at+".email", r.Email)
		k.optional(at+".site", string(r.Site), &k.siteIDs)
		if len(r.Roles) == 0 {
			k.say(at+".roles", "missing: give at least one of %s", strings.Join(plain(roles), ", "))
		}
		for j, role := range r.Roles {
			oneOf(k, index(at+".roles", j), role, roles...)
		}
		k.once(at+".roles", plain(r.Roles))
		k.names(at+".capacity_profiles", plain(r.CapacityProfiles), &k.capacityIDs)
		k.contacts(at+".emergency_contacts", r.EmergencyContacts)
		if r.MailboxEnabled && r.Email == "" {
			k.say(at+".email", "missing: the rep's mailbox is enabled, so give its address")
		}
		k.e164(at+".mobile", string(r.Mobile))
		if r.Home != nil {
			k.country(at+".home.country", r.Home.Country)
		}
		if r.PasswordHash != "" && !strings.HasPrefix(r.PasswordHash, "$argon2id$") {
			k.say(at+".password_hash", `is no argon2id hash; write "password" with the plain password instead`)
		}
	}
}

func (k *checker) template() {
	if strings.ContainsAny(k.center.Template.Subject, "\r\n") {
		k.say("template.subject", "has more than one line: a subject is one line")
	}
	for _, m := range emergency.CheckTemplate(k.center.Template) {
		k.say("template."+m.Field, "%s", m.Reason())
	}
	k.translations()
}

// texts refuses what neither a file nor a database can keep: broken characters anywhere, and control characters where people see one line.
func (k *checker) texts() {
	k.walk("", reflect.ValueOf(k.center))
}

func (k *checker) walk(path string, v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		k.text(path, v.String())
	case reflect.Pointer:
		if !v.IsNil() {
			k.walk(path, v.Elem())
		}
	case reflect.Slice:
		for i := range v.Len() {
			k.walk(index(path, i), v.Index(i))
		}
	case reflect.Struct:
		for _, field := range reflect.VisibleFields(v.Type()) {
			if name := fieldName(field); name != "" {
				k.walk(strings.TrimPrefix(path+"."+name, "."), v.FieldByIndex(field.Index))
			}
		}
	}
}

func (k *checker) text(path, text string) {
	if !utf8.ValidString(text) {
		k.say(path, "is not valid UTF-8 text")
		return
	}
	long := strings.HasSuffix(path, ".emergency_contacts") || strings.HasPrefix(path, "template.") || strings.HasPrefix(path, "translations[") ||
		strings.Contains(path, ".tls.")
	for _, c := range text {
		if unicode.IsControl(c) && !(long && strings.ContainsRune("\r\n\t", c)) {
			k.say(path, "has the control character %U in it: remove it", c)
			return
		}
	}
}

// fieldName returns the name of a field in files, empty for what is in none.
func fieldName(field reflect.StructField) string {
	name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
	if !field.IsExported() || name == "-" {
		return ""
	}
	return name
}
