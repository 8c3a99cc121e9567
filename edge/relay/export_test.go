package relay

// ReadAlone makes each port of the range have a goroutine of its own, as on systems without a loop.
func (p *Ports) ReadAlone() { p.loops.alone = true }
