package blackbox

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"reflect"
	"time"
	"unsafe"
)

// The value that a snapshot carries is written as its shape followed by its content. The shape names every field, so that a program
// which is newer or older than the one that wrote the file finds what both know and skips the rest. Strings are not copied when they
// are read: they are parts of the one text that the file is (ADR 10).

// Kinds of a shape.
const (
	kindBool    = 'b'
	kindInt     = 'i'
	kindFloat   = 'f'
	kindString  = 's'
	kindTime    = 't'
	kindPointer = '*'
	kindSlice   = '['
	kindStruct  = '{'
)

// maxDepth is how deep a shape may be nested; the center's is 5.
const maxDepth = 16

// maxFields is how many fields a struct may have: one bit each says whether it is there.
const maxFields = 64

var errRuined = errors.New("the content is ruined")

// shape describes a type as it was when a value of it was written.
type shape struct {
	kind   byte
	fields []field // of a struct
	item   *shape  // of a slice or a pointer
}

type field struct {
	name  string
	shape *shape
}

var timeType = reflect.TypeFor[time.Time]()

// shapeOf returns the shape of a type of ours. A type that has none is our mistake; a test reads every type of the center.
func shapeOf(t reflect.Type) *shape {
	switch {
	case t == timeType:
		return &shape{kind: kindTime}
	case t.Kind() == reflect.Bool:
		return &shape{kind: kindBool}
	case t.Kind() == reflect.String:
		return &shape{kind: kindString}
	case t.Kind() == reflect.Int, t.Kind() == reflect.Int64:
		return &shape{kind: kindInt}
	case t.Kind() == reflect.Float64:
		return &shape{kind: kindFloat}
	case t.Kind() == reflect.Pointer:
		return &shape{kind: kindPointer, item: shapeOf(t.Elem())}
	case t.Kind() == reflect.Slice:
		return &shape{kind: kindSlice, item: shapeOf(t.Elem())}
	case t.Kind() == reflect.Struct && t.NumField() <= maxFields:
		s := &shape{kind: kindStruct}
		for f := range t.Fields() {
			s.fields = append(s.fields, field{name: f.Name, shape: shapeOf(f.Type)})
		}
		return s
	}
	panic(fmt.Sprintf("blackbox: BUG: no shape for %v", t))
}

func (s *shape) append(out []byte) []byte {
	out = append(out, s.kind)
	switch s.kind {
	case kindPointer, kindSlice:
		out = s.item.append(out)
	case kindStruct:
		out = binary.AppendUvarint(out, uint64(len(s.fields)))
		for _, f := range s.fields {
			out = appendText(out, f.name)
			out = f.shape.append(out)
		}
	}
	return out
}

func appendText(out []byte, text string) []byte {
	return append(binary.AppendUvarint(out, uint64(len(text))), text...)
}

// encode writes a value with its shape.
func encode(value any) []byte {
	v := reflect.ValueOf(value)
	s := shapeOf(v.Type())
	return appendValue(s.append(nil), s, v)
}

func appendValue(out []byte, s *shape, v reflect.Value) []byte {
	switch s.kind {
	case kindBool:
		return append(out, map[bool]byte{true: 1}[v.Bool()])
	case kindString:
		return appendText(out, v.String())
	case kindInt:
		return binary.AppendVarint(out, v.Int())
	case kindFloat:
		return binary.LittleEndian.AppendUint64(out, math.Float64bits(v.Float()))
	case kindTime:
		at := v.Interface().(time.Time)
		return binary.AppendUvarint(binary.AppendVarint(out, at.Unix()), uint64(at.Nanosecond()))
	case kindPointer:
		if v.IsNil() {
			return append(out, 0)
		}
		return appendValue(append(out, 1), s.item, v.Elem())
	case kindSlice:
		out = binary.AppendUvarint(out, uint64(v.Len()))
		for i := range v.Len() {
			out = appendValue(out, s.item, v.Index(i))
		}
		return out
	case kindStruct:
		return appendStruct(out, s, v)
	}
	panic(fmt.Sprintf("blackbox: BUG: no kind %q", s.kind))
}

