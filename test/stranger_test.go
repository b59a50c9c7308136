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

// seesNothing asks every operation that reads, as the document lists them, for
// what is another's, and fails the test for each that shows it. things are ids by
// the names of the paths' parameters. It returns how many it asked.
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
		}
	}
	return asked
}
