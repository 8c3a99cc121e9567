package center

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"mayday/center/emergency"
	"mayday/center/location"
	"mayday/center/number"
)

// Mistakes refuses a center: everything that is wrong with it, at once.
type Mistakes []Mistake

// Code returns the refusal's name for programs.
func (m Mistakes) Code() string { return "INVALID_CENTER" }

// Error returns the mistakes, one a line.
func (m Mistakes) Error() string {
	lines := make([]string, len(m))
	for i, mistake := range m {
		lines[i] = mistake.Path + ": " + mistake.Reason
	}
	return strings.Join(lines, "\n")
}

// Check returns everything that is wrong with the center, in the order of a center file; nothing for one that may be applied.
func Check(c Center) []Mistake {
	k := &checker{center: c}
	k.name()
	k.texts()
	k.organisation()
	k.sites()
	k.trunks()
	k.numbers()
	k.voiceRoutes()
	k.presences()
	k.capacityProfiles()
	k.outboundProfiles()
	k.queues()
	k.workstreams()
	k.reps()
	k.channels()
	k.rules()
	k.template()
	return k.mistakes
}

// checker collects mistakes. The books hold the ids of a center, each in the order in which it was listed.
type checker struct {
	center   Center
	mistakes []Mistake

	siteIDs, trunkIDs, presenceIDs, capacityIDs, queueIDs, workstreamIDs, repIDs, numberIDs, channelIDs book
}

// book is the ids of one list.
type book struct {
	noun  string
	ids   []string
	first map[string]int
}

func newBook(noun string) book { return book{noun: noun, first: map[string]int{}} }

func (b *book) enter(id string) {
	if _, known := b.first[id]; !known {
		b.first[id] = len(b.ids)
	}
	b.ids = append(b.ids, id)
}

func (b *book) has(id string) bool {
	_, known := b.first[id]
	return known
}

// name enters every id before the first reference is looked at.
func (k *checker) name() {
	k.siteIDs, k.trunkIDs, k.numberIDs = newBook("site"), newBook("trunk"), newBook("number")
	k.presenceIDs, k.capacityIDs = newBook("presence"), newBook("capacity profile")
	k.queueIDs, k.workstreamIDs, k.repIDs = newBook("queue"), newBook("workstream"), newBook("rep")
	for _, s := range k.center.Sites {
		k.siteIDs.enter(string(s.ID))
	}
	for _, t := range k.center.Trunks {
		k.trunkIDs.enter(string(t.ID))
	}
	for _, n := range k.center.Numbers {
		k.numberIDs.enter(string(n.E164))
	}
	for _, p := range k.center.CapacityProfiles {
		k.capacityIDs.enter(string(p.ID))
	}
	for _, p := range k.center.Presences {
		k.presenceIDs.enter(string(p.ID))
	}
	for _, q := range k.center.Queues {
		k.queueIDs.enter(string(q.ID))
	}
	k.channelIDs = newBook("channel")
	for _, c := range k.center.Channels {
		k.channelIDs.enter(string(c.ID))
	}
	for _, w := range k.center.Workstreams {
		k.workstreamIDs.enter(string(w.ID))
	}
	for _, r := range k.center.Reps {
		k.repIDs.enter(string(r.ID))
	}
}

func (k *checker) say(path, reason string, arguments ...any) {
	k.mistakes = append(k.mistakes, Mistake{Path: path, Reason: fmt.Sprintf(reason, arguments...)})
}

// suggestions is how many mistakes are looked at for what was meant: comparing every wrong name of a large file with every right one
// would take hours.
const suggestions = 50

// meant is the tail of a reason: what the operator most likely meant, or what there is to choose from.
func (k *checker) meant(typed string, known []string) string {
	if len(k.mistakes) >= suggestions {
		return ""
	}
	if near := Nearest(typed, known); near != "" {
		return fmt.Sprintf("; did you mean %q?", near)
	}
	if len(known) == 0 || len(known) > 8 {
		return ""
	}
	return fmt.Sprintf("; there are %s", strings.Join(known, ", "))
}

// isID reports whether an id has the shape of one. The shapes of this package are told by code: to compile expressions takes milliseconds of
// every start.
func isID(id string) bool {
	return id != "" && len(id) <= 100 && isWord(id[:1], "") && isWord(id, "._@+-")
}

// isWord reports whether there are letters and digits of ASCII and the further signs alone.
func isWord(text, further string) bool {
	for _, sign := range []byte(text) {
		if !isLetter(sign) && (sign < '0' || sign > '9') && strings.IndexByte(further, sign) < 0 {
			return false
		}
	}
	return true
}

func isLetter(sign byte) bool { return 'a' <= sign|0x20 && sign|0x20 <= 'z' }

