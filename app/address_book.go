package app

import (
	"context"

	"mayday/center"
	"mayday/center/location"
	"mayday/center/rep"
	"mayday/config/centerfile"
	"mayday/engine"
	"mayday/web/api"
)

// addressBook has the sites and homes of the center in force, and changes them in the database.
type addressBook struct{ node *Node }

// Choices implements web.AddressBook.
func (b *addressBook) Choices(id string) (api.PlaceChoices, error) {
	snapshot := b.node.engine.Snapshot()
	who, known := snapshot.Rep(rep.ID(id))
	if !known {
		return api.PlaceChoices{}, engine.NoSuchRep
	}
	var choices api.PlaceChoices
	for _, s := range snapshot.Center.Sites {
		choices.Sites = append(choices.Sites, api.SiteChoice{
			ID: string(s.ID), Name: s.Name, Address: untilDoor(s.Civic, s.Country), Floor: s.Civic.Floor, Room: s.Civic.Room,
		})
	}
	if home := who.Home; home != nil {
		choices.Home = &api.HomeChoice{Address: untilDoor(home.Civic, home.Country), Floor: home.Civic.Floor, Room: home.Civic.Room}
	}
	return choices, nil
}

// untilDoor returns an address line by line without what is asked for beside it.
func untilDoor(address location.Civic, country location.Country) []string {
	address.Floor, address.Room = "", ""
	return address.Lines(country)
}

// Addresses implements web.AddressBook.
func (b *addressBook) Addresses(ctx context.Context) ([]byte, error) {
	opened, err := b.node.database.now()
	if err != nil {
		return nil, err
	}
	current, _, err := opened.Center(ctx)
	if err != nil {
		return nil, err
	}
	return centerfile.WriteAddresses(current)
}

// ImportAddresses implements web.AddressBook.
func (b *addressBook) ImportAddresses(ctx context.Context, by string, csv []byte, version int64, dryRun bool) (api.CenterChange, error) {
	return b.node.edit(ctx, by, version, dryRun, func(current center.Center) (center.Center, error) {
		return centerfile.ReadAddresses(current, csv)
	})
}
