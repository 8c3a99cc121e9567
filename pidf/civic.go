package pidf

// Civic is a civic address; every field may be empty. The names are those of the elements that they become.
// RFC 5139 §3.1
type Civic struct {
	Lang    string // the language of the address, "da"; empty: not said. RFC 5139 §3.5
	Country string // ISO 3166-1 alpha-2 code in capitals. RFC 5139 §3.3
	A1      string // state, region, province, prefecture
	A2      string // county, parish
	A3      string // city, township
	A4      string // city division, borough
	A5      string // neighbourhood, block
	A6      string // group of streets below the neighbourhood
	PRM     string // what stands before the road's name: "Old"
	PRD     string // direction before the road's name: "N"
	RD      string // name of the road
	STS     string // the road's kind: "Street", "Allé"
	POD     string // direction after the road's name: "SW"
	POM     string // what stands after the road's name: "Extended"
	RDSEC   string // section of the road
	RDBR    string // branch of the road
	RDSUBBR string // branch of the branch
	HNO     string // house number, the number alone
	HNS     string // what follows the house number: "A", "1/2"
	LMK     string // landmark
	LOC     string // further words that help to find it
	FLR     string // floor
	NAM     string // who or what is there: name of the shop, the office
	PC      string // postal code
	BLD     string // building
	UNIT    string // apartment, suite
	ROOM    string // room
	PLC     string // kind of place, a registered word: "office". RFC 4589
	PCN     string // name of the postal community
	POBOX   string // post office box
	ADDCODE string // further code of the address
	SEAT    string // desk, seat, rack

	// Extensions holds elements of other namespaces, in their order. RFC 6848 §3
	Extensions []Extension
}

// Extension is an element of a civic address that RFC 5139 does not have: words under a name in a namespace of its own.
type Extension struct {
	Namespace string // such as NamespaceCivicExtension
	Name      string
	Value     string
}

// NamespaceCivicExtension is that of the elements which RFC 6848 itself adds: PN (number of a post), MP (milepost), STP (the
// road's kind before its name), HNP (what stands before the house number). RFC 6848 §5
const NamespaceCivicExtension = "urn:ietf:params:xml:ns:pidf:geopriv10:civicAddr:ext"

func (e Extension) check() string {
	if !isURI(e.Namespace) || e.Namespace == nsCivic || e.Namespace == nsXMLNS {
		return "the namespace of an extension of the address is not one of its own"
	}
	if !isName(e.Name) {
		return "the name of an extension of the address is not an XML name"
	}
	return ""
}

type civicElement struct {
	name  string
	field func(*Civic) *string
}

// civicElements lists the elements in the order that the schema demands, and the field behind each. RFC 5139 §4
var civicElements = [...]civicElement{
	{"country", func(c *Civic) *string { return &c.Country }},
	{"A1", func(c *Civic) *string { return &c.A1 }},
	{"A2", func(c *Civic) *string { return &c.A2 }},
	{"A3", func(c *Civic) *string { return &c.A3 }},
	{"A4", func(c *Civic) *string { return &c.A4 }},
	{"A5", func(c *Civic) *string { return &c.A5 }},
	{"A6", func(c *Civic) *string { return &c.A6 }},
	{"PRM", func(c *Civic) *string { return &c.PRM }},
	{"PRD", func(c *Civic) *string { return &c.PRD }},
	{"RD", func(c *Civic) *string { return &c.RD }},
	{"STS", func(c *Civic) *string { return &c.STS }},
	{"POD", func(c *Civic) *string { return &c.POD }},
	{"POM", func(c *Civic) *string { return &c.POM }},
	{"RDSEC", func(c *Civic) *string { return &c.RDSEC }},
	{"RDBR", func(c *Civic) *string { return &c.RDBR }},
	{"RDSUBBR", func(c *Civic) *string { return &c.RDSUBBR }},
	{"HNO", func(c *Civic) *string { return &c.HNO }},
	{"HNS", func(c *Civic) *string { return &c.HNS }},
	{"LMK", func(c *Civic) *string { return &c.LMK }},
	{"LOC", func(c *Civic) *string { return &c.LOC }},
	{"FLR", func(c *Civic) *string { return &c.FLR }},
	{"NAM", func(c *Civic) *string { return &c.NAM }},
	{"PC", func(c *Civic) *string { return &c.PC }},
	{"BLD", func(c *Civic) *string { return &c.BLD }},
	{"UNIT", func(c *Civic) *string { return &c.UNIT }},
	{"ROOM", func(c *Civic) *string { return &c.ROOM }},
	{"PLC", func(c *Civic) *string { return &c.PLC }},
	{"PCN", func(c *Civic) *string { return &c.PCN }},
	{"POBOX", func(c *Civic) *string { return &c.POBOX }},
	{"ADDCODE", func(c *Civic) *string { return &c.ADDCODE }},
	{"SEAT", func(c *Civic) *string { return &c.SEAT }},
}

// check returns what is wrong with the address, in a few words without its content, or "".
func (c *Civic) check() string {
	if c.Country != "" && !isCountry(c.Country) {
		return "the country is not a code of two capital letters"
	}
	if c.Lang != "" && !isLanguage(c.Lang) {
		return "the language is not a language tag"
	}
	said := false
	for _, extension := range c.Extensions {
		if wrong := extension.check(); wrong != "" {
			return wrong
		}
		said = said || hasWords(extension.Value)
	}
	for i := range civicElements {
		said = said || hasWords(*civicElements[i].field(c))
	}
	if !said {
		return "the address is empty"
	}
	return ""
}

func isCountry(s string) bool {
	return len(s) == 2 && s[0] >= 'A' && s[0] <= 'Z' && s[1] >= 'A' && s[1] <= 'Z'
}

// isLanguage reports whether s has the form of a language tag: subtags of one to eight letters and digits with dashes
// between them, the first of letters only.
func isLanguage(s string) bool {
	length, first := 0, true
	for i := range len(s) {
		switch c := s[i]; {
		case c == '-' && length > 0:
			length, first = 0, false
		case isLetter(c) || !first && isDigit(c):
			if length++; length > 8 {
				return false
			}
		default:
			return false
		}
	}
	return length > 0
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

func isDigit(c byte) bool { return c >= '0' && c <= '9' }
