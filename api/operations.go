package api

// register registers every operation, in the order of a loan's life.
func (s *server) register() {
	for _, operation := range []func(){
		s.getOperation,
	} {
		operation()
	}
}
