package sipcall_test

import (
	"strings"
	"testing"

	"mayday/edge/sipcall"
)

func TestKeyOfAnINFOIsRead(t *testing.T) {
	for _, c := range []struct{ contentType, body, want string }{
		{"application/dtmf-relay", "Signal=6\r\nDuration=160\r\n", "6"},
		{"application/dtmf-relay", "Duration=160\r\nsignal = *\r\n", "*"},
		{"Application/DTMF-Relay; charset=utf-8", "Signal=10\n", "*"},
		{"application/dtmf-relay", "Signal=11\r\nDuration=160", "#"},
		{"application/dtmf-relay", "Signal=d", "D"},
		{"application/dtmf", "5\r\n", "5"},
		{"application/dtmf", "*", "*"},
		{"application/dtmf-relay", "Signal=16\r\n", ""},
		{"application/dtmf-relay", "Signal=*6\r\n", ""},
		{"application/dtmf-relay", "Signal=\r\n", ""},
		{"application/dtmf-relay", "6", ""},
		{"application/dtmf", "", ""},
		{"application/sdp", "6", ""},
		{"", "6", ""},
	} {
		got := ""
		if key, is := sipcall.KeyIn(c.contentType, []byte(c.body)); is {
			got = string(key)
		}
		if got != c.want {
			t.Errorf("%s %q: the key is %q, want %q", c.contentType, c.body, got, c.want)
		}
	}
}

func FuzzKeyIn(f *testing.F) {
	f.Add("application/dtmf-relay", []byte("Signal=6\r\nDuration=160\r\n"))
	f.Add("application/dtmf", []byte("*"))
	f.Fuzz(func(t *testing.T, contentType string, body []byte) {
		if key, is := sipcall.KeyIn(contentType, body); is && !strings.Contains("0123456789*#ABCD", string(key)) {
			t.Errorf("%q %q: the key is %q", contentType, body, key)
		}
	})
}
