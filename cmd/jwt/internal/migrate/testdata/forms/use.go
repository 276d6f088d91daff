package main

// canRead knows nothing of golang-jwt.
func canRead(c *access) bool { return c.Scope == "read" && c.Subject != "" }

func list(all []access) (subjects []string) {
	for _, c := range all {
		subjects = append(subjects, c.Subject, c.Scope)
	}
	return subjects
}
