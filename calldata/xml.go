package calldata

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
)

// The forms are the blocks as they stand in XML, in the order of the schemas. RFC 7852 §8

type providerForm struct {
	XMLName   xml.Name `xml:"urn:ietf:params:xml:ns:EmergencyCallData:ProviderInfo EmergencyCallData.ProviderInfo"`
	Reference string   `xml:"DataProviderReference"`
	Name      string   `xml:"DataProviderString"`
	ID        string   `xml:"ProviderID,omitempty"`
	IDSeries  string   `xml:"ProviderIDSeries,omitempty"`
	Kind      string   `xml:"TypeOfProvider,omitempty"`
	Contact   string   `xml:"ContactURI"`
	Languages []string `xml:"Language"`
}

type serviceForm struct {
	XMLName     xml.Name `xml:"urn:ietf:params:xml:ns:EmergencyCallData:ServiceInfo EmergencyCallData.ServiceInfo"`
	Reference   string   `xml:"DataProviderReference"`
	Environment string   `xml:"ServiceEnvironment,omitempty"`
	Types       []string `xml:"ServiceType"`
	Mobility    string   `xml:"ServiceMobility"`
}

type subscriberForm struct {
	XMLName          xml.Name  `xml:"urn:ietf:params:xml:ns:EmergencyCallData:SubscriberInfo EmergencyCallData.SubscriberInfo"`
	PrivacyRequested bool      `xml:"privacyRequested,attr"`
	Reference        string    `xml:"DataProviderReference"`
	Cards            cardsForm `xml:"SubscriberData>vcards"`
}

type cardsForm struct {
	XMLName xml.Name `xml:"urn:ietf:params:xml:ns:vcard-4.0 vcards"`
	Card    cardForm `xml:"vcard"`
}

// cardForm is a card. RFC 6351 §5
type cardForm struct {
	Name         textForm       `xml:"fn"`
	Organisation *textForm      `xml:"org"`
	Title        *textForm      `xml:"title"`
	Telephones   []uriForm      `xml:"tel"`
	Mail         []textForm     `xml:"email"`
	Languages    []languageForm `xml:"lang"`
}

type textForm struct {
	Text string `xml:"text"`
}

type uriForm struct {
	URI string `xml:"uri"`
}

type languageForm struct {
	Tag string `xml:"language-tag"`
}

type commentForm struct {
	XMLName   xml.Name  `xml:"urn:ietf:params:xml:ns:EmergencyCallData:Comment EmergencyCallData.Comment"`
	Reference string    `xml:"DataProviderReference"`
	Comment   wordsForm `xml:"Comment"`
}

type wordsForm struct {
	Lang  string `xml:"http://www.w3.org/XML/1998/namespace lang,attr,omitempty"`
	Words string `xml:",chardata"`
}

func (p Provider) form() any {
	return providerForm{
		Reference: clean(p.Reference), Name: clean(p.Name), ID: clean(p.ID), IDSeries: clean(p.IDSeries), Kind: clean(p.Kind),
		Contact: p.Contact, Languages: p.Languages,
	}
}

func (s Service) form() any {
	return serviceForm{Reference: clean(s.Reference), Environment: clean(s.Environment), Types: cleanAll(s.Types), Mobility: clean(s.Mobility)}
}

func (s Subscriber) form() any {
	card := cardForm{Name: textForm{clean(s.Card.Name)}, Organisation: textOf(s.Card.Organisation), Title: textOf(s.Card.Title)}
	for _, telephone := range s.Card.Telephones {
		card.Telephones = append(card.Telephones, uriForm{telephone})
	}
	for _, mail := range cleanAll(s.Card.Mail) {
		card.Mail = append(card.Mail, textForm{mail})
	}
	for _, tag := range s.Card.Languages {
		card.Languages = append(card.Languages, languageForm{tag})
	}
	return subscriberForm{PrivacyRequested: s.PrivacyRequested, Reference: clean(s.Reference), Cards: cardsForm{Card: card}}
}

func textOf(s string) *textForm {
	if s = clean(s); s != "" {
		return &textForm{s}
	}
	return nil
}

func (c Comment) form() any {
	return commentForm{Reference: clean(c.Reference), Comment: wordsForm{Lang: c.Lang, Words: clean(c.Words)}}
}

