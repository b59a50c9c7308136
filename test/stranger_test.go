package test

import (
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
	"testing"
)

// parameter is one {name} of a path.
var parameter = regexp.MustCompile(`\{(\w+)\}`)

// thing is the end of an identifier.
var thing = regexp.MustCompile(`_[0-9A-Z]{13}`)

// seesNothing asks every operation that reads, as the document lists them, for
// what is another's, and fails the test for each that shows it, or that there is
// such a thing. things are ids by the names of the paths' parameters. It returns how
// many it asked.
func (c *client) seesNothing(t *testing.T, things map[string]string) int {
	t.Helper()
	var document struct {
		Paths map[string]map[string]struct {
			OperationID string                `json:"operationId"`
			Security    []map[string][]string `json:"security"`
		} `json:"paths"`
	}
	if err := json.Unmarshal([]byte(c.get(t, "/openapi.json").body), &document); err != nil {
		t.Fatal(err)
	}
	asked := 0
	for path, methods := range document.Paths {
		for method, operation := range methods {
			public := len(operation.Security) > 0 && len(operation.Security[0]) == 0
			filled := parameter.ReplaceAllStringFunc(path, func(name string) string {
				return things[strings.Trim(name, "{}")]
			})
			complete := strings.Count(filled, "//") == 0 && !strings.HasSuffix(filled, "/")
			if method != "get" || public || filled == path || !complete {
				continue
			}
			asked++
			a := c.send(t, http.MethodGet, filled, "", nil)
			if a.status != http.StatusNotFound && a.status != http.StatusForbidden {
				t.Errorf("%s shows a stranger %d %s", operation.OperationID, a.status, a.body)
			}
			nothing := thing.ReplaceAllString(filled, "_0CZ8N3W5K2Q4R")
			if b := c.send(t, http.MethodGet, nothing, "", nil); b.get("code") != a.get("code") {
				t.Errorf("%s tells a stranger what there is: %s and %s", operation.OperationID,
					a.get("code"), b.get("code"))
			}
		}
	}
	return asked
}
