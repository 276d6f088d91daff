package migrate

// A plan is what is rewritten in a package.
type plan struct{ s *source }

func newPlan(s *source) *plan { return &plan{s} }

func (p *plan) files() (map[string][]byte, error) { return nil, nil }