// appendStruct writes which fields are not zero, and those.
func appendStruct(out []byte, s *shape, v reflect.Value) []byte {
	var present uint64
	for i := range s.fields {
		if !v.Field(i).IsZero() {
			present |= 1 << i
		}
	}
	out = binary.AppendUvarint(out, present)
	for i, f := range s.fields {
		if present&(1<<i) != 0 {
			out = appendValue(out, f.shape, v.Field(i))
		}
	}
	return out
}

// source is a text that is read from its beginning to its end; after the first mistake it reads only zeros.
type source struct {
	text string
	at   int
	err  error
}

func (r *source) fail() {
	r.err, r.at = errRuined, len(r.text)
}

func (r *source) octet() byte {
	if r.at >= len(r.text) {
		r.fail()
		return 0
	}
	r.at++
	return r.text[r.at-1]
}

func (r *source) uvarint() uint64 {
	var value uint64
	for shift := 0; shift < 64; shift += 7 {
		b := r.octet()
		value |= uint64(b&0x7f) << shift
		if b < 0x80 {
			return value
		}
	}
	r.fail()
	return 0
}

func (r *source) varint() int64 {
	u := r.uvarint()
	return int64(u>>1) ^ -int64(u&1)
}

// length reads how many things of at least one octet follow.
func (r *source) length() int {
	n := r.uvarint()
	if n > uint64(len(r.text)-r.at) {
		r.fail()
		return 0
	}
	return int(n)
}

func (r *source) part() string {
	n := r.length()
	r.at += n
	return r.text[r.at-n : r.at]
}

func (r *source) word() uint64 {
	var value uint64
	for i := range 8 {
		value |= uint64(r.octet()) << (8 * i)
	}
	return value
}

func (r *source) time() time.Time {
	seconds, nanoseconds := r.varint(), r.uvarint()
	if nanoseconds >= uint64(time.Second) {
		r.fail()
		return time.Time{}
	}
	return time.Unix(seconds, int64(nanoseconds)).UTC()
}

func (r *source) shape(depth int) *shape {
	s := &shape{kind: r.octet()}
	if depth > maxDepth {
		r.fail()
		return s
	}
	switch s.kind {
	case kindBool, kindString, kindInt, kindFloat, kindTime:
	case kindPointer, kindSlice:
		s.item = r.shape(depth + 1)
	case kindStruct:
		n := r.length()
		if n > maxFields {
			r.fail()
		}
		for i := 0; i < n && r.err == nil; i++ {
			s.fields = append(s.fields, field{name: r.part(), shape: r.shape(depth + 1)})
		}
	default:
		r.fail()
	}
	return s
}

// decode reads a value that encode wrote into the variable that the pointer points to.
func decode(text string, into any) error {
	r := &source{text: text}
	s := r.shape(0)
	if r.err != nil {
		return r.err
	}
	target := reflect.ValueOf(into).Elem()
	reader(s, target.Type())(r, target)
	if r.err == nil && r.at != len(r.text) {
		r.fail()
	}
	return r.err
}

// read is how one part of a value is read.
type read func(*source, reflect.Value)

// reader returns how a value of the written shape is read into the given type: what does not fit is skipped.
func reader(s *shape, t reflect.Type) read {
	if t == nil || !fits(s, t) {
		return skipper(s)
	}
	switch s.kind {
	case kindBool:
		return func(r *source, v reflect.Value) { v.SetBool(r.octet() != 0) }
	case kindString:
		return func(r *source, v reflect.Value) { v.SetString(r.part()) }
	case kindInt:
		return func(r *source, v reflect.Value) { v.SetInt(r.varint()) }
	case kindFloat:
		return func(r *source, v reflect.Value) { v.SetFloat(math.Float64frombits(r.word())) }
	case kindTime:
		return func(r *source, v reflect.Value) { v.Set(reflect.ValueOf(r.time())) }
	case kindPointer:
		return pointerReader(reader(s.item, t.Elem()), t.Elem())
	case kindSlice:
		return sliceReader(reader(s.item, t.Elem()))
	case kindStruct:
		return structReader(s, t)
	}
	panic(fmt.Sprintf("blackbox: BUG: no kind %q", s.kind))
}

