package app_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mayday/app"
	"mayday/psap"
)

// patience is how long a condition may take that a working product fulfils in a moment.
const patience = 20 * time.Second

const (
	microphoneHz = 700 // what Chromium's microphone hears
	callTakerHz  = 440 // what the pretend emergency service says
	partyHz      = 350 // what any other far end says, now and then
	nearHz       = 12
)

// eventually waits until a condition holds.
func eventually(t *testing.T, circumstance string, holds func() bool) {
	t.Helper()
	if !within(patience, holds) {
		t.Fatalf("%s: not so after %v", circumstance, patience)
	}
}

func within(limit time.Duration, holds func() bool) bool {
	tick := time.NewTicker(40 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(limit); time.Now().Before(deadline); <-tick.C {
		if holds() {
			return true
		}
	}
	return holds()
}

// demo is the whole product as `mayday demo` starts it, with the pretend emergency service beside it.
type demo struct {
	t *testing.T
	*app.Demo
}

func startDemo(t *testing.T) *demo {
	t.Helper()
	needPages(t)
	log := slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelInfo}))
	started, err := app.StartDemo(t.Context(), app.DemoOptions{
		HTTP: "127.0.0.1:0", SIP: "127.0.0.1:0", Data: t.TempDir(), Logger: log, Version: "test",
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(started.Close)
	return &demo{t, started}
}

// needPages fails where the browser pages have not been built into the program.
func needPages(t *testing.T) {
	t.Helper()
	if _, err := os.Stat(filepath.Join("..", "web", "ui", "dist", "index.html")); err != nil {
		t.Fatalf("the browser pages are not built, run make ui: %v", err)
	}
}

// ask sends a request to the pretend emergency service and reads its answer into a value, if one is given.
func (d *demo) ask(method, path, body string, into any) {
	d.t.Helper()
	request, err := http.NewRequestWithContext(d.t.Context(), method, d.HTTP()+"/psap"+path, strings.NewReader(body))
	if err != nil {
		d.t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		d.t.Fatal(err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		d.t.Fatal(err)
	}
	if response.StatusCode >= 300 {
		d.t.Fatalf("%s /psap%s: %s: %s", method, path, response.Status, answer)
	}
	if into == nil {
		return
	}
	if err := json.NewDecoder(bytes.NewReader(answer)).Decode(into); err != nil {
		d.t.Fatalf("%s /psap%s: %v", method, path, err)
	}
}

// behave says how the far end treats calls from now on.
func (d *demo) behave(behaviour string) {
	d.t.Helper()
	d.ask(http.MethodPost, "/behaviour", behaviour, nil)
}

// calls are what arrived at the far end, the newest first.
func (d *demo) calls() []psap.Call {
	d.t.Helper()
	var all []psap.Call
	d.ask(http.MethodGet, "/calls", "", &all)
	return all
}

// call is one of them.
func (d *demo) call(id string) psap.Call {
	d.t.Helper()
	var one psap.Call
	d.ask(http.MethodGet, "/calls/"+id, "", &one)
	return one
}

// arrived waits until the far end has so many calls and returns the newest.
func (d *demo) arrived(count int) psap.Call {
	d.t.Helper()
	eventually(d.t, fmt.Sprintf("%d calls at the far end", count), func() bool { return len(d.calls()) >= count })
	return d.calls()[0]
}

func (d *demo) answer(id string) {
	d.t.Helper()
	d.ask(http.MethodPost, "/calls/"+id+"/answer", "", nil)
}

func (d *demo) hangUp(id string) {
	d.t.Helper()
	d.ask(http.MethodPost, "/calls/"+id+"/hangup", "", nil)
}

// callBack lets the emergency service call a number and returns that call.
func (d *demo) callBack(number string, withheld bool) psap.Call {
	d.t.Helper()
	var placed psap.Call
	d.ask(http.MethodPost, "/callback", fmt.Sprintf(`{"to":%q,"withheld":%v}`, number, withheld), &placed)
	return placed
}

// becomes waits until a call at the far end is in a state.
func (d *demo) becomes(id string, state psap.State) psap.Call {
	d.t.Helper()
	eventually(d.t, fmt.Sprintf("the call is %s at the far end", state), func() bool { return d.call(id).State == state })
	return d.call(id)
}

// meterPackets are as many packets as the far end's meter looks back on, so that nothing from before is measured.
const meterPackets = 12

// hears waits until the far end of a call hears the microphone in what arrives from now on, and returns how long that took.
func (d *demo) hears(circumstance, id string) time.Duration {
	d.t.Helper()
	from, before := time.Now(), d.call(id).Packets
	eventually(d.t, circumstance+": the far end hears the microphone", func() bool {
		heard := d.call(id)
		return heard.Packets > before+meterPackets && near(heard.FrequencyHz, microphoneHz) && heard.LevelDBov > -40
	})
	return time.Since(from)
}

// isSilent waits until the far end of a call hears nothing of the microphone.
func (d *demo) isSilent(circumstance, id string) {
	d.t.Helper()
	eventually(d.t, circumstance+": the far end hears no microphone", func() bool {
		heard := d.call(id)
		return heard.LevelDBov < -50 || !near(heard.FrequencyHz, microphoneHz)
	})
}

func near(hz, wanted float64) bool { return hz > wanted-nearHz && hz < wanted+nearHz }
