package banksim

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestEmptyStatement: an account that nothing has moved on has a statement, with
// no lines: not one that cannot be read.
func TestEmptyStatement(t *testing.T) {
	bank, err := Open(Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := bank.Close(); err != nil {
			t.Error(err)
		}
	})
	w := httptest.NewRecorder()
	bank.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/v1/accounts/EUR/lines?after=0&limit=10", nil))
	if w.Code != 200 || !strings.Contains(w.Body.String(), `"lines":[]`) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}
