package mailbox

// Read takes a mail apart.
func Read(raw []byte) Message { return read(raw) }
