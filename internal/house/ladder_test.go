package house

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

const module = "openlend/"

// rung is one line of the ladder.
type rung struct {
	dir    string
	toCome bool // named, not built yet
}

// values are the rungs without state, and what each may import besides the
// standard library and the values above it.
var values = map[string][]string{
	"refusal":  nil,
	"money":    {"github.com/govalues/decimal"},
	"calendar": nil,
	"loan":     {"github.com/govalues/decimal"},
	"scoring":  {"gonum.org/v1/gonum"},
}

// plumbing serves every rung and knows no lending word, so it may import
// nothing of the ladder but the coded error.
var plumbing = []string{"internal", "schema"}

const codedError = "refusal"

// readLadder reads the fenced block "```ladder" of ARCHITECTURE.md: a rung per
// line, first the directory, then perhaps "(to come)", then what it is.
func readLadder(text string) ([]rung, error) {
	_, block, found := strings.Cut(text, "\n```ladder\n")
	block, _, closed := strings.Cut(block, "\n```")
	if !found || !closed {
		return nil, errors.New("ARCHITECTURE.md has no ladder")
	}
	var ladder []rung
	for line := range strings.Lines(block) {
		dir, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		if dir == "" {
			return nil, errors.New("the ladder has an empty line")
		}
		ladder = append(ladder, rung{dir, strings.HasPrefix(strings.TrimSpace(rest), "(to come)")})
	}
	return ladder, nil
}

// rungOf is the place of a directory on the ladder, -1 when it has none.
func (t *tree) rungOf(dir string) int {
	return slices.IndexFunc(t.ladder, func(r rung) bool { return within(dir, r.dir) })
}

func within(dir, parent string) bool {
	return dir == parent || strings.HasPrefix(dir, parent+"/")
}

func isPlumbing(dir string) bool {
	return slices.ContainsFunc(plumbing, func(p string) bool { return within(dir, p) })
}

// importsPointUp holds for tests too: a rung must be testable without the
// rungs below it.
func importsPointUp(t *tree) []finding {
	var found []finding
	for _, f := range t.files {
		for name, pos := range f.imports() {
			dir, ours := strings.CutPrefix(name, module)
			if !ours {
				continue
			}
			if why := t.refuses(f.dir, dir); why != "" {
				found = append(found, f.at(pos, "imports %s: %s", name, why))
			}
		}
	}
	return found
}

// refuses says why a package of one directory may not import another, or "".
func (t *tree) refuses(from, to string) string {
	if isPlumbing(from) {
		if isPlumbing(to) || to == codedError {
			return ""
		}
		return "plumbing knows no lending word"
	}
	rungFrom, rungTo := t.rungOf(from), t.rungOf(to)
	_, pure := values[topOf(from)]
	switch {
	case isPlumbing(to) && pure:
		return "a value stands on nothing"
	case isPlumbing(to):
		return ""
	case rungFrom < 0 || rungTo < 0:
		return "not on the ladder"
	case rungTo > rungFrom:
		return "it is further down the ladder"
	}
	return ""
}

func topOf(dir string) string {
	top, _, _ := strings.Cut(dir, "/")
	return top
}

// valuesStayPure is about what is shipped: a test may use a test library.
func valuesStayPure(t *tree) []finding {
	var found []finding
	for _, f := range t.production() {
		allowed, pure := values[topOf(f.dir)]
		if !pure {
			continue
		}
		for name, pos := range f.imports() {
			standard := !strings.Contains(topOf(name), ".")
			granted := slices.ContainsFunc(allowed, func(a string) bool { return within(name, a) })
			if !standard && !granted {
				found = append(found, f.at(pos, "a value imports %s", name))
			}
		}
	}
	return found
}

// ladderIsTrue compares the ladder with the directories that hold Go.
func ladderIsTrue(t *tree) []finding {
	var found []finding
	built := map[string]string{} // directory on the ladder, or unknown -> a file in it
	for _, f := range t.files {
		switch i := t.rungOf(f.dir); {
		case i >= 0:
			built[t.ladder[i].dir] = f.path
		case !isPlumbing(f.dir):
			built[f.dir] = f.path
		}
	}
	for _, r := range t.ladder {
		if r.toCome == (built[r.dir] != "") {
			found = append(found, finding{"ARCHITECTURE.md", 0,
				fmt.Sprintf("%s: \"(to come)\" is %v, there is Go in it: %v",
					r.dir, r.toCome, built[r.dir] != "")})
		}
	}
	for _, dir := range slices.Sorted(maps.Keys(built)) {
		if t.rungOf(dir) < 0 {
			found = append(found, finding{built[dir], 0, dir + " is not on the ladder"})
		}
	}
	return found
}

func TestReadLadder(t *testing.T) {
	got, err := readLadder("words\n```ladder\nmoney  amounts\nscoring  (to come) grades\n```\nmore\n")
	want := []rung{{"money", false}, {"scoring", true}}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("%v, %v", got, err)
	}
	for _, bad := range []string{"", "\n```ladder\nmoney\n", "\n```ladder\nmoney\n\nloan\n```\n"} {
		if _, err := readLadder(bad); err == nil {
			t.Errorf("%q was read as a ladder", bad)
		}
	}
}
