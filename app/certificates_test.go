package app_test

import (
	"crypto/tls"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mayday/app"
	"mayday/center/trunk"
	"mayday/config"
	"mayday/psap"
)

// madePair makes a certificate that lives so long from now, and returns its texts.
func madePair(t *testing.T, life time.Duration) (certificate, key string) {
	t.Helper()
	pair, text, err := psap.SelfSigned(netip.MustParseAddr("127.0.0.1"), life)
	if err != nil {
		t.Fatal(err)
	}
	return text, keyText(t, pair)
}

func keyText(t *testing.T, pair tls.Certificate) string {
	t.Helper()
	both, err := os.ReadFile(keptPair(t, pair))
	if err != nil {
		t.Fatal(err)
	}
	return string(both[strings.Index(string(both), "-----BEGIN PRIVATE KEY"):])
}

// says checks that there is one sentence, which begins and goes on as wanted, or none.
func says(t *testing.T, circumstance string, got []string, begins, has string) {
	t.Helper()
	switch {
	case begins == "" && len(got) > 0:
		t.Errorf("%s: %q, want nothing", circumstance, got)
	case begins != "" && (len(got) != 1 || !strings.HasPrefix(got[0], begins) || !strings.Contains(got[0], has)):
		t.Errorf("%s: %q, want one that begins with %q and says %q", circumstance, got, begins, has)
	}
}

func TestCertificatesOfTrunksAreLookedAt(t *testing.T) {
	certificate, key := madePair(t, 90*24*time.Hour)
	_, other := madePair(t, time.Hour)
	ending, _ := madePair(t, 10*24*time.Hour)
	ended, _ := madePair(t, -time.Minute)
	for _, row := range []struct {
		circumstance         string
		words                trunk.TLS
		mistakeAt, mistake   string
		warningAt, saidOfDay string
	}{
		{"all well", trunk.TLS{Authority: certificate, Certificate: certificate, Key: key}, "", "", "", ""},
		{"no key, as in a file without secrets", trunk.TLS{Certificate: certificate}, "", "", "", ""},
		{"the key of another", trunk.TLS{Certificate: certificate, Key: other}, "trunks[0].tls:", "does not match", "", ""},
		{"a key that was cut short", trunk.TLS{Certificate: certificate, Key: key[:80]}, "trunks[0].tls:", "key", "", ""},
		{"an authority that was cut short", trunk.TLS{Authority: certificate[:80]}, "trunks[0].tls.authority:", "no certificate", "", ""},
		{"an authority of which the second is none", trunk.TLS{Authority: certificate + "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"},
			"trunks[0].tls.authority:", "certificate 2", "", ""},
		{"an authority that ends soon", trunk.TLS{Authority: ending}, "", "", "trunks[0].tls.authority:", "expires on 20"},
		{"a certificate that has ended", trunk.TLS{Certificate: ended}, "", "", "trunks[0].tls.certificate:", "has expired on 20"},
	} {
		found := app.CertificatesOf([]trunk.Trunk{{ID: "carrier", TLS: row.words}}, time.Now())
		says(t, row.circumstance+", mistakes", found.Mistakes, row.mistakeAt, row.mistake)
		says(t, row.circumstance+", warnings", found.Warnings, row.warningAt, row.saidOfDay)
		for _, said := range append(found.Mistakes, found.Warnings...) {
			if strings.Contains(said, strings.Split(key, "\n")[1]) || strings.Contains(said, strings.Split(other, "\n")[1]) {
				t.Errorf("%s: the key is repeated", row.circumstance)
			}
		}
	}
}

func TestCertificateFilesAreLookedAt(t *testing.T) {
	write := func(text string) string {
		file := filepath.Join(t.TempDir(), "file.pem")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	certificate, key := madePair(t, 90*24*time.Hour)
	_, other := madePair(t, time.Hour)
	for _, row := range []struct {
		circumstance, certificate, key string
		at, mistake                    string
	}{
		{"all well", write(certificate), write(key), "", ""},
		{"no such file", "/nowhere/sip.pem", write(key), "sip.certificate:", "/nowhere/sip.pem"},
		{"a folder in place of a key", write(certificate), t.TempDir(), "sip.key:", "directory"},
		{"the key of another", write(certificate), write(other), "sip:", "does not match"},
		{"the two exchanged", write(key), write(certificate), "sip:", "certificate"},
	} {
		found := app.CertificatesIn(config.Settings{SIP: config.SIP{Certificate: row.certificate, Key: row.key}}, time.Now())
		says(t, row.circumstance, found.Mistakes, row.at, row.mistake)
	}
}