// id checks an id of a list and that it is the first of its name there.
func (k *checker) id(path string, b *book, index int) {
	id := b.ids[index]
	switch {
	case id == "":
		k.say(path, "missing: give this %s an id", b.noun)
	case !isID(id):
		k.say(path, "%q is no id: begin with a letter or a digit and use letters, digits and . _ - @ +, 100 at most", id)
	case b.first[id] != index:
		k.say(path, "the %s %q is already in the list, at index %d; every id is there once", b.noun, id, b.first[id])
	}
}

// ref checks that a name that was given is in the book.
func (k *checker) ref(path, id string, b *book) {
	if !b.has(id) {
		k.say(path, "no %s %q%s", b.noun, id, k.meant(id, b.ids))
	}
}

// optional checks a name that may be left out.
func (k *checker) optional(path, id string, b *book) {
	if id != "" {
		k.ref(path, id, b)
	}
}

// required checks a name that may not be left out.
func (k *checker) required(path, id string, b *book) {
	if id == "" {
		k.say(path, "missing: name a %s", b.noun)
		return
	}
	k.ref(path, id, b)
}

func (k *checker) present(path, text, what string) {
	if strings.TrimSpace(text) == "" {
		k.say(path, "missing: give %s", what)
	}
}

// oneOf checks one of a few words.
func oneOf[Word ~string](k *checker, path string, typed Word, known ...Word) {
	if slices.Contains(known, typed) {
		return
	}
	if typed == "" {
		k.say(path, "missing: one of %s", strings.Join(plain(known), ", "))
		return
	}
	k.say(path, "unknown value %q%s", typed, k.meant(string(typed), plain(known)))
}

// oneOfOr checks one of a few words that may be left out.
func oneOfOr[Word ~string](k *checker, path string, typed Word, known ...Word) {
	if typed != "" {
		oneOf(k, path, typed, known...)
	}
}

func (k *checker) country(path string, country location.Country) {
	switch upper := location.Country(strings.ToUpper(string(country))); {
	case country == "":
		k.say(path, `missing: give the country's two letters, such as "US"`)
	case country.Valid():
	case upper == "UK":
		k.say(path, `%q is no country code (ISO 3166-1); did you mean "GB"?`, country)
	case upper.Valid():
		k.say(path, "%q is no country code (ISO 3166-1); did you mean %q?", country, upper)
	default:
		k.say(path, `%q is no country code (ISO 3166-1): give the country's two letters, such as "US"`, country)
	}
}

// isZone reports whether a time zone has the shape of an IANA name.
func isZone(zone string) bool {
	if zone == "" || !isLetter(zone[0]) {
		return false
	}
	for part := range strings.SplitSeq(zone, "/") {
		if part == "" || !isWord(part, "_+-") {
			return false
		}
	}
	return true
}

func (k *checker) timeZone(path, zone string) {
	if zone != "" && !isZone(zone) {
		k.say(path, `%q is no time zone: give its IANA name, such as "Europe/Copenhagen"`, zone)
	}
}

// e164 checks a telephone number that may be left out.
func (k *checker) e164(path, typed string) {
	if typed == "" || number.E164(typed).Valid() {
		return
	}
	k.say(path, `%q is no full telephone number: write it with plus and country code and without blanks, such as "+12175550101"`, typed)
}

func (k *checker) address(path, address string) {
	if address != "" && !emergency.ValidAddress(address) {
		k.say(path, "%q is no mail address: give a bare one, such as mayday@acme.example", address)
	}
}

// contacts names every bad piece of a list of mail addresses.
func (k *checker) contacts(path, list string) {
	_, bad := emergency.ParseContacts(list)
	for _, piece := range bad {
		k.say(path, "%q is no mail address: separate addresses by semicolons, as in %q", piece, "boss@acme.example; guard@acme.example")
	}
}

// once reports names that stand twice in one list.
func (k *checker) once(path string, names []string) {
	seen := map[string]bool{}
	for i, name := range names {
		if seen[name] {
			k.say(index(path, i), "%q is already in this list; remove one", name)
		}
		seen[name] = true
	}
}

// pattern checks a voice route's pattern.
func (k *checker) pattern(path, pattern string) {
	if pattern == "" {
		k.say(path, `missing: give a regular expression, such as '^\+1\d{10}$'`)
		return
	}
	if _, err := regexp.Compile(pattern); err != nil {
		k.say(path, "%s; it is a Go regular expression on the number dialled", strings.TrimPrefix(err.Error(), "error parsing regexp: "))
	}
}

func index(path string, i int) string { return fmt.Sprintf("%s[%d]", path, i) }

// plain returns typed names as text.
func plain[Name ~string](names []Name) []string {
	texts := make([]string, len(names))
	for i, name := range names {
		texts[i] = string(name)
	}
	return texts
}
