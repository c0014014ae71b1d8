package config

import "math/big"

// CompareNumbers compares two decimal numbers exactly: negative if the first is less, 0 if they are equal.
func CompareNumbers(one, other string) int {
	a, _ := new(big.Rat).SetString(one)
	b, _ := new(big.Rat).SetString(other)
	if a == nil || b == nil {
		return 0
	}
	return a.Cmp(b)
}
