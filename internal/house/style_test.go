package house

import (
	"fmt"
	"go/ast"
	"go/token"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

const (
	mostLines         = 500 // of a file
	mostFunctionLines = 70
	mostColumns       = 100 // a tab is four
)

func shortFiles(t *tree) []finding {
	var found []finding
	for _, f := range t.production() {
		if n := len(f.lines()); n > mostLines {
			found = append(found, finding{f.path, 0, fmt.Sprintf("%d lines", n)})
		}
	}
	return found
}

// shortFunctions measures from func to the closing brace, and functions that
// stand in a variable as well.
func shortFunctions(t *tree) []finding {
	var found []finding
	for _, f := range t.production() {
		ast.Inspect(f.ast, func(n ast.Node) bool {
			switch n.(type) {
			case *ast.FuncDecl, *ast.FuncLit:
				first, last := f.set.Position(n.Pos()).Line, f.set.Position(n.End()).Line
				if size := last - first + 1; size > mostFunctionLines {
					found = append(found, f.at(n.Pos(), "a function of %d lines", size))
				}
				return false // what is inside is counted with it
			}
			return true
		})
	}
	return found
}

// tableRow is one line of a table, with a key before it or without.
var tableRow = regexp.MustCompile(`^("[^"]*":\s*)?\{.*\},$`)

// shortLines lets a line be longer for the strings in it (a message, a table
// of codes), for a row of a table, and for an address in a comment.
func shortLines(t *tree) []finding {
	var found []finding
	for _, f := range t.files {
		spared := stringColumns(f)
		for i, line := range f.lines() {
			columns := utf8.RuneCountInString(line) + 3*strings.Count(line, "\t")
			code := strings.TrimSpace(line)
			row := tableRow.MatchString(code)
			address := strings.HasPrefix(code, "//") && strings.Contains(code, "://")
			if columns-spared[i+1] > mostColumns && !row && !address {
				found = append(found, finding{f.path, i + 1, fmt.Sprintf("%d columns", columns)})
			}
		}
	}
	return found
}

// stringColumns counts, by line, the columns that string literals take. The
// inner lines of a raw string are all string.
func stringColumns(f *goFile) map[int]int {
	taken := map[int]int{}
	ast.Inspect(f.ast, func(n ast.Node) bool {
		literal, isLiteral := n.(*ast.BasicLit)
		if !isLiteral || literal.Kind != token.STRING {
			return true
		}
		first := f.set.Position(literal.Pos()).Line
		for i, part := range strings.Split(literal.Value, "\n") {
			taken[first+i] += utf8.RuneCountInString(part) + 3*strings.Count(part, "\t")
		}
		return true
	})
	return taken
}

// packageDocs wants one file of every package to say what it is for.
func packageDocs(t *tree) []finding {
	first, said := map[string]*goFile{}, map[string]bool{}
	for _, f := range t.files {
		if first[f.dir] == nil {
			first[f.dir] = f
		}
		start := "Package " + f.ast.Name.Name + " "
		if f.ast.Name.Name == "main" {
			start = "Command "
		}
		if strings.HasPrefix(f.ast.Doc.Text(), start) {
			said[f.dir] = true
		}
	}
	var found []finding
	for _, dir := range slices.Sorted(maps.Keys(first)) {
		if !said[dir] {
			found = append(found, finding{dir, 0, "no file has a package comment"})
		}
	}
	return found
}

// readmes wants the model, boundaries and invariants of every rung in words.
func readmes(t *tree) []finding {
	built := map[string]bool{}
	for _, f := range t.files {
		if i := t.rungOf(f.dir); i >= 0 {
			built[t.ladder[i].dir] = true
		}
	}
	var found []finding
	for _, room := range slices.Sorted(maps.Keys(built)) {
		if !t.exists[room+"/README.md"] {
			found = append(found, finding{room, 0, "no README.md"})
		}
	}
	return found
}

var mute = []string{"base", "common", "core", "helper", "helpers", "misc", "shared", "util", "utils"}

// speakingNames: a package that may hold anything will.
func speakingNames(t *tree) []finding {
	var found []finding
	for _, f := range t.files {
		if slices.Contains(mute, strings.TrimSuffix(f.ast.Name.Name, "_test")) {
			found = append(found, f.at(f.ast.Name.Pos(), "package %s", f.ast.Name.Name))
		}
	}
	return found
}
