package config_test

import (
	"bytes"
	"errors"
	"io/fs"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"mayday/config"
)

const whole = `
node: n1
data: /var/lib/mayday
database: postgres://user:pa55word@db.example/mayday
http: {listen: "[::]:443", certificate: c.pem, key: k.pem, embed_origins: ["https://crm.example"], location_reference: "https://mayday.example:8443"}
sip:
  listen: [udp://192.0.2.1:5060, "tcp://[2001:db8::1]:5060", "tcp://:0"]
media: {address: 192.0.2.1, ports: 30000-30099, browser_port: 5005}
mail: {smtp: "smtps://mayday:pa55word@mail.example:465"}
emergency: {lease: 90m, drain: 0s}
limits: {concurrent: 300, per_second: 20, backlog: 80ms, media_reserve: 0}
log: debug
`

func TestSettingsAreWhatTheFileSays(t *testing.T) {
	got, err := config.Parse("mayday.yaml", []byte(whole))
	if err != nil {
		t.Fatalf("whole file: %v", err)
	}
	want := config.Settings{
		Node: "n1", Data: "/var/lib/mayday", Database: "postgres://user:pa55word@db.example/mayday",
		HTTP: config.HTTP{Listen: "[::]:443", Certificate: "c.pem", Key: "k.pem", EmbedOrigins: []string{"https://crm.example"}, LocationReference: "https://mayday.example:8443"},
		SIP: config.SIP{Listen: []config.Listener{
			{Network: "udp", Host: "192.0.2.1", Port: 5060}, {Network: "tcp", Host: "2001:db8::1", Port: 5060}, {Network: "tcp"}}},
		Media:     config.Media{Address: netip.MustParseAddr("192.0.2.1"), Ports: config.PortRange{First: 30000, Last: 30099}, BrowserPort: 5005},
		Mail:      config.Mail{SMTP: "smtps://mayday:pa55word@mail.example:465"},
		Emergency: config.Emergency{Lease: 90 * time.Minute},
		Limits:    config.Limits{Concurrent: 300, PerSecond: 20, Backlog: 80 * time.Millisecond},
		Log:       slog.LevelDebug,
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateComparable(netip.Addr{})); diff != "" {
		t.Errorf("whole file (-want +got):\n%s", diff)
	}
}

func TestEveryFieldIsOptional(t *testing.T) {
	for _, text := range []string{"", "# nothing\n", "---\n", "http:\n", "{}", "sip: {}\nmedia: {}\nmail:\nemergency: {drain: }\n"} {
		got, err := config.Parse("mayday.yaml", []byte(text))
		if err != nil {
			t.Errorf("file %q: %v", text, err)
		}
		if diff := cmp.Diff(config.Defaults(), got, cmpopts.EquateComparable(netip.Addr{})); diff != "" {
			t.Errorf("file %q (-want +got):\n%s", text, diff)
		}
	}
}

func TestDefaultsAreFree(t *testing.T) {
	d := config.Defaults()
	if d.Emergency.Lease != time.Hour || d.HTTP.Listen != "127.0.0.1:8080" || d.Media.BrowserPort != 5004 || d.Node == "" {
		t.Errorf("defaults: %+v", d)
	}
	if got := d.SIP.Listen[0].String() + " " + d.SIP.Listen[1].String() + " " + d.Media.Ports.String(); got != "udp://127.0.0.1:5060 tcp://127.0.0.1:5060 20000-29999" {
		t.Errorf("defaults: %s", got)
	}
}

