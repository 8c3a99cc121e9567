package relay

// Descriptors answers with those of a socket's two ports.
func (s *Socket) Descriptors() [2]int { return [2]int{s.rtp.(*looped).fd, s.rtcp.(*looped).fd} }
