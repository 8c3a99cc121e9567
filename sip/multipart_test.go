package sip_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mayday/sip"
)

func TestMultipartIsReadAsItWasWritten(t *testing.T) {
	parts := []sip.Part{
		{ContentType: "application/sdp", Body: []byte(offerSDP)},
		{ContentType: "application/pidf+xml", Headers: []sip.Header{{Name: "Content-ID", Value: "<place@x>"}}, Body: []byte("<presence/>")},
		{ContentType: "text/plain", Body: []byte{}},
	}
	contentType, body := sip.Multipart(parts)
	_, boundary, _ := strings.Cut(contentType, "boundary=")
	if len(boundary) > 20 {
		t.Errorf("boundary %q has %d characters, want at most 20", boundary, len(boundary))
	}
	got, err := sip.Parts(contentType, body)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(parts, got); diff != "" {
		t.Errorf("parts (-written +read):\n%s", diff)
	}
}

func TestPartsOfOtherBodies(t *testing.T) {
	if parts, err := sip.Parts("application/sdp", []byte("v=0")); err != nil || len(parts) != 1 || string(parts[0].Body) != "v=0" {
		t.Errorf("plain body: %v %v", parts, err)
	}
	if parts, err := sip.Parts("", nil); err != nil || len(parts) != 0 {
		t.Errorf("no body: %v %v", parts, err)
	}
	preamble := "ignored\r\n--b \r\n\r\none\r\n--b\r\nContent-Type: a/b\r\n\r\ntwo\r\n--b--\r\nignored"
	parts, err := sip.Parts(`Multipart/Mixed; boundary="b"`, []byte(preamble))
	if err != nil || len(parts) != 2 || string(parts[0].Body) != "one" || parts[1].ContentType != "a/b" {
		t.Errorf("with preamble and epilogue: %v %v", parts, err)
	}
	for _, body := range []string{"", "--b\r\n", "--b\r\n\r\nx", "--b\r\nno colon\r\n\r\nx\r\n--b--", strings.Repeat("--b\r\n\r\nx\r\n", 100)} {
		if parts, err := sip.Parts("multipart/mixed;boundary=b", []byte(body)); err == nil {
			t.Errorf("%.20q: read as %d parts, want an error", body, len(parts))
		}
	}
}
