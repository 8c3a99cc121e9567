// Package psap shares more than the wire.
package psap

import (
	_ "mayday/engine"
	_ "mayday/sip"
)
