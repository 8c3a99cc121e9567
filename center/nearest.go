package center

import "strings"

// Nearest returns the known word that somebody who typed this one most likely meant, empty if none comes near: two slips at most,
// and no more than a third of the letters.
func Nearest(typed string, known []string) string {
	if len(typed) > 100 {
		return ""
	}
	best, distance := "", max(1, min(2, len(typed)/3))+1
	for _, word := range known {
		if len(word)-len(typed) >= distance || len(typed)-len(word) >= distance {
			continue // so many letters are left out or added
		}
		if d := slips(strings.ToLower(typed), strings.ToLower(word)); d < distance && word != "" {
			best, distance = word, d
		}
	}
	return best
}

// slips counts the letters left out, added, mistaken or swapped with their neighbour between two words.
func slips(a, b string) int {
	before, last := make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row := make([]int, len(b)+1)
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last = last, row
	}
	return last[len(b)]
}
