package house

import (
	"fmt"
	"slices"
	"testing"
)

// rule is one sentence of CONTRIBUTING.md that a machine can check.
type rule struct {
	name  string
	check func(t *tree) []finding
}

var rules = []rule{
	{"imports point up the ladder", importsPointUp},
	{"values import almost nothing", valuesStayPure},
	{"the ladder is true", ladderIsTrue},
	{"drivers stay in their place", driversStay},
	{"net/http stays in its place", httpStays},
	{"clocks and chance stay in their place", clocksStay},
	{"floats stay in rate solvers", floatsStay},
	{"SQL lives in store files", sqlInStores},
	{"a package writes only its own tables", ownTables},
	{"files are at most 500 lines", shortFiles},
	{"functions are at most 70 lines", shortFunctions},
	{"lines are at most 100 columns", shortLines},
	{"packages have a doc comment", packageDocs},
	{"rooms have a README", readmes},
	{"packages have a speaking name", speakingNames},
}

func TestTheHouseKeepsItsRules(t *testing.T) {
	repo := repository(t)
	if len(repo.production()) < 10 || len(repo.ladder) < 10 {
		t.Fatalf("%d files and %d rungs: this is not the repository",
			len(repo.production()), len(repo.ladder))
	}
	for _, r := range rules {
		t.Run(r.name, func(t *testing.T) {
			for _, f := range r.check(repo) {
				t.Error(f)
			}
		})
	}
}

// Each rule is shown to catch what it is for, at the right line, and nothing
// else.
func TestTheRulesCatchWhatTheyAreFor(t *testing.T) {
	broken, kept := map[string]bool{}, map[string]bool{}
	for _, e := range examples {
		i := slices.IndexFunc(rules, func(r rule) bool { return r.name == e.rule })
		if i < 0 {
			t.Fatalf("no rule is called %q", e.rule)
		}
		broken[e.rule] = broken[e.rule] || len(e.want) > 0
		kept[e.rule] = kept[e.rule] || len(e.want) == 0
		t.Run(e.rule+"/"+e.name, func(t *testing.T) {
			small := newTree()
			for name, text := range e.files {
				if err := small.add(name, text); err != nil {
					t.Fatal(err)
				}
			}
			var got []string
			for _, f := range rules[i].check(small) {
				got = append(got, place(f))
			}
			slices.Sort(got)
			if !slices.Equal(got, e.want) {
				t.Errorf("found %v, want %v", got, e.want)
			}
		})
	}
	for _, r := range rules {
		if !broken[r.name] || !kept[r.name] {
			t.Errorf("%s: needs an example that breaks it and one that keeps it", r.name)
		}
	}
}

// place is how an example names a finding: "path:line", the path alone when it
// is about the whole file.
func place(f finding) string {
	if f.line == 0 {
		return f.path
	}
	return fmt.Sprintf("%s:%d", f.path, f.line)
}
