// Package sip knows a product word.
package sip

import _ "mayday/center/location"
