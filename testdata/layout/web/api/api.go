// Package api imports something of ours.
package api

import _ "mayday/center/location"
