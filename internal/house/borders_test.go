package house

import (
	"go/ast"
	"go/token"
	"slices"
	"strings"
)

// allowance lets one file or directory do what a rule forbids elsewhere.
type allowance struct {
	place string // "loan/apr.go", or a directory with everything in it
	what  string // prefix of the import or name that is allowed; "" allows all
	why   string
}

func allowed(list []allowance, f *goFile, what string) bool {
	return slices.ContainsFunc(list, func(a allowance) bool {
		return (a.place == f.path || within(f.dir, a.place)) && strings.HasPrefix(what, a.what)
	})
}

// importsOf finds imports of the named packages and of what is below them.
func importsOf(files []*goFile, list []allowance, packages ...string) []finding {
	var found []finding
	for _, f := range files {
		for name, pos := range f.imports() {
			banned := slices.ContainsFunc(packages, func(p string) bool { return within(name, p) })
			if banned && !allowed(list, f, name) {
				found = append(found, f.at(pos, "imports %s", name))
			}
		}
	}
	return found
}

var driverPlaces = []allowance{
	{"internal/db", "", "the one package that knows the engine"},
	{"internal/pgcluster", "github.com/jackc/pgx", "it starts servers; it reads no table of ours"},
	{"internal/pgproxy", "github.com/jackc/pgx/v5/pgproto3", "messages; it runs no SQL of its own"},
}

// driversStay: whoever imports a driver can run SQL past internal/db.
func driversStay(t *tree) []finding {
	return importsOf(t.production(), driverPlaces,
		"database/sql", "github.com/jackc/pgx", "modernc.org/sqlite", "github.com/pressly/goose")
}

var httpPlaces = []allowance{
	{"api", "", "it is the REST interface"},
	{"web", "", "it serves the browser"},
	{"app", "", "it opens the listeners"},
	{"access", "", "outside identity providers"},
	{"notice", "", "webhooks and mail services"},
	{"custody", "", "the banks' clients"},
	{"internal/httpx", "", "what the servers and clients share"},
	{"internal/crypt", "", "time-stamp and key services"},
	{"internal/obs", "", "metrics and traces"},
	{"sim", "", "the bank simulator"},
	{"bench", "", "it is the load on the API"},
}

func httpStays(t *tree) []finding { return importsOf(t.production(), httpPlaces, "net/http") }

var clockPlaces = []allowance{
	{"internal/clock", "time.", "it is the clock"},
	{"internal/id", "", "it makes the identifiers"},
	{"internal/db/postgres.go", "math/rand", "jitter between retries decides nothing"},
	{"internal/pgcluster", "crypto/rand", "passwords of a throw-away server"},
	{"bench", "math/rand", "loads without a pattern; nothing of it is kept"},
}

// clocksStay: a day can be replayed only when nothing asks the machine for
// the time or for chance. Waiting (time.After, timers) is no asking.
func clocksStay(t *tree) []finding {
	found := importsOf(t.production(), clockPlaces, "math/rand", "crypto/rand")
	for _, f := range t.production() {
		name := f.imported("time")
		ast.Inspect(f.ast, func(n ast.Node) bool {
			called, isSelector := n.(*ast.SelectorExpr)
			if !isSelector || name == "" {
				return true
			}
			from, isName := called.X.(*ast.Ident)
			asks := slices.Contains([]string{"Now", "Since", "Until"}, called.Sel.Name)
			if isName && from.Name == name && asks && !allowed(clockPlaces, f, "time.") {
				found = append(found, f.at(n.Pos(), "asks the machine's clock"))
			}
			return true
		})
	}
	return found
}

var floatPlaces = []allowance{
	{"loan/apr.go", "", "rate solver"},
	{"loan/aprc.go", "", "rate solver"},
	{"loan/xirr.go", "", "rate solver"},
	{"loan/tvm.go", "", "rate solver"},
	{"loan/rate_solver.go", "", "what the rate solvers share"},
	{"scoring", "", "probabilities, quantised before they leave"},
	{"bench", "", "ratios, percentiles and figures per second; no amounts"},
}

// floatsStay finds the types, literals and conversions of floating point.
func floatsStay(t *tree) []finding {
	var found []finding
	for _, f := range t.production() {
		if allowed(floatPlaces, f, "") {
			continue
		}
		ast.Inspect(f.ast, func(n ast.Node) bool {
			if isFloat(n) {
				found = append(found, f.at(n.Pos(), "floating point"))
			}
			return true
		})
	}
	return found
}

func isFloat(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.BasicLit:
		return n.Kind == token.FLOAT || n.Kind == token.IMAG
	case *ast.Ident:
		return slices.Contains([]string{
			"float32", "float64", "complex64", "complex128", "ParseFloat", "FormatFloat", "NullFloat64",
		}, n.Name)
	}
	return false
}
