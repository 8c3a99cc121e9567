package center

// The shapes that names have.
var (
	IsID       = isID
	IsZone     = isZone
	IsLanguage = isLanguage
)
