package bench

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"net/netip"
	"strings"

	"golang.org/x/crypto/argon2"
)

// The numbers of the node's center. They are of no use outside: the trunks lead to this process.
const (
	emergencyNumber = "911"
	sharedNumber    = "+12175550100"
	farNumber       = "+12175580100" // whom reps call
	poolSize        = 300
)

func poolNumber(i int) string   { return fmt.Sprintf("+1217556%04d", i) }
func mobileNumber(i int) string { return fmt.Sprintf("+1217557%04d", i%10000) }
func repName(i int) string      { return fmt.Sprintf("r%03d", i) }

// settingsFile is what the node is started with: loopback, free ports, no mail.
func settingsFile(folder string) string {
	return fmt.Sprintf(`node: bench
data: %q
http: {listen: "127.0.0.1:0"}
sip: {listen: ["udp://127.0.0.1:0"]}
media: {address: 127.0.0.1, ports: 10000-31999, browser_port: 0}
mail: {smtp: ""}
log: error
`, folder+"/data")
}

// centerFile is a center of one site with that many reps, call-back numbers for the first of them, and two trunks that lead to the sink.
func centerFile(sink netip.AddrPort, reps int, hash string) string {
	var b strings.Builder
	fmt.Fprintf(&b, `organisation: {name: Bench, country: US, time_zone: America/Chicago}
sites:
  - id: hq
    name: Headquarters
    country: US
    time_zone: America/Chicago
    civic: {house_number: "1", street: Main St, city: Springfield, region: IL, postal_code: "62701", floor: "4", room: "412"}
    position: {latitude: 39.801, longitude: -89.6436, radius_m: 30}
trunks:
  - {id: provider, kind: direct_offer, uri: "sip:%[1]s;transport=udp", location: by_value}
  - {id: carrier, kind: direct_routing, uri: "sip:%[1]s;transport=udp", location: none}
voice_routes:
  - {id: national, order: 10, pattern: '^\+1[2-9]\d{9}$', trunks: [carrier, provider]}
capacity_profiles: [{id: voice, name: Voice, limit: 1, reset: immediate, blocking: true}]
outbound_profiles: [{id: out, name: Out, number: "%[2]s", capacity_profiles: [voice], recording: none}]
numbers:
  - {e164: "%[2]s", kind: direct_offer, use: shared}
`, sink, sharedNumber)
	for i := range min(reps, poolSize) {
		fmt.Fprintf(&b, "  - {e164: %q, kind: direct_offer, use: emergency_callback, site: hq}\n", poolNumber(i))
	}
	b.WriteString("reps:\n")
	for i := range reps {
		fmt.Fprintf(&b, "  - {id: %[1]s, name: Rep %[1]s, site: hq, roles: [rep], capacity_profiles: [voice], mobile: %[2]q, password_hash: %[3]q}\n",
			repName(i), mobileNumber(i), hash)
	}
	return b.String()
}

// passwordHash makes what the center keeps of a password: argon2id at the least cost there is, because it is not signing in that is
// measured.
func passwordHash(password string) string {
	salt := make([]byte, 16)
	_, _ = rand.Read(salt) // it never fails: it ends the program instead
	key := argon2.IDKey([]byte(password), salt, 1, 8, 1, 32)
	text := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=%d$m=8,t=1,p=1$%s$%s", argon2.Version, text(salt), text(key))
}
