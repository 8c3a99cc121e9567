package notify

import (
	"slices"
	"sync"
	"time"
)

// Mail is one mail in the outbox.
type Mail struct {
	ID    string
	Plain []byte    // what was put, in the clear
	Until time.Time // when it is worth nothing any more
}

// Outbox keeps mails until they are delivered, over a restart where it can. Its methods return without waiting for a disk that hangs.
type Outbox interface {
	// PutMail keeps a mail, in place of the one with the same id. What is still there at the given time is wiped then.
	PutMail(id string, plain []byte, until time.Time)
	// Mails returns what is kept.
	Mails() []Mail
	// WipeMail leaves nothing of a mail; one that is not there is no mistake.
	WipeMail(id string)
}

// memory is the outbox of a node that has no other: a restart forgets it.
type memory struct {
	mu    sync.Mutex
	mails []Mail // guarded by mu
}

// NewMemory returns an outbox that a restart forgets.
func NewMemory() Outbox { return &memory{} }

func (m *memory) PutMail(id string, plain []byte, until time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.remove(id)
	m.mails = append(m.mails, Mail{ID: id, Plain: slices.Clone(plain), Until: until})
}

func (m *memory) Mails() []Mail {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.mails)
}

func (m *memory) WipeMail(id string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.remove(id)
}

func (m *memory) remove(id string) {
	m.mails = slices.DeleteFunc(m.mails, func(mail Mail) bool {
		if mail.ID == id {
			clear(mail.Plain)
		}
		return mail.ID == id
	})
}
