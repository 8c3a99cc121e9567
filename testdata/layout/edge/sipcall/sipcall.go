// Package sipcall is an edge that reaches the database.
package sipcall

import _ "mayday/engine/store"
