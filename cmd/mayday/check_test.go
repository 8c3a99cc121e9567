package main

import (
	"os"
	"path/filepath"
	"testing"
)

// TestCheckRefusesSettingsWithWhichNoNodeStarts: a certificate that is not there.
func TestCheckRefusesSettingsWithWhichNoNodeStarts(t *testing.T) {
	for certificate, refused := range map[string]bool{"": false, "sip: {listen: [\"tls://127.0.0.1:5061\"], certificate: /nowhere/a.pem, key: /nowhere/b.pem}\n": true} {
		settings := filepath.Join(t.TempDir(), "mayday.yaml")
		if err := os.WriteFile(settings, []byte("data: "+t.TempDir()+"\n"+certificate), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := (checkCommand{Config: settings}).Run(); (err != nil) != refused {
			t.Errorf("settings with %q: %v, want a mistake: %v", certificate, err, refused)
		}
	}
}

// TestCheckRefusesACenterFromWhichNoCallForHelpLeaves: a center without a trunk. A route for everything, which takes no such call, is no mistake.
func TestCheckRefusesACenterFromWhichNoCallForHelpLeaves(t *testing.T) {
	const acme = "organisation: {name: Acme, country: US}\n"
	for text, refused := range map[string]bool{
		acme: true,
		acme + "trunks: [{id: t, kind: direct_offer, uri: \"sip:127.0.0.1:5080\"}]\nvoice_routes: [{id: all, pattern: \".*\", trunks: [t]}]\n": false,
	} {
		file := filepath.Join(t.TempDir(), "center.yaml")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := (checkCommand{Files: []string{file}}).Run(); (err != nil) != refused {
			t.Errorf("%s: %v, want a clash: %v", text, err, refused)
		}
	}
}
