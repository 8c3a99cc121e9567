// Package pump is in no table.
package pump
