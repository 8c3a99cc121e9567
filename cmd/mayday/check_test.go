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
