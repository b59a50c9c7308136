package schema_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
)

// statement is one SQL text of the code, or a table and columns that
// internal/db makes one of.
type statement struct {
	place string // file:line
	text  string
	only  string // "sqlite" or "postgres" when it is for one engine, else ""
}

// sources finds the SQL of a module. Texts are constants of store.go and
// store_*.go, of every package; store_sqlite.go and store_postgres.go hold what
// must differ.
type sources struct {
	statements []statement
	unreadable []string // SQL that is put together at run time
	wholes     []whole
}

// whole is a db.Update that says it writes all columns of its table.
type whole struct {
	place, table  string
	keys, columns []string
}

var startsSQL = regexp.MustCompile(`^\s*(SELECT|INSERT|UPDATE|DELETE FROM|WITH)\s`)

// withoutSQL are directories whose SQL is not ours to prepare.
var withoutSQL = []string{
	"internal/db",        // it makes statements from tables and columns
	"internal/pgcluster", // databases and roles, before there is a schema
}

// collect reads every package below root.
func collect(root fs.FS) (*sources, error) {
	found := &sources{}
	packages := map[string][]*ast.File{}
	set := token.NewFileSet()
	err := fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		base := path.Base(name)
		if d.IsDir() {
			_, nested := fs.Stat(root, path.Join(name, "go.mod"))
			hidden := strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_")
			skip := slices.Contains([]string{"testdata", "node_modules"}, base) || hidden ||
				slices.Contains(withoutSQL, name) || nested == nil
			if skip && name != "." {
				return fs.SkipDir
			}
			return nil
		}
		if path.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		text, err := fs.ReadFile(root, name)
		if err != nil {
			return err
		}
		file, err := parser.ParseFile(set, name, text, parser.SkipObjectResolution)
		packages[path.Dir(name)] = append(packages[path.Dir(name)], file)
		return err
	})
	for _, files := range packages {
		(&reader{set: set, found: found, constants: map[string]ast.Expr{}}).read(files)
	}
	slices.SortFunc(found.statements, func(a, b statement) int {
		return strings.Compare(a.place, b.place)
	})
	return found, err
}

// reader reads one package.
type reader struct {
	set       *token.FileSet
	found     *sources
	constants map[string]ast.Expr
	parts     map[string]bool // constants that are only parts of other texts
}

func (r *reader) read(files []*ast.File) {
	for _, f := range files {
		r.findConstants(f)
	}
	r.findParts(files)
	for _, f := range files {
		ast.Inspect(f, r.visit)
	}
}

func (r *reader) findConstants(f *ast.File) {
	ast.Inspect(f, func(n ast.Node) bool {
		d, ok := n.(*ast.GenDecl)
		if !ok || d.Tok != token.CONST {
			return true
		}
		for _, spec := range d.Specs {
			v := spec.(*ast.ValueSpec)
			for i, name := range v.Names {
				if i < len(v.Values) {
					r.constants[name.Name] = v.Values[i]
				}
			}
		}
		return true
	})
}

// findParts finds the constants that are used in sums and nowhere else.
func (r *reader) findParts(files []*ast.File) {
	r.parts = map[string]bool{}
	alone := map[string]bool{}
	for _, f := range files {
		ast.Inspect(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.BinaryExpr:
				for _, side := range []ast.Expr{n.X, n.Y} {
					if id, ok := side.(*ast.Ident); ok {
						r.parts[id.Name] = true
					}
				}
			case *ast.CallExpr:
				for _, arg := range n.Args {
					if id, ok := arg.(*ast.Ident); ok {
						alone[id.Name] = true
					}
				}
			}
			return true
		})
	}
	for name := range alone {
		delete(r.parts, name)
	}
}

// value is the text of a constant expression.
func (r *reader) value(e ast.Expr) (string, bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		if e.Kind != token.STRING {
			return "", false
		}
		s, err := strconv.Unquote(e.Value)
		return s, err == nil
	case *ast.Ident:
		c, ok := r.constants[e.Name]
		if !ok {
			return "", false
		}
		return r.value(c)
	case *ast.ParenExpr:
		return r.value(e.X)
	case *ast.BinaryExpr:
		x, okX := r.value(e.X)
		y, okY := r.value(e.Y)
		return x + y, okX && okY && e.Op == token.ADD
	}
	return "", false
}

