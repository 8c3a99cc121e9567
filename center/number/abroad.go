package number

import (
	"slices"
	"strings"

	"mayday/center/location"
)

// Abroad reports whether the number is certainly one of another country: its country code tells, or among those that share +1 its area
// code. Of countries whose numbering plan is not known nothing is certain, and of numbers without a place, such as +1 800, neither.
func (n E164) Abroad(country location.Country) bool {
	plan, known := planOf(country)
	digits, international := strings.CutPrefix(string(n), "+")
	if !known || !international {
		return false
	}
	national, ours := strings.CutPrefix(digits, plan.code)
	if !ours || plan.code != "1" || len(national) < 3 {
		return !ours
	}
	home := areaCodeOf(national[:3])
	return home != "" && home != country
}

// areaCodeOf returns whose area code it is among the countries that share +1: US, CA or PR; empty: another's, or nobody's in particular.
func areaCodeOf(code string) location.Country {
	switch {
	case slices.Contains(canadian(), code):
		return location.CA
	case code == "787" || code == "939":
		return location.PR
	case slices.Contains(elsewhere(), code) || code[0] < '2':
		return ""
	}
	return location.US
}

func canadian() []string {
	return strings.Fields("204 226 236 249 250 257 263 289 306 343 354 365 367 368 382 387 403 416 418 428 431 437 438 450 460 468 474 " +
		"506 514 519 537 548 568 579 581 584 587 604 613 639 647 672 683 705 709 742 753 778 780 782 807 819 825 867 873 879 902 905 942")
}

// elsewhere lists area codes of islands that share +1, and those of no place.
func elsewhere() []string {
	return strings.Fields("242 246 264 268 284 340 345 441 473 649 658 664 670 671 684 721 758 767 784 809 829 849 868 869 876 " +
		"500 521 522 523 524 525 526 527 528 529 532 533 535 538 542 543 544 545 546 547 549 550 552 553 554 556 566 569 577 578 588 589 " +
		"600 622 633 644 655 677 688 700 710 800 822 833 844 855 866 877 880 881 882 883 884 885 886 887 888 889 900")
}
