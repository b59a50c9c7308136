package house

import (
	"go/ast"
	"go/token"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// statement knows SQL by its verbs: reading ones in the capitals in which all
// our SQL is written, writing ones in any.
var statement = regexp.MustCompile(
	`(?s)\b(SELECT|TRUNCATE)\s|(?i:\bINSERT\s+INTO\s|\bDELETE\s+FROM\s|\bUPDATE\s+\S+\s+(AS\s+)?(\w+\s+)?SET\s)`)

// written finds the table that a statement writes to.
var written = regexp.MustCompile(
	`(?i)\b(?:INSERT\s+INTO|DELETE\s+FROM|TRUNCATE(?:\s+TABLE)?|UPDATE)\s+"?([a-z_%][a-z0-9_]*)`)

// engines are the places that speak SQL of their own, not a room's.
var engines = []allowance{
	{"internal/db", "", "transactions, locks and bulk statements of any table"},
	{"schema", "", "the migrations"},
	{"internal/pgcluster", "", "databases and roles"},
}

// text is one string of a file: a literal, or literals joined with +.
type text struct {
	pos   token.Pos
	value string
}

// sqlInStores: whoever looks for the SQL of a table finds it in one file.
func sqlInStores(t *tree) []finding {
	var found []finding
	for _, f := range t.production() {
		if isStore(f) || allowed(engines, f, "") {
			continue
		}
		for _, s := range f.strings() {
			if statement.MatchString(s.value) {
				found = append(found, f.at(s.pos, "SQL outside store.go and store_*.go"))
			}
		}
		for _, s := range f.bulkTables() {
			found = append(found, f.at(s.pos, "a bulk statement outside store.go and store_*.go"))
		}
	}
	return found
}

func isStore(f *goFile) bool {
	base := f.path[strings.LastIndex(f.path, "/")+1:]
	return base == "store.go" || strings.HasPrefix(base, "store_")
}

// ownTables: the rows of a room change only by its own operations. A table
// carries its room's name: market_bid, outbox_event.
func ownTables(t *tree) []finding {
	var found []finding
	for _, f := range t.production() {
		if allowed(engines, f, "") {
			continue
		}
		tables := f.bulkTables()
		for _, s := range f.strings() {
			if !statement.MatchString(s.value) {
				continue
			}
			for _, m := range written.FindAllStringSubmatch(s.value, -1) {
				tables = append(tables, text{s.pos, m[1]})
			}
		}
		room := roomOf(f.dir)
		for _, table := range tables {
			name := strings.ToLower(table.value)
			if name == "set" { // ON CONFLICT … DO UPDATE SET
				continue
			}
			if name != room && !strings.HasPrefix(name, room+"_") {
				found = append(found, f.at(table.pos, "%s writes to %s", room, table.value))
			}
		}
	}
	return found
}

// roomOf is the name that a package's tables carry: "market" for
// market/matching, "outbox" for internal/outbox.
func roomOf(dir string) string {
	return topOf(strings.TrimPrefix(dir, "internal/"))
}

// strings lists the strings of a file.
func (f *goFile) strings() []text {
	var found []text
	ast.Inspect(f.ast, func(n ast.Node) bool {
		e, isExpr := n.(ast.Expr)
		if !isExpr {
			return true
		}
		value, isString := f.joined(e)
		if isString {
			found = append(found, text{e.Pos(), value})
		}
		return !isString
	})
	return found
}

// joined reads a literal, or a sum of literals and constants; what is neither
// is a blank in the sum.
func (f *goFile) joined(e ast.Expr) (value string, isString bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		if e.Kind != token.STRING {
			return "", false
		}
		value, err := strconv.Unquote(e.Value)
		return value, err == nil
	case *ast.ParenExpr:
		return f.joined(e.X)
	case *ast.BinaryExpr:
		if e.Op != token.ADD {
			return "", false
		}
		left, leftIs := f.constant(e.X)
		right, rightIs := f.constant(e.Y)
		return left + right, leftIs || rightIs
	}
	return "", false
}

// constant is joined that also knows the package's constants by name.
func (f *goFile) constant(e ast.Expr) (value string, isString bool) {
	if name, isName := e.(*ast.Ident); isName {
		value, isString = f.tree.consts[f.dir+"."+name.Name]
		return value, isString
	}
	return f.joined(e)
}

// keepConstants notes the string constants of the file.
func (f *goFile) keepConstants() {
	ast.Inspect(f.ast, func(n ast.Node) bool {
		declared, isValue := n.(*ast.ValueSpec)
		if !isValue || len(declared.Names) != len(declared.Values) {
			return true
		}
		for i, name := range declared.Names {
			if value, isString := f.joined(declared.Values[i]); isString {
				f.tree.consts[f.dir+"."+name.Name] = value
			}
		}
		return true
	})
}

// bulkTables lists the tables of db.Insert and db.Update values.
func (f *goFile) bulkTables() []text {
	db := f.imported(module + "internal/db")
	var found []text
	ast.Inspect(f.ast, func(n ast.Node) bool {
		made, isLiteral := n.(*ast.CompositeLit)
		if !isLiteral || db == "" || !isBulk(made.Type, db) {
			return true
		}
		for _, e := range made.Elts {
			field, named := e.(*ast.KeyValueExpr)
			if !named {
				continue
			}
			if key, isName := field.Key.(*ast.Ident); isName && key.Name == "Table" {
				value, _ := f.constant(field.Value)
				found = append(found, text{field.Value.Pos(), value})
			}
		}
		return true
	})
	return found
}

func isBulk(e ast.Expr, db string) bool {
	s, isSelector := e.(*ast.SelectorExpr)
	if !isSelector || !slices.Contains([]string{"Insert", "Update"}, s.Sel.Name) {
		return false
	}
	from, isName := s.X.(*ast.Ident)
	return isName && from.Name == db
}
