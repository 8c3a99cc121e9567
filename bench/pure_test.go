package bench_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mayday/bench"
)

func TestSpreadNamesTheMiddleAndTheTail(t *testing.T) {
	var all []time.Duration
	for i := 200; i > 0; i-- {
		all = append(all, time.Duration(i)*time.Millisecond)
	}
	want := bench.Spread{Count: 200, P50MS: 101, P99MS: 198, MaxMS: 200}
	if diff := cmp.Diff(want, bench.SpreadOf(all)); diff != "" {
		t.Errorf("1 to 200 ms:\n%s", diff)
	}
	if got := bench.SpreadOf(nil); got != (bench.Spread{}) {
		t.Errorf("nothing measured: %+v", got)
	}
}

const before = `# HELP x_seconds text with 3 words
x_seconds_bucket{le="0.001"} 2
x_seconds_bucket{le="0.005"} 2
x_seconds_bucket{le="+Inf"} 2
x_seconds_count 2
`

const after = `x_seconds_bucket{le="0.001"} 52
x_seconds_bucket{le="0.005"} 101
x_seconds_bucket{le="+Inf"} 102
x_seconds_count 102
other 7
`

func TestBucketsCountWhatCameSince(t *testing.T) {
	old, err := bench.ReadFigures(strings.NewReader(before))
	if err != nil {
		t.Fatal(err)
	}
	now, err := bench.ReadFigures(strings.NewReader(after))
	if err != nil {
		t.Fatal(err)
	}
	if now["other"] != 7 {
		t.Errorf("a plain figure: %v, want 7", now["other"])
	}
	want := bench.Buckets{Count: 100, P50AtMS: 1, P99AtMS: 5}
	if diff := cmp.Diff(want, now.Buckets("x_seconds", old)); diff != "" {
		t.Errorf("50 within 1 ms, 99 within 5 ms, one beyond:\n%s", diff)
	}
	beyond := bench.Buckets{Count: 0, P50AtMS: 1, P99AtMS: 1}
	if diff := cmp.Diff(beyond, now.Buckets("x_seconds", now)); diff != "" {
		t.Errorf("nothing since:\n%s", diff)
	}
}

func TestUserOfAURI(t *testing.T) {
	for value, want := range map[string]string{
		`<sip:+12175560001@127.0.0.1;user=phone>;tag=x`: "+12175560001",
		"sip:911@127.0.0.1:5080":                        "911",
		"tel:911":                                       "",
	} {
		if got := bench.UserOf(value); got != want {
			t.Errorf("%s: user %q, want %q", value, got, want)
		}
	}
}

func TestEchoComesBack(t *testing.T) {
	if echo := bench.Echo(nil); echo.Count == 0 || echo.P50MS <= 0 {
		t.Errorf("datagrams on loopback: %+v", echo)
	}
}
