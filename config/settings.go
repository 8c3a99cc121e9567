// Package config reads the few settings that a node must know before its database is open, and says everything that is wrong
// with them at once, each with its line.
//
// What a contact center consists of (people, numbers, trunks) is no setting: it lives in the database and travels as a center file,
// which package centerfile reads with the same means.
package config

import (
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"strings"
	"time"
)

// Settings is what the settings file says. The zero value is not usable; Defaults is.
type Settings struct {
	Node      string     `json:"node"`     // name of this node, unique in a cluster
	Data      string     `json:"data"`     // directory of the black box and of SQLite
	Database  string     `json:"database"` // empty: SQLite in Data; else a postgres:// URL, a secret if it holds a password
	HTTP      HTTP       `json:"http"`
	SIP       SIP        `json:"sip"`
	Media     Media      `json:"media"`
	Mail      Mail       `json:"mail"`
	Emergency Emergency  `json:"emergency"`
	Limits    Limits     `json:"limits"`
	Log       slog.Level `json:"log"`
}

// HTTP is where the screens are served.
type HTTP struct {
	Listen       string   `json:"listen"`        // host:port; port 0: the system chooses
	Certificate  string   `json:"certificate"`   // PEM file; empty together with Key: plain HTTP
	Key          string   `json:"key"`           // PEM file
	EmbedOrigins []string `json:"embed_origins"` // pages that may show the workspace in a frame, as "https://crm.example"
	// LocationReference is the scheme and host at which trunks reach this node to ask for a place that a call refers to, as
	// "https://mayday.example:8443"; empty: places are conveyed by value alone.
	LocationReference string `json:"location_reference"`
}

// SIP is where trunks and phones reach this node.
type SIP struct {
	Listen      []Listener `json:"listen"`
	Certificate string     `json:"certificate"` // PEM file, shown to whoever connects over TLS; read anew for each connection
	Key         string     `json:"key"`         // PEM file
}

// Media is where sound is sent and received.
type Media struct {
	Address     netip.Addr `json:"address"` // written into SDP, so the far end must reach it
	Ports       PortRange  `json:"ports"`   // RTP and RTCP with trunks
	BrowserPort int        `json:"browser_port"`
}

// Mail is where mail is handed over.
type Mail struct {
	SMTP string `json:"smtp"` // smtp:// or smtps:// URL, a secret if it holds a password; empty: no mail is sent
}

// Emergency is how long call-back numbers are held and live emergency calls are waited for.
type Emergency struct {
	Lease time.Duration `json:"lease"` // under an hour is for tests
	Drain time.Duration `json:"drain"` // how long a stop lets emergency calls go on
}

// Limits bound ordinary calls. Emergency calls, call backs and everything that belongs to them have none.
type Limits struct {
	Concurrent   int           `json:"concurrent"`    // ordinary calls at once; 0: no limit
	PerSecond    int           `json:"per_second"`    // that begin in a second, each way; 0: no limit
	Backlog      time.Duration `json:"backlog"`       // how long work may wait for the processor before ordinary calls are refused; 0: no limit
	MediaReserve int           `json:"media_reserve"` // pairs of media.ports that ordinary calls leave free for emergency calls, half of them at most
}

// Defaults is what holds where the file says nothing.
func Defaults() Settings {
	loopback := netip.AddrFrom4([4]byte{127, 0, 0, 1})
	return Settings{
		Node: hostName(),
		Data: "./data",
		HTTP: HTTP{Listen: "127.0.0.1:8080"},
		SIP: SIP{Listen: []Listener{
			{Network: "udp", Host: "127.0.0.1", Port: 5060},
			{Network: "tcp", Host: "127.0.0.1", Port: 5060},
		}},
		Media:     Media{Address: loopback, Ports: PortRange{First: 20000, Last: 29999}, BrowserPort: 5004},
		Mail:      Mail{SMTP: "smtp://127.0.0.1:1025"},
		Emergency: Emergency{Lease: time.Hour, Drain: 5 * time.Minute},
		Limits:    Limits{Concurrent: 4000, PerSecond: 4000, Backlog: 50 * time.Millisecond, MediaReserve: 100},
		Log:       slog.LevelInfo,
	}
}

// hostName is the machine's name as far as it can name a node.
func hostName() string {
	name, err := os.Hostname()
	if err != nil {
		return "n1"
	}
	name, _, _ = strings.Cut(strings.ToLower(name), ".")
	if !nodeShape().MatchString(name) {
		return "n1"
	}
	return name
}

// Load reads the settings file at path; an empty path gives the defaults. The error is a Problems that lists every mistake, or says
// why the file cannot be read.
func Load(path string) (Settings, error) {
	if path == "" {
		return Defaults(), nil
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return Settings{}, fmt.Errorf("read settings: %w", err)
	}
	return Parse(path, data)
}

// Parse reads the text of a settings file; file is its name in what is reported. The error is a Problems with every mistake.
func Parse(file string, data []byte) (Settings, error) {
	settings := Defaults()
	document := Read(file, data, &settings)
	check(document, settings)
	if err := document.Err(); err != nil {
		return Settings{}, err
	}
	return settings, nil
}

// LogValue returns the settings without their secrets, so that a log line cannot hold one.
func (s Settings) LogValue() slog.Value {
	listen := make([]string, len(s.SIP.Listen))
	for i, l := range s.SIP.Listen {
		listen[i] = l.String()
	}
	return slog.GroupValue(
		slog.String("node", s.Node), slog.String("data", s.Data), slog.String("database", redacted(s.Database)),
		slog.String("http", s.HTTP.Listen), slog.String("sip", strings.Join(listen, " ")),
		slog.String("media", s.Media.Address.String()), slog.String("media_ports", s.Media.Ports.String()),
		slog.Int("browser_port", s.Media.BrowserPort), slog.String("smtp", redacted(s.Mail.SMTP)),
		slog.Duration("lease", s.Emergency.Lease), slog.Duration("drain", s.Emergency.Drain),
		slog.Int("concurrent", s.Limits.Concurrent), slog.Int("per_second", s.Limits.PerSecond),
		slog.Duration("backlog", s.Limits.Backlog), slog.Int("media_reserve", s.Limits.MediaReserve),
	)
}