func TestEveryMistakeIsNamedWithItsLine(t *testing.T) {
	const text = `nod: x
node: N 1
data: ""
database: mysql://u:secret@h/d
http:
  listen: 8080
  certificate: c.pem
  embed_origins: [https://crm.example/page, http://crm.example]
  location_reference: http://mayday.example
sip:
  listen:
    - udp:127.0.0.1:5060
    - sctp://127.0.0.1:5060
    - udp://localhost:5060
    - tcp://127.0.0.1:70000
    - tcp://127.0.0.1
    - udp://127.0.0.1:20002
    - udp://127.0.0.1:20002
media:
  address: 0.0.0.0
  ports: 20000-29999
  browser_port: 20004
mail: {smtp: "http://u:secret@h"}
emergency:
  lease: 0
  lease: 60m
  drain: soon
log: loud
`
	_, err := config.Parse("mayday.yaml", []byte(text))
	want := []string{
		`mayday.yaml:1: unknown key "nod"; did you mean "node"?`,
		`mayday.yaml:2: node: "N 1" is no name of a node: small letters, digits and dashes, 63 at most`,
		`mayday.yaml:3: data: is empty: name a directory, such as ./data`,
		`mayday.yaml:4: database: must be empty for SQLite, or a URL such as postgres://user@host/database`,
		`mayday.yaml:5: http: certificate and key go together: give both, or neither for plain HTTP`,
		`mayday.yaml:6: http.listen: "8080" must be host:port, such as "127.0.0.1:5060" or "[::1]:5060"`,
		`mayday.yaml:8: http.embed_origins[0]: must be scheme and host of a page and no more, such as "https://crm.example"`,
		`mayday.yaml:8: http.embed_origins[1]: must begin with https://; a page without it has no microphone`,
		`mayday.yaml:9: http.location_reference: must begin with https://; a place is told over an encrypted connection only`,
		`mayday.yaml:12: sip.listen[0]: must be a transport and an address, such as "udp://127.0.0.1:5060"`,
		`mayday.yaml:13: sip.listen[1]: unknown transport "sctp"; there are udp, tcp and tls`,
		`mayday.yaml:14: sip.listen[2]: "localhost" is no IP address; a node listens on addresses of its own, not on names`,
		`mayday.yaml:15: sip.listen[3]: the port "70000" is not between 0 and 65535`,
		`mayday.yaml:16: sip.listen[4]: "127.0.0.1" must be host:port, such as "127.0.0.1:5060" or "[::1]:5060"`,
		`mayday.yaml:17: sip.listen[5]: the port lies in media.ports, which are for sound: choose one outside 20000-29999`,
		`mayday.yaml:18: sip.listen[6]: udp://127.0.0.1:20002 is in the list twice`,
		`mayday.yaml:18: sip.listen[6]: the port lies in media.ports, which are for sound: choose one outside 20000-29999`,
		`mayday.yaml:20: media.address: must be an address at which the far end reaches this node; 0.0.0.0 is none`,
		`mayday.yaml:22: media.browser_port: 20004 lies in media.ports, which are for trunks: choose one outside 20000-29999`,
		`mayday.yaml:23: mail.smtp: must be empty for no mail, or begin with smtp:// or smtps://`,
		`mayday.yaml:25: emergency.lease: 0s is impossible: emergency services must be able to call back; 60m is the rule`,
		`mayday.yaml:26: emergency.lease: is given twice, first on line 25`,
		`mayday.yaml:27: emergency.drain: must be a duration such as 60m, not "soon"`,
		`mayday.yaml:28: log: unknown level "loud"; there are debug, info, warn, error`,
	}
	if diff := cmp.Diff(want, strings.Split(err.Error(), "\n")); diff != "" {
		t.Errorf("file with a mistake on every line (-want +got):\n%s", diff)
	}
	var problems config.Problems
	if !errors.As(err, &problems) || problems[0] != (config.Problem{File: "mayday.yaml", Line: 1, Reason: `unknown key "nod"; did you mean "node"?`}) {
		t.Errorf("file with mistakes: error is %#v", err)
	}
	if strings.Contains(err.Error(), "secret") {
		t.Errorf("file with passwords in it: the mistakes print one:\n%v", err)
	}
}

