package test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
)

// TestDrain: a process that is told to stop says so, ends the request that it is
// in the middle of, and exits with 0.
func TestDrain(t *testing.T) {
	each(t, func(t *testing.T, p *platform) {
		n := p.serve(t, "--drain", "2s")
		s := n.staff(t)
		body, err := json.Marshal(object{
			"kind": "person", "borrower": false, "lender": true, "name": "Ada Lovelace",
			"birth_date": "1990-12-10", "country": "DE", "national_id": "L01X00T47",
			"phone": "+49 30 901820", "email": "ada@example.org", "address": "1 Main Street",
		})
		if err != nil {
			t.Fatal(err)
		}
		slow, err := net.Dial("tcp", strings.TrimPrefix(n.url, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		defer slow.Close()
		half := len(body) / 2
		fmt.Fprintf(slow, "POST /v1/customers HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n"+
			"Idempotency-Key: slow\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
			s.compliance.token, len(body), body[:half])
		if a := s.admin.get(t, "/readyz"); a.get("state") != "ready" {
			t.Errorf("%s", a.body)
		}
		if err := n.process.Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		eventually(t, "the process says that it is about to stop", func() bool {
			a, err := s.admin.try(t, http.MethodGet, "/readyz", "", nil)
			return err == nil && a.status == http.StatusServiceUnavailable
		})
		if a := s.admin.get(t, "/livez"); a.get("state") != "alive" {
			t.Errorf("%s", a.body)
		}
		if _, err := slow.Write(body[half:]); err != nil {
			t.Fatal(err)
		}
		got, err := http.ReadResponse(bufio.NewReader(slow), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer got.Body.Close()
		if got.StatusCode != http.StatusCreated {
			t.Errorf("the request under way: %s", got.Status)
		}
		if err := n.wait(t); err != nil {
			t.Errorf("the process did not end well: %v", err)
		}
		p.mustVerify(t)
	})
}
