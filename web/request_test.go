package web_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mayday/web"
	"mayday/web/api"
)

func TestRequestsAreReadAsTheyAreDocumented(t *testing.T) {
	for _, c := range []struct {
		frame string
		want  api.Request
	}{
		{`{"id":1,"do":"dial","digits":"911"}`, api.Request{ID: 1, Do: api.DoDial, Digits: "911"}},
		{` {"do":"end"} `, api.Request{Do: api.DoEnd}},
		{`{"id":2,"do":"microphone","microphone":"denied"}`, api.Request{ID: 2, Do: api.DoMicrophone, Microphone: "denied"}},
		{`{"id":3,"do":"position","position":{"latitude":1,"longitude":-2,"radius_m":3}}`,
			api.Request{ID: 3, Do: api.DoPosition, Position: &api.Position{Latitude: 1, Longitude: -2, RadiusM: 3}}},
		{`{"id":4,"do":"presence","presence":"away"}`, api.Request{ID: 4, Do: api.DoPresence, Presence: "away"}},
		{`{"id":6,"do":"confirm_place","place":{"network":["Floor 3","Aarhus"]}}`,
			api.Request{ID: 6, Do: api.DoConfirmPlace, Place: &api.ConfirmedPlace{Network: []string{"Floor 3", "Aarhus"}}}},
		{`{"id":7,"do":"confirm_place","place":{"site":"hq","floor":"4"}}`, api.Request{ID: 7, Do: api.DoConfirmPlace, Place: &api.ConfirmedPlace{Site: "hq", Floor: "4"}}},
		{`{"id":5,"do":"media_offer","sdp":"v=0"}`, api.Request{ID: 5, Do: api.DoMediaOffer, SDP: "v=0"}},
	} {
		got, err := web.DecodeRequest([]byte(c.frame))
		if err != nil {
			t.Errorf("%s: %v", c.frame, err)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.frame, diff)
		}
	}
}

// garbage is what a feed must bear, with the id that its reply must name and a word of the reason.
var garbage = []struct {
	frame string
	id    int64
	words string
}{
	{"", 0, "not JSON"},
	{"hello", 0, "not JSON"},
	{`{"id":7,"do":"dial","digits":"911"`, 0, "not JSON"},
	{"\x00\xff\xfe", 0, "not JSON"},
	{strings.Repeat("[", 60_000), 0, "not JSON"},
	{`[]`, 0, "wrong kind"},
	{`"dial"`, 0, "wrong kind"},
	{`null`, 0, "unknown do"},
	{`{}`, 0, "unknown do"},
	{`{"id":8,"do":"explode"}`, 8, "unknown do"},
	{`{"id":8,"do":"DIAL"}`, 8, "unknown do"},
	{`{"id":9,"do":"dial","digits":911}`, 9, "wrong kind"},
	{`{"id":10,"do":"dial","number":"911"}`, 10, "unknown field"},
	{`{"id":"eleven","do":"dial"}`, 0, "wrong kind"},
	{`{"id":99999999999999999999,"do":"dial"}`, 0, "wrong kind"},
	{`{"id":12,"do":"end"}{"id":13,"do":"dial"}`, 12, "one request"},
	{`{"id":14,"do":"position"}`, 14, "position needs"},
	{`{"id":16,"do":"confirm_place"}`, 16, "confirm_place needs"},
	{`{"id":17,"do":"confirm_place","place":{}}`, 17, "confirm_place needs"},
	{`{"id":18,"do":"confirm_place","place":{"site":"hq","network":["Aarhus"]}}`, 18, "confirm_place needs"},
	{`{"id":19,"do":"confirm_place","place":{"home":true,"site":"hq"}}`, 19, "confirm_place needs"},
	{`{"id":15,"do":"position","position":{"latitude":91,"longitude":0,"radius_m":1}}`, 15, "position needs"},
	{`{"id":16,"do":"position","position":{"latitude":1,"longitude":0,"radius_m":-1}}`, 16, "position needs"},
	{`{"id":17,"do":"presence"}`, 17, "presence needs"},
	{`{"id":18,"do":"media_offer"}`, 18, "media_offer needs"},
	{`{"id":19,"do":"microphone","microphone":"broken"}`, 19, "microphone needs"},
}

func TestGarbageIsRefusedInWords(t *testing.T) {
	for _, c := range garbage {
		r, err := web.DecodeRequest([]byte(c.frame))
		if err == nil || !strings.Contains(err.Error(), c.words) {
			t.Errorf("frame %.80q: refused with %v, want words of %q", c.frame, err, c.words)
		}
		if r.ID != c.id {
			t.Errorf("frame %.80q: refused with id %d, want %d", c.frame, r.ID, c.id)
		}
	}
}

func FuzzRequest(f *testing.F) {
	for _, c := range garbage {
		f.Add([]byte(c.frame))
	}
	f.Add([]byte(`{"id":1,"do":"dial","digits":"911"}`))
	f.Add([]byte(`{"id":1,"do":"position","position":{"latitude":1e-7,"longitude":0,"radius_m":0}}`))
	f.Fuzz(func(t *testing.T, frame []byte) {
		r, err := web.DecodeRequest(frame)
		if err != nil {
			if len(err.Error()) > 120 {
				t.Errorf("refused with %d bytes of words, so they may hold content: %v", len(err.Error()), err)
			}
			return
		}
		again, err := json.Marshal(r)
		if err != nil {
			t.Fatalf("a request that was read cannot be written: %v", err)
		}
		same, err := web.DecodeRequest(again)
		if err != nil {
			t.Fatalf("a request that was written cannot be read: %v", err)
		}
		if diff := cmp.Diff(r, same); diff != "" {
			t.Errorf("written and read again (-first +second):\n%s", diff)
		}
	})
}
