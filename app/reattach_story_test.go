package app_test

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// attachedWithin is how long a call may be without sound: counted from when the tab that carried it is closed, or how much longer than a page of the
// node that does nothing the workspace takes, from the beginning of its navigation, until both ends hear each other.
const attachedWithin = time.Second

// noteSteps notes when a page has come how far on its way to sound, in milliseconds since its navigation began.
const noteSteps = `(() => {
  const steps = (window.steps = {});
  const note = (step) => (steps[step] ??= performance.now());
  document.addEventListener("DOMContentLoaded", () => note("page loaded"));
  const Feed = window.WebSocket;
  window.WebSocket = class extends Feed {
    constructor(...where) {
      super(...where);
      note("script began");
      this.addEventListener("open", () => note("feed open"));
      this.addEventListener("message", ({ data }) => data.includes("v=0") && note("answer"));
    }
    send(text) {
      if (text.includes("media_offer")) note("offer");
      super.send(text);
    }
  };
  const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = async (wanted) => {
    const stream = await open(wanted);
    note("microphone open");
    return stream;
  };
  const Connection = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends Connection {
    constructor(...settings) {
      super(...settings);
      this.addEventListener("connectionstatechange", () => note(this.connectionState));
    }
  };
  const listening = setInterval(() => {
    if (!(window.heardHz?.() > 0)) return;
    note("sound");
    clearInterval(listening);
  }, 20);
})();`

// steps says how far the page has come when.
func (x *tab) steps() string {
	x.t.Helper()
	at := evaluate[map[string]float64](x, "steps")
	var said []string
	for _, step := range slices.SortedFunc(maps.Keys(at), func(a, b string) int { return cmp.Compare(at[a], at[b]) }) {
		said = append(said, fmt.Sprintf("%s %.0f ms", step, at[step]))
	}
	return strings.Join(said, ", ")
}

// now is how long ago the page's navigation began.
func (x *tab) now() time.Duration {
	x.t.Helper()
	return milliseconds(evaluate[float64](x, "performance.now()"))
}

func milliseconds(ms float64) time.Duration { return time.Duration(ms * float64(time.Millisecond)) }

// attaches reloads the page in the middle of a call and returns how long after the beginning of the navigation both ends heard each other.
// The far end's ear needs a quarter of a second to be sure, which is counted.
func (x *tab) attaches(circumstance string, d *demo, call string) time.Duration {
	x.t.Helper()
	x.reload()
	d.hears(circumstance, call)
	far := x.now()
	x.hears(circumstance)
	return max(far, milliseconds(evaluate[float64](x, "steps.sound ?? performance.now()")))
}

// attachesInTime reloads the page and checks that this costs the call hardly a second of sound. A machine that has much else to do loads any
// page late: so the page is compared with one that does nothing, and what the machine does to one reload counts for nothing when another
// one was in time.
func (x *tab) attachesInTime(d *demo, call string) {
	x.t.Helper()
	blank := x.visit("/healthz")
	defer blank.close()
	for try := 1; ; try++ {
		blank.reload()
		nothing := milliseconds(evaluate[float64](blank, "performance.getEntriesByType('navigation')[0].loadEventEnd"))
		took := x.attaches("reloaded, without a click", d, call)
		x.t.Logf("sound both ways %v after the navigation began (%s); a page that does nothing: %v", took, x.steps(), nothing)
		if took <= nothing+attachedWithin {
			return
		}
		if try == tries {
			x.t.Errorf("reloaded: both ends hear each other after %v, and late each time; a page that does nothing takes %v, so at most %v is wanted",
				took, nothing, nothing+attachedWithin)
			return
		}
	}
}

// takesOver closes the tab that carries the sound and checks that this one does so at once. Where that was late, what the machine
// does to it counts for nothing when another tab, of the same kind as the one that was closed, takes over in time.
func (x *tab) takesOver(circumstance string, d *demo, call string, closing *tab) *tab {
	x.t.Helper()
	for try := 1; ; try++ {
		closing.close()
		from := time.Now()
		x.hears(circumstance)
		d.hears(circumstance, call)
		took := time.Since(from)
		x.t.Logf("%s: the next one carries the sound after %v", circumstance, took)
		if took <= attachedWithin {
			return x
		}
		if try == tries {
			x.t.Errorf("%s: the next one carries the sound after %v, and late each time; at most %v is wanted", circumstance, took, attachedWithin)
			return x
		}
		closing, x = x, closing.open()
		x.shows("alert", inProgress)
	}
}
