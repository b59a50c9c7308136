package house

import (
	"fmt"
	"go/ast"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// sections are the kinds of lines that CHECKLIST.md must have, and how many.
var sections = []struct {
	letter string
	lines  int
}{{"R", 60}, {"F", 25}, {"A", 8}}

var (
	checklistLine = regexp.MustCompile(`(?m)^\| ([A-Z][0-9]{2}) \| [^|]+ \| (.+) \|$`)
	namedTest     = regexp.MustCompile("`([a-z][a-z/]*)\\.([A-Za-z][A-Za-z0-9]*)`")
	notYet        = regexp.MustCompile(`not yet \(([a-z]+)\)`)
)

// checklist finds what is wrong with the text: a line that is missing or twice
// or says nothing, a test that there is not, a room that is not on the ladder.
func checklist(text string, t *tree) []string {
	tests := t.testFunctions()
	var found, have []string
	for _, line := range checklistLine.FindAllStringSubmatch(text, -1) {
		nr, shown := line[1], line[2]
		have = append(have, nr)
		names := namedTest.FindAllStringSubmatch(shown, -1)
		rooms := notYet.FindAllStringSubmatch(shown, -1)
		if len(names)+len(rooms) == 0 {
			found = append(found, nr+": names neither a test nor a room")
		}
		for _, n := range names {
			if test := n[1] + "." + n[2]; !tests[test] {
				found = append(found, fmt.Sprintf("%s: there is no test %s", nr, test))
			}
		}
		for _, r := range rooms {
			if !slices.ContainsFunc(t.ladder, func(l rung) bool { return l.dir == r[1] }) {
				found = append(found, fmt.Sprintf("%s: there is no room %s", nr, r[1]))
			}
		}
		if n := strings.Count(shown, "`"); n != 2*len(names) {
			found = append(found, nr+": a name that is not package.function")
		}
	}
	var want []string
	for _, s := range sections {
		for i := range s.lines {
			want = append(want, fmt.Sprintf("%s%02d", s.letter, i+1))
		}
	}
	if !slices.Equal(have, want) {
		found = append(found, fmt.Sprintf("the lines are %v, want %v", have, want))
	}
	return found
}

// testFunctions are the functions and methods of all test files, as
// "directory.name": a test may be one of several that share a database.
func (t *tree) testFunctions() map[string]bool {
	found := map[string]bool{}
	for _, f := range t.files {
		for _, d := range f.ast.Decls {
			if fn, isFunc := d.(*ast.FuncDecl); isFunc && f.test {
				found[f.dir+"."+fn.Name.Name] = true
			}
		}
	}
	return found
}

func TestChecklist(t *testing.T) {
	text, err := os.ReadFile("../../CHECKLIST.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range checklist(string(text), repository(t)) {
		t.Error(f)
	}
}

// The test above sees what is wrong, and that alone.
func TestChecklistCatches(t *testing.T) {
	small := newTree()
	for name, text := range map[string]string{
		"pot/pot.go": "package pot\nfunc TestNothing() {}\n",
		"pot/pot_test.go": "package pot\nfunc TestPot() {}\nfunc (p *pot) isFull() {}\n" +
			"func lid() { _ = func() {} }\n",
		"ARCHITECTURE.md": "\n```ladder\npot  what it is\n```\n",
	} {
		if err := small.add(name, text); err != nil {
			t.Fatal(err)
		}
	}
	var lines []string
	for _, s := range sections {
		for i := range s.lines {
			lines = append(lines, fmt.Sprintf("| %s%02d | a rule | `pot.TestPot` |", s.letter, i+1))
		}
	}
	sound := strings.Join(lines, "\n")
	for name, c := range map[string]struct {
		old, changed string
		findings     int
	}{
		"sound":             {"", "", 0},
		"a method":          {"R01 | a rule | `pot.TestPot`", "R01 | a rule | `pot.isFull` `pot.lid`", 0},
		"a room":            {"R01 | a rule | `pot.TestPot`", "R01 | a rule | not yet (pot)", 0},
		"no such test":      {"R01 | a rule | `pot.TestPot`", "R01 | a rule | `pot.TestPan`", 1},
		"no test at all":    {"R01 | a rule | `pot.TestPot`", "R01 | a rule | `pot.TestNothing`", 1},
		"no such room":      {"R01 | a rule | `pot.TestPot`", "R01 | a rule | not yet (pan)", 1},
		"says nothing":      {"R01 | a rule | `pot.TestPot`", "R01 | a rule | by design", 1},
		"another form":      {"R01 | a rule | `pot.TestPot`", "R01 | a rule | `pot.TestPot` `TestPot`", 1},
		"a line is missing": {"| F25 | a rule | `pot.TestPot` |\n", "", 1},
		"a line is twice":   {"| F25 |", "| F24 |", 1},
	} {
		text := strings.Replace(sound, c.old, c.changed, 1)
		if found := checklist(text, small); len(found) != c.findings {
			t.Errorf("%s: %v", name, found)
		}
	}
}