// visit collects whole texts: of a sum the sum, not its parts.
func (r *reader) visit(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.ValueSpec:
		if len(n.Names) == 1 && r.parts[n.Names[0].Name] && r.constants[n.Names[0].Name] != nil {
			return false
		}
	case *ast.BinaryExpr:
		text, ok := r.value(n)
		switch {
		case ok:
			r.add(n, text)
			return false
		case n.Op == token.ADD && startsSQL.MatchString(r.leftmost(n)):
			r.found.unreadable = append(r.found.unreadable, r.place(n))
			return false
		}
	case *ast.BasicLit:
		if text, ok := r.value(n); ok {
			r.add(n, text)
		}
	case *ast.CompositeLit:
		r.addBulk(n)
	}
	return true
}

// leftmost is the text that a sum begins with.
func (r *reader) leftmost(e ast.Expr) string {
	for {
		if text, ok := r.value(e); ok {
			return text
		}
		sum, ok := e.(*ast.BinaryExpr)
		if !ok {
			return ""
		}
		e = sum.X
	}
}

func (r *reader) add(n ast.Node, text string) {
	if !startsSQL.MatchString(text) {
		return
	}
	s := statement{place: r.place(n), text: text}
	file := path.Base(r.set.Position(n.Pos()).Filename)
	for _, engine := range []string{"sqlite", "postgres"} {
		if file == "store_"+engine+".go" {
			s.only = engine
		}
	}
	r.found.statements = append(r.found.statements, s)
}

func (r *reader) place(n ast.Node) string {
	p := r.set.Position(n.Pos())
	return fmt.Sprintf("%s:%d", p.Filename, p.Line)
}

// addBulk adds what a db.Insert, db.Update or db.LockClass asks of the schema,
// as the plainest statement with the same table and columns.
func (r *reader) addBulk(lit *ast.CompositeLit) {
	kind, ok := lit.Type.(*ast.SelectorExpr)
	if !ok {
		return
	}
	if pkg, ok := kind.X.(*ast.Ident); !ok || pkg.Name != "db" {
		return
	}
	fields := map[string][]string{}
	isWhole := false
	for _, element := range lit.Elts {
		pair, ok := element.(*ast.KeyValueExpr)
		if !ok {
			continue
		}
		name := pair.Key.(*ast.Ident).Name
		isWhole = isWhole || name == "Whole"
		values, ok := r.values(pair.Value)
		if !ok && slices.Contains([]string{"Table", "Columns", "Keys", "Set", "Version", "Key"}, name) {
			r.found.unreadable = append(r.found.unreadable, r.place(lit))
			return
		}
		fields[name] = values
	}
	var text string
	table := strings.Join(fields["Table"], "")
	switch kind.Sel.Name {
	case "Insert":
		text = insertOf(table, fields["Columns"])
	case "Update":
		set := slices.Concat(fields["Set"], fields["Version"])
		text = updateOf(table, fields["Keys"], set)
		if isWhole {
			r.found.wholes = append(r.found.wholes, whole{
				r.place(lit), table, fields["Keys"], slices.Concat(fields["Keys"], set)})
		}
	case "LockClass":
		key := strings.Join(fields["Key"], "")
		text = "SELECT " + key + " FROM " + table + " WHERE " + key + " IN (:ids)"
	default:
		return
	}
	r.found.statements = append(r.found.statements, statement{place: r.place(lit), text: text})
}

// values are the texts of a constant or of a slice of them.
func (r *reader) values(e ast.Expr) ([]string, bool) {
	if text, ok := r.value(e); ok {
		return []string{text}, true
	}
	list, ok := e.(*ast.CompositeLit)
	if !ok {
		return nil, false
	}
	var out []string
	for _, element := range list.Elts {
		text, ok := r.value(element)
		if !ok {
			return nil, false
		}
		out = append(out, text)
	}
	return out, true
}

