package blackbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"

	"mayday/center/mapping"
)

// mappingsName is the file that says which emergency services look after the places of the center. It stands there in the open, like the
// snapshot: it tells nothing of anybody who has called.
const mappingsName = "mappings.json"

// Mappings is what a LoST server has told of the places of the center.
type Mappings struct {
	Server string         `json:"server"`
	Kept   []mapping.Kept `json:"kept,omitempty"`
}

// ReadMappings returns what was told, as the folder of a box has it; nothing when there is no such file.
func ReadMappings(dir string) (Mappings, error) {
	content, err := folder(dir).Read(mappingsName, -1)
	if errors.Is(err, fs.ErrNotExist) {
		return Mappings{}, nil
	}
	if err != nil {
		return Mappings{}, fmt.Errorf("read mappings: %w", err)
	}
	var told Mappings
	if err := json.Unmarshal(content, &told); err != nil {
		return Mappings{}, fmt.Errorf("read mappings in %s: %w", mappingsName, err)
	}
	return told, nil
}

// WriteMappings puts all of it on the disk, whole or not at all. It is slow and never called on the way of a call.
func WriteMappings(dir string, told Mappings) error {
	content, err := json.Marshal(told)
	if err == nil {
		err = folder(dir).Replace(mappingsName, content)
	}
	if err != nil {
		return fmt.Errorf("write mappings: %w", err)
	}
	return nil
}
