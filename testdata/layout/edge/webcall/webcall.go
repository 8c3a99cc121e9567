// Package webcall is an edge that imports another edge.
package webcall

import _ "mayday/edge/sipcall"
