package notify

// Unpack reads a letter out of the outbox and packs it again.
func Unpack(m Mail) ([]byte, error) {
	l, err := unpack(m)
	if err != nil {
		return nil, err
	}
	return l.packed(), nil
}