// Append appends the block as XML in UTF-8 to dst and returns the extended slice; white space becomes one blank, and so does what XML
// cannot hold. On an error it returns dst as it was.
func Append(dst []byte, b Block) ([]byte, error) {
	if err := check(b, "write"); err != nil {
		return dst, err
	}
	written, err := xml.Marshal(b.form())
	if err != nil {
		return dst, fmt.Errorf("write a block of call data: %w", err)
	}
	dst = append(dst, xml.Header...)
	return append(append(dst, written...), '\n'), nil
}

// Parse reads a block. What the package does not know of a block it knows is left out; a block that it does not know is an error.
func Parse(data []byte) (Block, error) {
	if len(data) > MaxSize {
		return nil, fmt.Errorf("read a block of call data: it is longer than %d bytes", MaxSize)
	}
	name, err := rootOf(data)
	if err != nil {
		return nil, err
	}
	read, known := readers[name]
	if !known {
		return nil, errors.New("read a block of call data: this block is not known")
	}
	b, err := read(data)
	if err != nil { // the library's error may repeat what it read
		return nil, errors.New("read a block of call data: it does not have the form of its kind")
	}
	return b, check(b, "read")
}

// rootOf reads the whole document, so that nothing stands behind the block, and refuses document types.
func rootOf(data []byte) (root xml.Name, err error) {
	d := xml.NewDecoder(bytes.NewReader(data))
	depth, roots := 0, 0
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) && roots == 1 {
			return root, nil
		}
		line, _ := d.InputPos()
		if err != nil {
			return root, fmt.Errorf("read a block of call data: line %d: this is not well-formed XML", line)
		}
		switch token := token.(type) {
		case xml.StartElement:
			if depth == 0 {
				root = token.Name
				roots++
			}
			if depth++; depth > 32 || roots > 1 {
				return root, fmt.Errorf("read a block of call data: line %d: there is more in it than a block", line)
			}
		case xml.EndElement:
			depth--
		case xml.Directive:
			return root, fmt.Errorf("read a block of call data: line %d: a document type is not allowed", line)
		}
	}
}

func nameOf(purpose string) xml.Name {
	return xml.Name{Space: "urn:ietf:params:xml:ns:" + strings.Replace(purpose, ".", ":", 1), Local: purpose}
}

var readers = map[xml.Name]func([]byte) (Block, error){
	nameOf(purposeProvider):   readProvider,
	nameOf(purposeService):    readService,
	nameOf(purposeSubscriber): readSubscriber,
	nameOf(purposeComment):    readComment,
}

func readProvider(data []byte) (Block, error) {
	var f providerForm
	err := xml.Unmarshal(data, &f)
	return Provider{
		Reference: clean(f.Reference), Name: clean(f.Name), ID: clean(f.ID), IDSeries: clean(f.IDSeries), Kind: clean(f.Kind),
		Contact: clean(f.Contact), Languages: cleanAll(f.Languages),
	}, err
}

func readService(data []byte) (Block, error) {
	var f serviceForm
	err := xml.Unmarshal(data, &f)
	return Service{Reference: clean(f.Reference), Environment: clean(f.Environment), Types: cleanAll(f.Types), Mobility: clean(f.Mobility)}, err
}

func readSubscriber(data []byte) (Block, error) {
	var f subscriberForm
	err := xml.Unmarshal(data, &f)
	card := Card{Name: clean(f.Cards.Card.Name.Text)}
	if text := f.Cards.Card.Organisation; text != nil {
		card.Organisation = clean(text.Text)
	}
	if text := f.Cards.Card.Title; text != nil {
		card.Title = clean(text.Text)
	}
	for _, telephone := range f.Cards.Card.Telephones {
		card.Telephones = append(card.Telephones, clean(telephone.URI))
	}
	card.Telephones = cleanAll(card.Telephones)
	for _, mail := range f.Cards.Card.Mail {
		card.Mail = append(card.Mail, mail.Text)
	}
	card.Mail = cleanAll(card.Mail)
	for _, language := range f.Cards.Card.Languages {
		card.Languages = append(card.Languages, language.Tag)
	}
	card.Languages = cleanAll(card.Languages)
	return Subscriber{Reference: clean(f.Reference), PrivacyRequested: f.PrivacyRequested, Card: card}, err
}

func readComment(data []byte) (Block, error) {
	var f commentForm
	err := xml.Unmarshal(data, &f)
	return Comment{Reference: clean(f.Reference), Lang: clean(f.Comment.Lang), Words: clean(f.Comment.Words)}, err
}