func TestImpossibleValuesAreRefused(t *testing.T) {
	for text, want := range map[string]string{
		"a: [":                                  "is no YAML",
		"node: n1\n  data: x":                   "is no YAML",
		"- a":                                   "must have keys and values, not be a list",
		"text":                                  `must have keys and values, not be "text"`,
		"node: n1\n---\nnode: n2":               "a second document",
		"node: &a n1":                           "anchors",
		"http: &h {listen: ':1'}\nsip: *h":      "anchors",
		"<<: {node: n1}":                        `unknown key "<<"`,
		"? [a]\n: b":                            "no plain word",
		"node: [n1]":                            "must be a text, not a list",
		"node: true":                            "must be a text, not true",
		"http: 8080":                            "must have keys and values, not be 8080",
		"sip: {listen: udp://127.0.0.1:5060}":   "must be a list",
		"sip: {listen: [tls://127.0.0.1:5061]}": "needs sip.certificate and sip.key",
		"sip: {certificate: c.pem}":             "certificate and key go together",
		"sip: {listen: [{}]}":                   "must be a text, not keys and values",
		"sip: {listen: [~]}":                    "sip.listen[0]: is empty",
		"sip: {listen: []}":                     "no call could be placed",
		"media: {browser_port: 5004.5}":         "must be a whole number, not 5004.5",
		"media: {browser_port: '5004'}":         "must be a whole number",
		"media: {browser_port: 65536}":          "not between 0 and 65535",
		"media: {browser_port: 5060}":           "media.browser_port too",
		"media: {address: here}":                `"here" is no IP address`,
		"media: {ports: 29999-20000}":           "did you mean 20000-29999?",
		"media: {ports: 20001-29999}":           "in pairs",
		"media: {ports: 20000-29998}":           "in pairs",
		"media: {ports: 20000}":                 "two ports",
		"media: {ports: 0-65536}":               "between 1 and 65535",
		"emergency: {lease: -1m}":               "-1m0s is impossible",
		"emergency: {lease: 25h}":               "more than a day",
		"emergency: {drain: -1s}":               "-1s is impossible",
		"database: 'postgres://u:se cret@h/'":   "is no URL",
		"database: postgres://u@h":              "names no database",
		"database: postgres:///d":               "names no host",
		"mail: {smtp: 'smtp://'}":               "names no host",
		"mail: {smtp: 'smtp://h:99999'}":        "has a port",
		"mail: {smtp: 'smtp://h/inbox'}":        "must end after host and port",
		"limits: {concurrent: -1}":              "-1 is impossible",
		"limits: {per_second: -1}":              "-1 is impossible",
		"limits: {per_second: 1.5}":             "must be a whole number",
		"limits: {backlog: 1ms}":                "give 10ms or more",
		"limits: {media_reserve: -1}":           "-1 is impossible",
		"log: 5x":                               "unknown level",
	} {
		_, err := config.Parse("f", []byte(text))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("file %q: error %v, want %q in it", text, err, want)
		}
	}
}

func TestLoadNamesTheFile(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "mayday.yaml")
	if _, err := config.Load(missing); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), missing) {
		t.Errorf("missing file: error %v", err)
	}
	if err := os.WriteFile(missing, []byte("\nnode: n7\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := config.Load(missing); err != nil || got.Node != "n7" {
		t.Errorf("file with a node: %+v, %v", got, err)
	}
	if got, err := config.Load(""); err != nil || got.Node != config.Defaults().Node {
		t.Errorf("no file: %+v, %v", got, err)
	}
}

func TestSettingsAreLoggedWithoutSecrets(t *testing.T) {
	settings, err := config.Parse("mayday.yaml", []byte(whole))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	slog.New(slog.NewTextHandler(&out, nil)).Info("settings", "settings", settings)
	if line := out.String(); strings.Contains(line, "pa55word") || !strings.Contains(line, "db.example") {
		t.Errorf("settings with passwords: logged as %s", line)
	}
}

// FuzzParse: any text is either refused with a reason for each problem, or gives settings that hold.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{whole, "", "a: [", "node: &a [*a]", "sip: {listen: [udp://:1]}", "node: n1\n---\n", "? {a: b}\n: c", "!!binary node: x", "media: {ports: 2-3}"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		settings, err := config.Parse("f", text)
		var problems config.Problems
		if err == nil {
			if settings.Emergency.Lease <= 0 || len(settings.SIP.Listen) == 0 || settings.Media.Ports.First >= settings.Media.Ports.Last {
				t.Errorf("%q: accepted as %+v", text, settings)
			}
		} else if !errors.As(err, &problems) || len(problems) == 0 {
			t.Errorf("%q: refused with %#v", text, err)
		}
		for _, p := range problems {
			if p.File != "f" || p.Reason == "" || p.Line < 0 {
				t.Errorf("%q: problem %+v", text, p)
			}
		}
	})
}
