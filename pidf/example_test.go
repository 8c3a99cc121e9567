package pidf_test

import (
	"fmt"

	"mayday/pidf"
)

func Example() {
	document := pidf.Document{
		Entity: "pres:alice@acme.example",
		Tuples: []pidf.Tuple{{
			ID:     "desk",
			Method: pidf.MethodManual,
			Place:  pidf.Place{Civic: &pidf.Civic{Country: "DK", A3: "Aarhus", RD: "Åboulevarden", HNO: "12", FLR: "2", ROOM: "2.14"}},
		}},
	}
	xml, err := document.Append(nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	again, err := pidf.Parse(xml)
	if err != nil {
		fmt.Println(err)
		return
	}
	civic := again.Tuples[0].Place.Civic
	fmt.Println(civic.RD, civic.HNO, "floor", civic.FLR, "room", civic.ROOM)
	// Output: Åboulevarden 12 floor 2 room 2.14
}
