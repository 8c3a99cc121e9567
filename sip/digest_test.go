package sip

import (
	"strings"
	"testing"
)

// The two answers are the worked examples of RFC 7616 §3.9.1.
func TestDigestAnswersAsInTheRFC(t *testing.T) {
	for algorithm, want := range map[string]string{
		"MD5":     "8ca523f5e9506fed4657c9700eebdbec",
		"SHA-256": "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1",
	} {
		c, err := parseChallenge(`Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=` + algorithm +
			`, nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"`)
		if err != nil {
			t.Fatal(err)
		}
		c.uses = 1
		got := c.answer(Credentials{"Mufasa", "Circle of Life"}, "GET", "/dir/index.html", "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ")
		if !strings.Contains(got, `response="`+want+`"`) || !strings.Contains(got, "nc=00000001") {
			t.Errorf("%s: %s, want response %s", algorithm, got, want)
		}
	}
}

func TestChallengesThatCannotBeAnswered(t *testing.T) {
	for _, value := range []string{"", "Basic realm=x", "Digest", `Digest realm="a"`, `Digest realm="a", nonce="b", algorithm=SHA-512-256`, `Digest realm="a", nonce="b", qop="auth-int"`} {
		if c, err := parseChallenge(value); err == nil {
			t.Errorf("%q: read as %+v, want an error", value, c)
		}
	}
}

func challenged(header, value string) *Message {
	return &Message{status: 401, headers: []Header{{header, value}}}
}

func TestRefusedCredentialsAreNotTriedForEver(t *testing.T) {
	a := &authority{credentials: Credentials{"u", "p"}}
	fresh := func(nonce, more string) *Message {
		return challenged("WWW-Authenticate", `Digest realm="r", nonce="`+nonce+`"`+more)
	}
	if !a.learn(fresh("1", "")) {
		t.Error("first challenge: not answered")
	}
	if a.learn(fresh("2", "")) {
		t.Error("credentials refused at once: tried again")
	}
	a.passed()
	if !a.learn(fresh("3", "")) {
		t.Error("challenge of a later request: not answered")
	}
	if !a.learn(fresh("4", ", stale=true")) {
		t.Error("stale nonce: not answered")
	}
	for range 10 {
		a.learn(fresh("5", ", stale=true"))
	}
	if a.learn(fresh("6", ", stale=true")) {
		t.Error("a nonce that is stale for ever: tried again")
	}
	if (*authority)(nil).learn(fresh("1", "")) {
		t.Error("no credentials: challenge answered")
	}
}

func TestFirstChallengeOfARealmThatWeUnderstandIsAnswered(t *testing.T) {
	a := &authority{}
	m := &Message{status: 407, headers: []Header{
		{"Proxy-Authenticate", `Digest realm="r", nonce="x", algorithm=SHA-512-256`},
		{"Proxy-Authenticate", `Digest realm="r", nonce="y", algorithm=SHA-256`},
		{"Proxy-Authenticate", `Digest realm="r", nonce="z", algorithm=MD5`},
	}}
	if !a.learn(m) || len(a.challenges) != 1 || a.challenges[0].algorithm != "SHA-256" {
		t.Errorf("three challenges: %+v", a.challenges)
	}
	if h := a.headers("INVITE", "sip:a@b"); len(h) != 1 || h[0].Name != "Proxy-Authorization" {
		t.Errorf("credentials: %v", h)
	}
}
