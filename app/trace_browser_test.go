package app_test

import (
	"compress/gzip"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp/kb"

	"mayday/web/api"
)

// TestNothingOfAnEmergencyIsLeftInABrowser lets a rep in a real Chromium, which keeps what it keeps in a folder, have an emergency call and its
// call back. When the window is over and the browser closed, every octet of that folder is searched: cache, history, storage of every
// kind, what would be restored after a crash. The same with the browser opened and closed once more, which tidies its storage.
//
// The node compresses no answer, so there is nothing in the cache that could not be read. What another page beside leaves, in each place that a
// page can leave something in, is found.
func TestNothingOfAnEmergencyIsLeftInABrowser(t *testing.T) {
	s := lay(t, t.TempDir(), nil)
	s.settings.Emergency.Lease = 20 * time.Second
	s.start()
	beside := newBeside(t)
	folder, err := os.MkdirTemp("", "browser") // a folder of the test's own would have its name, which the browser writes down
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	c := startChromiumIn(t, folder)
	beside.plants(c.keeper(t, beside.URL))

	p := c.keeper(t, s.node.HTTP())
	x := p.open()
	call(x, emulation.SetGeolocationOverride, emulation.SetGeolocationOverrideParams{Latitude: new(latitude), Longitude: new(longitude), Accuracy: new(23.0)})
	x.reload()
	x.signIn("alice")
	watching := signIn(t, s.node.HTTP(), "alice").feed()
	x.dial(ordinaryTo)
	x.says("Connected")
	x.press("button", "End")
	x.shows("button", "Call +1 217 555 0155")

	left := s.emergencyOnScreen(x, watching)
	x.eventually("the window is over", func(tr tree) bool { return !tr.says("call you back") })
	watching.shows("the window is over", func(w api.Workspace) bool { return w.Window == nil })
	x.reload()
	x.shows("button", "Call")
	c.leave(t)
	beside.searches("the browser was closed", folder, left)

	again := startChromiumIn(t, folder)
	again.keeper(t, s.node.HTTP()).open().shows("button", "Call")
	again.keeper(t, beside.URL).visit("/").shows("textbox", "Kept")
	again.leave(t)
	beside.forgets("session") // which a browser that was closed does not take up again
	beside.searches("the browser was opened and closed again", folder, left)
}

// emergencyOnScreen lets the rep dial, reload, hang up and be called back, and returns what only this emergency has shown.
func (s *station) emergencyOnScreen(x *tab, watching *feed) []string {
	s.t.Helper()
	x.dial(typed)
	x.shows("heading", "Connected")
	watching.shows("the emergency call is connected", func(w api.Workspace) bool {
		return w.Emergency != nil && w.Emergency.State == api.CallConnected && w.Window != nil
	})
	w := watching.shown()
	x.reload()
	x.isOnlyEmergency("reloaded")
	x.press("button", "End call")
	x.windowIsOpen()
	back := strangerCalls(s.t, s.node.SIP(), w.Window.Number, farName, farNumber)
	x.shows("alertdialog", callingBack)
	x.keys(kb.Enter)
	back.hears("the call back is answered", "SIP/2.0 200")
	x.isOnlyEmergency("called back")
	x.press("button", "End call")
	back.hears("the call back is ended by the rep", "BYE")
	return append(slices.Clone(w.Emergency.Place), w.Emergency.ID, w.Window.Number)
}

// beside is a page of somebody else that leaves something in each place in which a page can.
type beside struct {
	*httptest.Server
	t      *testing.T
	stores []string // each holds "planted-" and its own name, which together stand nowhere else
}

const besidePage = `<!doctype html><title>Beside</title><label>Kept <input></label><script>
const mark = (store) => ["planted", store].join("-");
async function plant() {
  localStorage.setItem("kept", mark("local"));
  localStorage.setItem("again", ["planted-repea", "ted ", "planted-repea", ""].join("").repeat(50) + mark("repeated"));
  sessionStorage.setItem("kept", mark("session"));
  const database = await new Promise((resolve, reject) => {
    const asked = indexedDB.open("kept", 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore("kept");
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = reject;
  });
  const transaction = database.transaction("kept", "readwrite");
  transaction.objectStore("kept").put(mark("database"), "kept");
  await new Promise((resolve) => (transaction.oncomplete = resolve));
  await (await caches.open("kept")).put("/kept", new Response(mark("caches")));
  for (const path of ["/cached", "/compressed"]) await (await fetch(path)).text();
  location.hash = mark("address");
  document.title = mark("title");
  return true;
}
</script>`

func newBeside(t *testing.T) *beside {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte(besidePage)) // a browser that has gone reads nothing
	})
	mux.HandleFunc("GET /{how}", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "max-age=3600")
		body := strings.Repeat("planted, and more: ", 20) + "planted-" + r.PathValue("how")
		if r.PathValue("how") != "compressed" {
			_, _ = w.Write([]byte(body))
			return
		}
		w.Header().Set("Content-Encoding", "gzip")
		packed := gzip.NewWriter(w)
		_, _ = packed.Write([]byte(body))
		_ = packed.Close()
	})
	stores := []string{"local", "session", "database", "caches", "cached", "compressed", "title", "address", "typed", "repeated"}
	b := &beside{httptest.NewServer(mux), t, stores}
	t.Cleanup(b.Close)
	return b
}

func (b *beside) plants(p *profile) {
	b.t.Helper()
	x := p.visit("/")
	x.focus("textbox", "Kept")
	x.keys("planted-typed")
	evaluate[bool](x, "plant()")
}

func (b *beside) forgets(store string) {
	b.stores = slices.DeleteFunc(b.stores, func(s string) bool { return s == store })
}

// searches looks for each marker in each file of the browser, and for what was planted.
func (b *beside) searches(circumstance, folder string, left []string) {
	b.t.Helper()
	planted := map[string]bool{}
	files, size := 0, 0
	err := filepath.WalkDir(folder, func(path string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		octets, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		files, size = files+1, size+len(octets)
		name := strings.TrimPrefix(path, folder)
		octets = append(octets, unpacked(b.t, octets)...)
		words := append([]string{typed, farNumber, farName, "39.7234", "89.8127", "39.723418", "-89.812763", "tel:911", `"911"`, "Alice Doe"}, left...)
		if !strings.Contains(name, "Cache/") { // the script of the page, which is there without any call, knows what it could say
			words = append(words, inProgress, callingBack, "mergency")
		}
		for _, word := range words {
			if found(octets, word) || found([]byte(name), word) {
				b.t.Errorf("%s: its %s holds %q", circumstance, name, word)
			}
		}
		for _, store := range b.stores {
			planted[store] = planted[store] || found(octets, "planted-"+store)
		}
		return nil
	})
	if err != nil {
		b.t.Fatal(err)
	}
	for _, store := range b.stores {
		if !planted[store] {
			b.t.Errorf("%s: what a page left in %s is not found: the search is blind there", circumstance, store)
		}
	}
	b.t.Logf("%s: %d files of %d octets are searched", circumstance, files, size)
}
