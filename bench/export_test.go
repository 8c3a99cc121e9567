package bench

// What tests look into.
var (
	SpreadOf    = spreadOf
	ReadFigures = readFigures
	UserOf      = userOf
	Echo        = echo
)

// Buckets lets a test read a histogram.
func (f figures) Buckets(name string, before figures) Buckets { return f.buckets(name, before) }
