package blackbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"

	"mayday/center/location"
	"mayday/center/rep"
)

// placesName is the file that says where people have said to be. It is no emergency's: it stands there in the open, like the snapshot.
const placesName = "places.json"

// ReadPlaces returns where people have said to be, as the folder of a box has it; nothing when there is no such file.
func ReadPlaces(dir string) (map[rep.ID]location.Confirmation, error) {
	content, err := folder(dir).Read(placesName, -1)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil //nolint:nilnil // nobody has said anything
	}
	if err != nil {
		return nil, fmt.Errorf("read confirmed places: %w", err)
	}
	var places map[rep.ID]location.Confirmation
	if err := json.Unmarshal(content, &places); err != nil {
		return nil, fmt.Errorf("read confirmed places in %s: %w", placesName, err)
	}
	return places, nil
}

// WritePlaces puts all of them on the disk, whole or not at all. It is slow and never called on the way of a call.
func WritePlaces(dir string, places map[rep.ID]location.Confirmation) error {
	content, err := json.Marshal(places)
	if err == nil {
		err = folder(dir).Replace(placesName, content)
	}
	if err != nil {
		return fmt.Errorf("write confirmed places: %w", err)
	}
	return nil
}
