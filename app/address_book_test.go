package app_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mayday/web/api"
)

func TestAddressBookGoesOutAndComesInWhole(t *testing.T) {
	s := lay(t, t.TempDir(), nil)
	s.start()
	ada := signIn(t, s.node.HTTP(), "ada")
	book := ada.send(http.MethodGet, "/api/v1/address_book", "")
	var change api.CenterChange
	ada.asks(http.MethodPut, "/api/v1/address_book", book, http.StatusOK, &change)
	if len(change.Changes) != 0 {
		t.Errorf("the book as it came out: %v", change.Changes)
	}

	var p api.Problem
	ada.asks(http.MethodPut, "/api/v1/address_book", "kind,id,name,country,room\nsite,oslo,Oslo,NO,1\nsite,hq,HQ,UK,9\nhome,nobody,,US,\n", http.StatusUnprocessableEntity, &p)
	fields := make([]string, len(p.Invalid))
	for i, m := range p.Invalid {
		fields[i] = m.Field
	}
	slices.Sort(fields)
	if !slices.Equal(fields, []string{"row 3, column country", "row 4, column id"}) || len(p.Errors) != 2 {
		t.Errorf("two mistakes: %+v", p)
	}
	if now := ada.send(http.MethodGet, "/api/v1/address_book", ""); now != book {
		t.Errorf("a book with mistakes has changed the center:\n%s", cmp.Diff(book, now))
	}

	const fresh = "kind,id,name,country,street,room\nsite,oslo,Oslo,NO,Karl Johans gate,1\nhome,alice,,DK,Vestergade,\n"
	want := []string{"added site oslo", "changed rep alice: home"}
	ada.asks(http.MethodPut, "/api/v1/address_book?dry_run=true", fresh, http.StatusOK, &change)
	if change.Applied || !slices.Equal(change.Changes, want) {
		t.Errorf("a dry run: %+v", change)
	}
	ada.asks(http.MethodPut, "/api/v1/address_book", fresh, http.StatusOK, &change)
	if !change.Applied || !slices.Equal(change.Changes, want) {
		t.Errorf("a new site and a home: %+v", change)
	}
	var audit api.Audit
	ada.get("/api/v1/audit?limit=2", &audit)
	if len(audit.Rows) != 2 || audit.Rows[0].By != "ada" || audit.Rows[0].Version != change.Version || audit.Rows[1].Version != change.Version {
		t.Errorf("the audit after an import: %+v", audit.Rows)
	}
	ada.header = http.Header{"If-Match": {`"1"`}}
	ada.asks(http.MethodPut, "/api/v1/address_book", fresh, http.StatusPreconditionFailed, &p)

	alice := signIn(t, s.node.HTTP(), "alice")
	alice.asks(http.MethodGet, "/api/v1/address_book", "", http.StatusForbidden, nil)
	alice.asks(http.MethodPut, "/api/v1/address_book", fresh, http.StatusForbidden, nil)
}

func TestAnybodySignedInSeesTheSitesAndTheirOwnHomeAlone(t *testing.T) {
	s := lay(t, t.TempDir(), nil)
	s.start()
	ada := signIn(t, s.node.HTTP(), "ada")
	ada.send(http.MethodPut, "/api/v1/address_book", "kind,id,country,street,floor\nhome,alice,DK,Vestergade,1\nhome,bob,DK,Nørregade,2\n")
	var places api.PlaceChoices
	alice := signIn(t, s.node.HTTP(), "alice")
	alice.get("/api/v1/places", &places)
	var hq api.SiteChoice
	for _, site := range places.Sites {
		if site.ID == "hq" {
			hq = site
		}
	}
	want := api.SiteChoice{ID: "hq", Name: "Headquarters", Address: []string{"Acme Headquarters", "1 Main St", "Springfield, IL 62701", "United States"}, Floor: "4", Room: "412"}
	if diff := cmp.Diff(want, hq); diff != "" || len(places.Sites) != 3 {
		t.Errorf("the sites that Alice can choose from: %+v\n%s", places.Sites, diff)
	}
	if home := places.Home; home == nil || home.Floor != "1" || !slices.Equal(home.Address, []string{"Vestergade", "Denmark"}) {
		t.Errorf("Alice's home: %+v", home)
	}
	if text := alice.send(http.MethodGet, "/api/v1/places", ""); strings.Contains(text, "Nørregade") || strings.Contains(text, "desk") || strings.Contains(text, "+1217") {
		t.Errorf("Alice is told of others: %s", text)
	}
	signIn(t, s.node.HTTP(), "ada").get("/api/v1/places", &places)
	anybody := &client{t: t, url: s.node.HTTP(), http: http.DefaultClient}
	anybody.asks(http.MethodGet, "/api/v1/places", "", http.StatusUnauthorized, nil)
}
