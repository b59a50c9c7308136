package api

import "net/http"

// serveHealth tells a load balancer whether the process lives, and whether it
// should be sent requests: /livez says nothing about the database, or its outage
// would have every process restarted.
func (s *server) serveHealth() {
	s.mux.HandleFunc("GET /livez", func(w http.ResponseWriter, _ *http.Request) {
		writeHealth(w, http.StatusOK, "alive")
	})
	s.mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		if s.Ready != nil {
			if err := s.Ready(r.Context()); err != nil {
				s.Log.Warn("not ready", "why", faultOf(err))
				writeHealth(w, http.StatusServiceUnavailable, "not ready")
				return
			}
		}
		writeHealth(w, http.StatusOK, "ready")
	})
}

func writeHealth(w http.ResponseWriter, status int, state string) {
	w.Header().Set("Content-Type", jsonType)
	w.Header().Set("Cache-Control", noStore)
	w.WriteHeader(status)
	_, _ = w.Write([]byte(`{"state":"` + state + `"}` + "\n")) // a prober that went away
}
