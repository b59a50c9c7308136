// Package house keeps the house rules of CONTRIBUTING.md and the import ladder
// of ARCHITECTURE.md by test. It holds no production code.
//
// Invariant: every rule is itself tested with an example that breaks it and one
// that keeps it, so no rule can pass because it looks at nothing.
package house

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// tree is a repository, or a small example of one.
type tree struct {
	files  []*goFile
	exists map[string]bool // every other file, by slash path from the root
	ladder []rung
	consts map[string]string // string constants by "directory.name"
}

// goFile is one Go source.
type goFile struct {
	path string // slash path from the root: "market/store.go"
	dir  string // "market"; "." is the root
	test bool
	text string
	ast  *ast.File
	set  *token.FileSet
	tree *tree
}

func newTree() *tree { return &tree{exists: map[string]bool{}, consts: map[string]string{}} }

// finding is one breach of a rule.
type finding struct {
	path string
	line int // 0 when it is about the whole file or directory
	text string
}

func (f finding) String() string { return fmt.Sprintf("%s:%d: %s", f.path, f.line, f.text) }

// at makes a finding about a place in the file.
func (f *goFile) at(p token.Pos, format string, args ...any) finding {
	return finding{f.path, f.set.Position(p).Line, fmt.Sprintf(format, args...)}
}

// lines is the file cut at its line ends.
func (f *goFile) lines() []string { return strings.Split(strings.TrimSuffix(f.text, "\n"), "\n") }

// imports lists what the file imports, with the place of each.
func (f *goFile) imports() map[string]token.Pos {
	found := map[string]token.Pos{}
	for _, spec := range f.ast.Imports {
		name, err := strconv.Unquote(spec.Path.Value)
		if err == nil { // the parser has accepted it
			found[name] = spec.Pos()
		}
	}
	return found
}

// imported is the name by which the file calls a package, "" when it does not
// import it.
func (f *goFile) imported(pkg string) string {
	for _, spec := range f.ast.Imports {
		if spec.Path.Value != strconv.Quote(pkg) {
			continue
		}
		if spec.Name != nil {
			return spec.Name.Name
		}
		return path.Base(pkg)
	}
	return ""
}

// add puts one file into the tree.
func (t *tree) add(name, text string) error {
	t.exists[name] = true
	if name == "ARCHITECTURE.md" {
		var err error
		t.ladder, err = readLadder(text)
		return err
	}
	if path.Ext(name) != ".go" {
		return nil
	}
	set := token.NewFileSet()
	const mode = parser.ParseComments | parser.SkipObjectResolution
	parsed, err := parser.ParseFile(set, name, text, mode)
	if err != nil {
		return err
	}
	f := &goFile{
		path: name, dir: path.Dir(name), test: strings.HasSuffix(name, "_test.go"),
		text: text, ast: parsed, set: set, tree: t,
	}
	t.files = append(t.files, f)
	f.keepConstants()
	return nil
}

// production is every Go file that is no test.
func (t *tree) production() []*goFile {
	return slices.DeleteFunc(slices.Clone(t.files), func(f *goFile) bool { return f.test })
}

// repository reads the project that this test stands in.
func repository(t *testing.T) *tree {
	t.Helper()
	root := "../.."
	if _, err := os.Stat(filepath.Join(root, "go.mod")); err != nil {
		t.Fatal(err)
	}
	repo := newTree()
	err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(root, p)
		if err != nil {
			return err
		}
		if d.IsDir() {
			if skipped(name, p) {
				return filepath.SkipDir
			}
			return nil
		}
		text := ""
		if e := filepath.Ext(name); e == ".go" || e == ".md" {
			b, err := os.ReadFile(p)
			if err != nil {
				return err
			}
			text = string(b)
		}
		return repo.add(filepath.ToSlash(name), text)
	})
	if err != nil {
		t.Fatal(err)
	}
	return repo
}

// skipped says which directories hold no source of this module.
func skipped(name, full string) bool {
	if name == "." {
		return false
	}
	base := filepath.Base(name)
	if slices.Contains([]string{"bin", "build", "data"}, name) || // as .gitignore says
		slices.Contains([]string{"testdata", "node_modules"}, base) ||
		strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_") {
		return true
	}
	_, err := os.Stat(filepath.Join(full, "go.mod")) // a nested module has its own rules
	return err == nil
}