func insertOf(table string, columns []string) string {
	holes := make([]string, len(columns))
	for i := range holes {
		holes[i] = fmt.Sprintf("$%d", i+1)
	}
	return "INSERT INTO " + table + " (" + strings.Join(columns, ", ") + ") VALUES (" +
		strings.Join(holes, ", ") + ")"
}

func updateOf(table string, keys, set []string) string {
	var pairs, wheres []string
	for i, column := range set {
		pairs = append(pairs, fmt.Sprintf("%s = $%d", column, i+1))
	}
	for i, column := range keys {
		wheres = append(wheres, fmt.Sprintf("%s = $%d", column, len(set)+i+1))
	}
	return "UPDATE " + table + " SET " + strings.Join(pairs, ", ") +
		" WHERE " + strings.Join(wheres, " AND ")
}

func TestCollect(t *testing.T) {
	example := fstest.MapFS{
		"go.mod": {Data: []byte("module example\n")},
		"pot/store.go": {Data: []byte("package pot\n" +
			"const columns = `SELECT a, b `\n" +
			"const from = columns + `FROM pot WHERE id = ` + (\"$\" + `1`)\n" +
			"const whole = `SELECT 1 `\n" +
			"const longer = whole + `FROM pot`\n" +
			"var in = &db.Insert{Table: table, Columns: []string{\"a\", `b`}}\n" +
			"const table = \"pot\"\n" +
			"var up = db.Update{Table: table, Keys: []string{\"id\"}, Set: []string{\"a\"}," +
			" Version: \"v\", Whole: true}\n" +
			"var class = db.LockClass{Rank: 3, Table: `pot`, Key: `id`}\n" +
			"func f(name string) { g(whole); g(`\n\tDELETE FROM pot`);" +
			" const inner = `UPDATE pot SET a = 1`;" +
			" g(`SELECT a FROM ` + name + `x`); g(`SELECTED `, `select 1`);" +
			" _ = db.Insert{Table: name} }\n")},
		"pot/store_sqlite.go": {Data: []byte("package pot\n" +
			"var x = `WITH t AS (SELECT 1) SELECT 2`\n")},
		"pot/store_test.go":       {Data: []byte("package pot\nvar y = `SELECT 3`\n")},
		"pot/testdata/store.go":   {Data: []byte("package pot\nvar y = `SELECT 4`\n")},
		"other/go.mod":            {Data: []byte("module other\n")},
		"other/store.go":          {Data: []byte("package other\nvar y = `SELECT 5`\n")},
		"internal/db/postgres.go": {Data: []byte("package db\nvar y = `SELECT 6`\n")},
	}
	got, err := collect(example)
	if err != nil {
		t.Fatal(err)
	}
	var texts []string
	for _, s := range got.statements {
		texts = append(texts, strings.TrimSpace(s.only+" "+strings.TrimSpace(s.text)))
	}
	slices.Sort(texts)
	want := []string{
		"DELETE FROM pot",
		"INSERT INTO pot (a, b) VALUES ($1, $2)",
		"SELECT 1", "SELECT 1 FROM pot",
		"SELECT a, b FROM pot WHERE id = $1",
		"SELECT id FROM pot WHERE id IN (:ids)",
		"UPDATE pot SET a = $1, v = $2 WHERE id = $3",
		"UPDATE pot SET a = 1",
		"sqlite WITH t AS (SELECT 1) SELECT 2",
	}
	if !slices.Equal(texts, want) {
		t.Errorf("found\n%s\nwant\n%s", strings.Join(texts, "\n"), strings.Join(want, "\n"))
	}
	if w := got.wholes; len(w) != 1 || !slices.Equal(w[0].columns, []string{"id", "a", "v"}) {
		t.Errorf("whole updates: %v", w)
	}
	if want := []string{"pot/store.go:11", "pot/store.go:11"}; !slices.Equal(got.unreadable, want) {
		t.Errorf("unreadable: %v, want %v", got.unreadable, want)
	}
}
