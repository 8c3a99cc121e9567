// Package location imports a word below it, and a package from outside.
package location

import (
	_ "strings"

	_ "example.com/outside/text"

	_ "mayday/center/emergency"
)
