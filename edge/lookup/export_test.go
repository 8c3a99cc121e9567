package lookup

import (
	"time"

	"mayday/center/location"
	"mayday/center/mapping"
	"mayday/pidf"
)

// ReadAnswer reads what a LoST server sends back.
func ReadAnswer(body []byte, now time.Time) (mapping.Mapping, error) {
	read, err := readAnswer(body)
	if err != nil {
		return mapping.Mapping{}, err
	}
	return readMapping(read, mapping.SOS, now)
}

// ReadLocation reads what a location server sends back.
func ReadLocation(body []byte, now time.Time) (Found, error) { return readHELD(body, now) }

// ToldIn returns the place in a document.
func ToldIn(document pidf.Document, now time.Time) (location.Told, error) {
	return toldIn(document, now)
}
