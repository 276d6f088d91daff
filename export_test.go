package jwt

// RememberModulus adds the hash of a modulus to those that have been found good.
func RememberModulus(sum [32]byte) { composites.add(sum) }

// RememberedModuli returns how many there are.
func RememberedModuli() int {
	composites.mu.Lock()
	defer composites.mu.Unlock()
	return len(composites.sums)
}
