package sip

import (
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// tortureDir is where sipgo keeps the messages of RFC 4475.
func tortureDir(t testing.TB) string {
	t.Helper()
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/emiago/sipgo").Output()
	if err != nil {
		t.Fatalf("finding sipgo's module: %v", err)
	}
	return filepath.Join(strings.TrimSpace(string(out)), "sip", "testdata", "torture")
}

// outcome of a torture message: what the far end gets, and what reaches our user.
const (
	silence  = "silence"
	call     = "call"    // Invited
	question = "request" // Requested
)

// torture names the outcome that RFC 4475 gives each message, where it leaves a choice ours.
var torture = map[string]string{
	"valid/wsinv":      "481", // odd white space is fine; its To has a tag of no dialog here
	"valid/intmeth":    "501",
	"valid/esc01":      call,
	"valid/escnull":    question,
	"valid/esc02":      "501", // RE%47IST%45R is not REGISTER
	"valid/lwsdisp":    question,
	"valid/longreq":    call,
	"valid/dblreq":     question, // what follows in the datagram is ignored
	"valid/semiuri":    question,
	"valid/transports": question,
	"valid/mpart01":    question,
	"valid/unreason":   silence, // responses to nothing of ours
	"valid/noreason":   silence,

	"invalid/badinv01":   "400",
	"invalid/clerr":      "400",
	"invalid/ncl":        "400",
	"invalid/scalar02":   "400",
	"invalid/scalarlg":   silence, // a response is dropped
	"invalid/quotbal":    "400",
	"invalid/ltgtruri":   "400",
	"invalid/lwsruri":    "400",
	"invalid/lwsstart":   "400",
	"invalid/trws":       "400",
	"invalid/escruri":    "400",
	"invalid/baddate":    call, // the Date is not used and may be wrong
	"invalid/regbadct":   "400",
	"invalid/badaspec":   "400",
	"invalid/baddn":      "400",
	"invalid/badvers":    "505",
	"invalid/mismatch01": "400",
	"invalid/mismatch02": "400",
	"invalid/bigcode":    silence,
	"invalid/badbranch":  question,
	"invalid/insuf":      "400",
	"invalid/unkscm":     "416",
	"invalid/novelsc":    "416",
	"invalid/unksm2":     "400", // a registrar wants a SIP URI in To
	"invalid/bext01":     "420",
	"invalid/invut":      "415",
	"invalid/regaut01":   question, // credentials of an unknown scheme are none
	"invalid/multi01":    "400",
	"invalid/mcl01":      "400",
	"invalid/bcast":      silence, // a response with two Vias is not for us
	"invalid/zeromf":     question,
	"invalid/cparam01":   question,
	"invalid/cparam02":   question,
	"invalid/regescrt":   question,
	"invalid/sdp01":      "406",
	"invalid/inv2543":    call, // as RFC 2543 allowed
	"invalid/test":       silence,
}

func TestTortureMessagesGetWhatTheRFCNames(t *testing.T) {
	dir := tortureDir(t)
	files, err := filepath.Glob(filepath.Join(dir, "*", "*.dat"))
	if err != nil || len(files) < 50 {
		t.Fatalf("finding torture messages: %d, %v", len(files), err)
	}
	for _, file := range files {
		rel, _ := filepath.Rel(dir, file)
		name := strings.TrimSuffix(filepath.ToSlash(rel), ".dat")
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		want, known := torture[name]
		if !known {
			t.Errorf("%s: no outcome is named", name)
		}
		if got := suffer(t, raw); got != want {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
	}
}

// suffer hands raw bytes to a stack and says what came of them.
func suffer(t *testing.T, raw []byte) string {
	t.Helper()
	k, far := &keeper{}, &notebook{}
	s := New(Config{Logger: strictLog(t)}, k)
	defer s.Close()
	s.udp = append(s.udp, far)
	s.received(slices.Clone(raw), route{far, netip.MustParseAddrPort("192.0.2.7:5099")})
	for _, x := range k.exchanges {
		if status := methodStatus(x.Request().Method()); status != "" {
			return status
		}
	}
	switch {
	case len(k.dialogs) > 0:
		return call
	case len(k.exchanges) > 0:
		return question
	case len(far.got) > 0:
		return far.got[0].StartLine()[8:11]
	}
	return silence
}

// methodStatus is what a user who has never heard of a method says.
func methodStatus(method string) string {
	switch method {
	case "OPTIONS", "REGISTER", "MESSAGE":
		return ""
	}
	return "501"
}