func fits(s *shape, t reflect.Type) bool {
	switch s.kind {
	case kindBool:
		return t.Kind() == reflect.Bool
	case kindString:
		return t.Kind() == reflect.String
	case kindInt:
		return t.Kind() == reflect.Int || t.Kind() == reflect.Int64
	case kindFloat:
		return t.Kind() == reflect.Float64
	case kindTime:
		return t == timeType
	case kindPointer:
		return t.Kind() == reflect.Pointer
	case kindSlice:
		return t.Kind() == reflect.Slice
	}
	return t.Kind() == reflect.Struct && t != timeType
}

func pointerReader(item read, t reflect.Type) read {
	return func(r *source, v reflect.Value) {
		if r.octet() == 0 {
			return
		}
		v.Set(reflect.New(t))
		item(r, v.Elem())
	}
}

func sliceReader(item read) read {
	return func(r *source, v reflect.Value) {
		n := r.length()
		if n == 0 {
			return
		}
		v.Grow(min(n, 1<<16)) // a ruined length asks for little more than it has octets
		inHugePages(unsafe.Slice((*byte)(v.UnsafePointer()), uintptr(v.Cap())*v.Type().Elem().Size()))
		for i := 0; i < n && r.err == nil; i++ {
			if i == v.Cap() {
				v.Grow(1)
			}
			v.SetLen(i + 1)
			item(r, v.Index(i))
		}
	}
}

func structReader(s *shape, t reflect.Type) read {
	readers, indices := make([]read, len(s.fields)), make([]int, len(s.fields))
	for i, f := range s.fields {
		known, ok := t.FieldByName(f.name)
		if !ok || !fits(f.shape, known.Type) {
			readers[i], indices[i] = skipper(f.shape), -1
			continue
		}
		readers[i], indices[i] = reader(f.shape, known.Type), known.Index[0]
	}
	return func(r *source, v reflect.Value) {
		present := r.uvarint()
		if present>>len(readers) != 0 {
			r.fail()
			return
		}
		for i, read := range readers {
			switch {
			case present&(1<<i) == 0:
			case indices[i] < 0:
				read(r, reflect.Value{})
			default:
				read(r, v.Field(indices[i]))
			}
		}
	}
}

// skipper returns how a value of that shape is read past.
func skipper(s *shape) read {
	switch s.kind {
	case kindBool:
		return func(r *source, _ reflect.Value) { r.octet() }
	case kindString:
		return func(r *source, _ reflect.Value) { r.part() }
	case kindInt:
		return func(r *source, _ reflect.Value) { r.varint() }
	case kindFloat:
		return func(r *source, _ reflect.Value) { r.word() }
	case kindTime:
		return func(r *source, _ reflect.Value) { r.time() }
	case kindPointer:
		item := skipper(s.item)
		return func(r *source, v reflect.Value) {
			if r.octet() != 0 {
				item(r, v)
			}
		}
	case kindSlice:
		item := skipper(s.item)
		return func(r *source, v reflect.Value) {
			for i := r.length(); i > 0 && r.err == nil; i-- {
				item(r, v)
			}
		}
	}
	return structSkipper(s)
}

func structSkipper(s *shape) read {
	skips := make([]read, len(s.fields))
	for i, f := range s.fields {
		skips[i] = skipper(f.shape)
	}
	return func(r *source, v reflect.Value) {
		present := r.uvarint()
		if present>>len(skips) != 0 {
			r.fail()
			return
		}
		for i, skip := range skips {
			if present&(1<<i) != 0 {
				skip(r, v)
			}
		}
	}
}
