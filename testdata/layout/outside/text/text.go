// Package text is from outside.
package text
