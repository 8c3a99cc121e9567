package web

import (
	"context"
	"fmt"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"mayday/web/api"
)

// AddressBook has the sites and homes: for reps, who say where they are, and as a table for administrators.
type AddressBook interface {
	// Choices returns where the rep (a Person's ID) can say to be. It reads memory, and tells nobody of the homes of others.
	Choices(rep string) (api.PlaceChoices, error)
	// Addresses returns every site and home as CSV.
	Addresses(ctx context.Context) ([]byte, error)
	// ImportAddresses adds and changes the sites and homes of a CSV text. A Refusal says everything that is wrong with it, and nothing is
	// changed then; a Stale one that the center is newer than the version, unless that is 0.
	ImportAddresses(ctx context.Context, by string, csv []byte, version int64, dryRun bool) (api.CenterChange, error)
}

type placesOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         api.PlaceChoices
}

type addressesOutput struct {
	ContentType        string `header:"Content-Type"`
	ContentDisposition string `header:"Content-Disposition"`
	CacheControl       string `header:"Cache-Control"`
	Body               []byte
}

type importInput struct {
	IfMatch string `header:"If-Match" doc:"The version that was read; the change is refused with 412 when the center is newer."`
	DryRun  bool   `query:"dry_run" doc:"Say what would change, and change nothing."`
	RawBody []byte `contentType:"text/csv"`
}

const typeCSV = "text/csv"

func (s *Server) describeAddressBook(rest huma.API, description huma.Registry) {
	if s.config.AddressBook == nil {
		return
	}
	choices := operation(description, "places", http.MethodGet, "places", "Where one can say to be: the sites, and one's own home", false)
	register(s, rest, choices, func(ctx context.Context, _ *nothing) (*placesOutput, error) {
		v, err := signedIn(ctx)
		if err != nil {
			return nil, err
		}
		found, err := s.config.AddressBook.Choices(v.person.ID)
		if err != nil {
			return nil, fmt.Errorf("list places: %w", err)
		}
		found.Sites = orEmpty(found.Sites)
		return &placesOutput{"no-store", found}, nil
	})
	text := map[string]*huma.MediaType{typeCSV: {Schema: &huma.Schema{Type: huma.TypeString}}}
	export := operation(description, "export-address-book", http.MethodGet, "address_book", "Every site and home as CSV", false)
	export.Responses["200"] = &huma.Response{Description: "OK", Content: text}
	register(s, rest, export, func(ctx context.Context, _ *nothing) (*addressesOutput, error) {
		if _, err := administrator(ctx); err != nil {
			return nil, err
		}
		written, err := s.config.AddressBook.Addresses(ctx)
		if err != nil {
			return nil, fmt.Errorf("export address book: %w", err)
		}
		return &addressesOutput{typeCSV + "; charset=utf-8", `attachment; filename="address-book.csv"`, "no-store", written}, nil
	})
	take := operation(description, "import-address-book", http.MethodPut, "address_book", "Add and change the sites and homes of a CSV file", false)
	take.MaxBodyBytes, take.SkipValidateBody = largestCenter, true // what is wrong with it is found where it is read, all at once
	take.RequestBody = &huma.RequestBody{Required: true, Content: text}
	register(s, rest, take, func(ctx context.Context, input *importInput) (*applyOutput, error) {
		v, err := administrator(ctx)
		if err != nil {
			return nil, err
		}
		version, err := versionOf(input.IfMatch)
		if err != nil {
			return nil, err
		}
		change, err := s.config.AddressBook.ImportAddresses(ctx, v.person.ID, slices.Clone(input.RawBody), version, input.DryRun)
		if err != nil {
			return nil, fmt.Errorf("import address book: %w", err)
		}
		change.Changes = orEmpty(change.Changes)
		return &applyOutput{change}, nil
	})
}
