package house

import "strings"

// smallLadder is the ARCHITECTURE.md of the examples.
const smallLadder = "\n```ladder\nrefusal\nmoney\nloan\nscoring (to come)\nledger\nmarket\n```\n"

// example is a small repository and where a rule must find a breach in it.
type example struct {
	rule  string
	name  string
	files map[string]string
	want  []string // sorted; nil: nothing
}

var examples = slicesOf(ladderExamples, borderExamples, sqlExamples, styleExamples)

func slicesOf(groups ...[]example) (all []example) {
	for _, g := range groups {
		all = append(all, g...)
	}
	return all
}

var ladderExamples = []example{
	{"imports point up the ladder", "down, unknown, and plumbing that knows lending", map[string]string{
		"ARCHITECTURE.md":       smallLadder,
		"ledger/a.go":           "package ledger\n\nimport _ \"openlend/market\"\n",
		"ledger/a_test.go":      "package ledger\n\nimport _ \"openlend/market/matching\"\n",
		"ledger/b.go":           "package ledger\n\nimport _ \"openlend/attic\"\n",
		"money/a.go":            "package money\n\nimport _ \"openlend/internal/db\"\n",
		"internal/outbox/a.go":  "package outbox\n\nimport _ \"openlend/money\"\n",
		"attic/a.go":            "package attic\n\nimport _ \"openlend/money\"\n",
		"schema/a.go":           "package schema\n\nimport _ \"openlend/ledger\"\n",
		"internal/outbox/ok.go": "package outbox\n",
	}, []string{
		"attic/a.go:3", "internal/outbox/a.go:3", "ledger/a.go:3", "ledger/a_test.go:3",
		"ledger/b.go:3", "money/a.go:3", "schema/a.go:3",
	}},
	{"imports point up the ladder", "up, beside, inside and outside", map[string]string{
		"ARCHITECTURE.md": smallLadder,
		"market/a.go": "package market\n\nimport (\n\t_ \"openlend/internal/db\"\n" +
			"\t_ \"openlend/ledger\"\n\t_ \"openlend/market/matching\"\n\t_ \"openlend/schema\"\n)\n",
		"market/matching/a.go": "package matching\n\nimport _ \"fmt\"\n\nimport _ \"openlend/market\"\n",
		"loan/a.go":            "package loan\n\nimport _ \"openlend/money\"\n",
		"internal/db/a.go": "package db\n\nimport _ \"openlend/internal/clock\"\n\n" +
			"import _ \"openlend/refusal\"\n",
	}, nil},
	{"values import almost nothing", "a library that is not theirs", map[string]string{
		"money/a.go":   "package money\n\nimport _ \"example.org/money\"\n",
		"refusal/a.go": "package refusal\n\nimport _ \"github.com/govalues/decimal\"\n",
	}, []string{"money/a.go:3", "refusal/a.go:3"}},
	{"values import almost nothing", "the standard library and theirs", map[string]string{
		"money/a.go":      "package money\n\nimport _ \"math/bits\"\n\nimport _ \"github.com/govalues/decimal\"\n",
		"money/a_test.go": "package money\n\nimport _ \"pgregory.net/rapid\"\n",
		"scoring/a.go":    "package scoring\n\nimport _ \"gonum.org/v1/gonum/stat\"\n",
		"ledger/a.go":     "package ledger\n\nimport _ \"example.org/anything\"\n",
	}, nil},
	{"the ladder is true", "built, missing and unknown", map[string]string{
		"ARCHITECTURE.md": "\n```ladder\nmoney\nloan\nscoring (to come)\n```\n",
		"money/a.go":      "package money\n",
		"scoring/a.go":    "package scoring\n",
		"attic/box/a.go":  "package box\n",
	}, []string{"ARCHITECTURE.md", "ARCHITECTURE.md", "attic/box/a.go"}},
	{"the ladder is true", "as it says", map[string]string{
		"ARCHITECTURE.md":     "\n```ladder\nmoney\nscoring (to come)\ncmd/openlend\n```\n",
		"money/a.go":          "package money\n",
		"cmd/openlend/a.go":   "package main\n",
		"internal/db/pg/a.go": "package pg\n",
		"schema/a.go":         "package schema\n",
	}, nil},
}

var borderExamples = []example{
	{"drivers stay in their place", "a room with a driver", map[string]string{
		"ledger/a.go":      "package ledger\n\nimport _ \"github.com/jackc/pgx/v5/pgxpool\"\n",
		"ledger/store.go":  "package ledger\n\nimport _ \"database/sql\"\n",
		"schema/a.go":      "package schema\n\nimport _ \"modernc.org/sqlite\"\n",
		"internal/id/a.go": "package id\n\nimport _ \"database/sql/driver\"\n",
	}, []string{"internal/id/a.go:3", "ledger/a.go:3", "ledger/store.go:3", "schema/a.go:3"}},
	{"drivers stay in their place", "where they belong", map[string]string{
		"internal/db/a.go": "package db\n\nimport _ \"github.com/jackc/pgx/v5\"\n",
		"internal/db/b.go": "package db\n\nimport _ \"github.com/pressly/goose/v3/lock\"\n",
		"ledger/a.go":      "package ledger\n\nimport _ \"openlend/internal/db\"\n",
		"ledger/a_test.go": "package ledger\n\nimport _ \"github.com/jackc/pgx/v5\"\n",
	}, nil},
	{"net/http stays in its place", "a room that serves", map[string]string{
		"ledger/a.go": "package ledger\n\nimport _ \"net/http\"\n",
		"market/a.go": "package market\n\nimport _ \"net/http/httptest\"\n",
	}, []string{"ledger/a.go:3", "market/a.go:3"}},
	{"net/http stays in its place", "the interface", map[string]string{
		"api/place_bid.go": "package api\n\nimport _ \"net/http\"\n",
		"ledger/a.go":      "package ledger\n\nimport _ \"net/url\"\n",
	}, nil},
	{"clocks and chance stay in their place", "all ways to ask", map[string]string{
		"ledger/a.go": "package ledger\n\nimport \"time\"\n\nvar now = time.Now()\n",
		"ledger/b.go": "package ledger\n\nimport \"time\"\n\nvar ask = time.Now\n",
		"ledger/c.go": "package ledger\n\nimport t \"time\"\n\nvar d = t.Since(x)\n",
		"ledger/d.go": "package ledger\n\nimport \"time\"\n\nvar d = time.Until(x)\n",
		"ledger/e.go": "package ledger\n\nimport _ \"math/rand/v2\"\n",
		"ledger/f.go": "package ledger\n\nimport _ \"crypto/rand\"\n",
	}, []string{
		"ledger/a.go:5", "ledger/b.go:5", "ledger/c.go:5", "ledger/d.go:5",
		"ledger/e.go:3", "ledger/f.go:3",
	}},
	{"clocks and chance stay in their place", "the clock itself, waiting, a transaction's time", map[string]string{
		"internal/clock/a.go": "package clock\n\nimport \"time\"\n\nvar now = time.Now()\n",
		"internal/id/a.go":    "package id\n\nimport _ \"crypto/rand\"\n",
		"ledger/a.go":         "package ledger\n\nimport \"time\"\n\nvar wait = time.After(time.Second)\n",
		"ledger/b.go":         "package ledger\n\nvar now = tx.Now()\n",
		"ledger/a_test.go":    "package ledger\n\nimport \"time\"\n\nvar now = time.Now()\n",
	}, nil},
	{"floats stay in rate solvers", "a type, a literal, a conversion", map[string]string{
		"ledger/a.go": "package ledger\n\nvar x float64\n",
		"ledger/b.go": "package ledger\n\nvar x = 0.5\n",
		"ledger/c.go": "package ledger\n\nvar x, _ = strconv.ParseFloat(\"1\", 64)\n",
		"loan/a.go":   "package loan\n\nfunc f() { _ = float32(1) }\n",
	}, []string{"ledger/a.go:3", "ledger/b.go:3", "ledger/c.go:3", "loan/a.go:3"}},
	{"floats stay in rate solvers", "a solver and integers", map[string]string{
		"loan/xirr.go":      "package loan\n\nvar x float64 = 0.5\n",
		"loan/xirr_test.go": "package loan\n\nvar y = 0.5\n",
		"ledger/a.go":       "package ledger\n\n// A float64 in words.\nvar x = \"0.5 float64\"\n",
	}, nil},
}

var sqlExamples = []example{
	{"SQL lives in store files", "hidden in several ways", map[string]string{
		"ledger/a.go":      "package ledger\n\nconst q = `SELECT id FROM ledger_account`\n",
		"ledger/b.go":      "package ledger\n\nvar q = \"insert\" + \" into ledger_account VALUES (\" + n + \")\"\n",
		"ledger/c.go":      "package ledger\n\nfunc f() { x(`\n\tUPDATE ledger_account SET state = $1`) }\n",
		"ledger/d.go":      "package ledger\n\nvar q = (\"DELETE \" + (\"FROM ledger_account\"))\n",
		"ledger/e.go":      "package ledger\n\nimport \"openlend/internal/db\"\n\nvar in = db.Insert{Table: \"ledger_x\"}\n",
		"ledger/stored.go": "package ledger\n\nconst q = `UPDATE ledger_account AS a SET state = $1`\n",
	}, []string{
		"ledger/a.go:3", "ledger/b.go:3", "ledger/c.go:3", "ledger/d.go:3", "ledger/e.go:5",
		"ledger/stored.go:3",
	}},
	{"SQL lives in store files", "in its place, and English", map[string]string{
		"ledger/store.go":         "package ledger\n\nconst q = `SELECT id FROM ledger_account`\n",
		"ledger/store_account.go": "package ledger\n\nconst q = `DELETE FROM ledger_account`\n",
		"ledger/a_test.go":        "package ledger\n\nconst q = `DELETE FROM ledger_account`\n",
		"internal/db/tx.go":       "package db\n\nconst q = `SELECT 1`\n",
		"ledger/a.go": "package ledger\n\n// SELECT in a comment.\n" +
			"const s = \"select an account and update its state\"\n",
	}, nil},
	{"a package writes only its own tables", "another's rows", map[string]string{
		"market/store.go": "package market\n\nconst a = `INSERT INTO ledger_account VALUES (1)`\n\n" +
			"const b = `UPDATE \"ledger_account\" SET state = $1`\n\n" +
			"const c = `WITH x AS (DELETE FROM marketing_x RETURNING 1) SELECT 1`\n\n" +
			"const d = `INSERT INTO market_bid SELECT 1 FROM x; UPDATE note SET x = 1`\n\n" +
			"var e = `INSERT INTO %s VALUES (1)`\n",
		"internal/idem/store.go": "package idem\n\nconst a = `INSERT INTO outbox_event VALUES (1)`\n",
		"market/store_b.go": "package market\n\nimport \"openlend/internal/db\"\n\n" +
			"const table = \"ledger_hold\"\n\n" +
			"var in = &db.Insert{Table: \"ledger_transfer\"}\n\n" +
			"var up = db.Update{Table: table}\n\n" +
			"var q = \"DELETE FROM \" + table\n",
	}, []string{
		"internal/idem/store.go:3", "market/store.go:11", "market/store.go:3", "market/store.go:5",
		"market/store.go:7", "market/store.go:9", "market/store_b.go:11", "market/store_b.go:7",
		"market/store_b.go:9",
	}},
	{"a package writes only its own tables", "its own, and reading", map[string]string{
		"market/store.go": "package market\n\nimport \"openlend/internal/db\"\n\n" +
			"const a = `INSERT INTO market_bid VALUES (1) ON CONFLICT (id) DO UPDATE SET x = 1`\n\n" +
			"const b = `UPDATE market_bid b SET x = 1 FROM ledger_account a`\n\n" +
			"const c = `SELECT 1 FROM ledger_account ORDER BY id FOR UPDATE`\n\n" +
			"const table = \"market_\" + \"bid\"\n\n" +
			"var d, e = db.Update{Table: table}, \"DELETE FROM \" + table\n",
		"internal/outbox/store.go": "package outbox\n\nconst a = `INSERT INTO outbox VALUES (1)`\n",
		"schema/a.go":              "package schema\n\nconst a = `INSERT INTO ledger_clock VALUES (1)`\n",
	}, nil},
}

var styleExamples = []example{
	{"files are at most 500 lines", "one too many", map[string]string{
		"money/a.go": "package money\n" + strings.Repeat("//\n", 500),
	}, []string{"money/a.go"}},
	{"files are at most 500 lines", "just enough, and a test", map[string]string{
		"money/a.go":      "package money\n" + strings.Repeat("//\n", 499),
		"money/a_test.go": "package money\n" + strings.Repeat("//\n", 900),
	}, nil},
	{"functions are at most 70 lines", "a function and one in a variable", map[string]string{
		"money/a.go": "package money\n\nfunc f() {\n" + strings.Repeat("\tg()\n", 69) + "}\n",
		"money/b.go": "package money\n\nvar f = func() {\n" + strings.Repeat("\tg()\n", 69) + "}\n",
	}, []string{"money/a.go:3", "money/b.go:3"}},
	{"functions are at most 70 lines", "just enough, and a test", map[string]string{
		"money/a.go":      "package money\n\nfunc f() {\n" + strings.Repeat("\tg()\n", 68) + "}\n",
		"money/a_test.go": "package money\n\nfunc f() {\n" + strings.Repeat("\tg()\n", 90) + "}\n",
	}, nil},
	{"lines are at most 100 columns", "code, a comment, tabs, a test", map[string]string{
		"money/a.go":      "package money\n\nvar " + strings.Repeat("x", 93) + " = 1\n",
		"money/b.go":      "package money\n\n// " + strings.Repeat("注", 98) + "\n",
		"money/c.go":      "package money\n\nfunc f() {\n\t" + strings.Repeat("x", 97) + "()\n}\n",
		"money/c_test.go": "package money\n\nvar " + strings.Repeat("x", 94) + " = \"short\"\n",
	}, []string{"money/a.go:3", "money/b.go:3", "money/c.go:4", "money/c_test.go:3"}},
	{"lines are at most 100 columns", "100, strings, rows and addresses", map[string]string{
		"money/a.go": "package money\n\n// " + strings.Repeat("注", 97) + "\n" +
			"var x = \"" + strings.Repeat("x", 100) + "\"\n\n" +
			"var y = `\n" + strings.Repeat("y", 200) + "\n`\n\n" +
			"var z = []row{\n\t{" + strings.Repeat("1, ", 40) + "2},\n}\n\n" +
			"var m = map[string]row{\n\t\"key\": {" + strings.Repeat("1, ", 40) + "2},\n}\n\n" +
			"// https://" + strings.Repeat("a", 120) + "\n",
	}, nil},
	{"packages have a doc comment", "none, or about something else", map[string]string{
		"money/a.go":        "package money\n",
		"loan/a.go":         "// Loans are kept here.\npackage loan\n",
		"cmd/openlend/a.go": "// Package main is a program.\npackage main\n",
	}, []string{"cmd/openlend", "loan", "money"}},
	{"packages have a doc comment", "in any one file", map[string]string{
		"money/a.go":        "package money\n",
		"money/b.go":        "// Package money is money.\npackage money\n",
		"cmd/openlend/a.go": "// Command openlend lends.\npackage main\n",
	}, nil},
	{"rooms have a README", "a rung without, a rung with one in the wrong place", map[string]string{
		"ARCHITECTURE.md":           smallLadder,
		"money/a.go":                "package money\n",
		"market/matching/a.go":      "package matching\n",
		"market/matching/README.md": "# matching\n",
	}, []string{"market", "money"}},
	{"rooms have a README", "a rung; plumbing may explain itself in its package comment", map[string]string{
		"ARCHITECTURE.md":      smallLadder,
		"market/a.go":          "package market\n",
		"market/matching/a.go": "package matching\n",
		"market/README.md":     "# market\n",
		"internal/db/a.go":     "package db\n",
	}, nil},
	{"packages have a speaking name", "a drawer for anything", map[string]string{
		"internal/util/a.go":      "package util\n",
		"internal/x/a.go":         "package helpers\n",
		"internal/util/a_test.go": "package util_test\n",
	}, []string{"internal/util/a.go:1", "internal/util/a_test.go:1", "internal/x/a.go:1"}},
	{"packages have a speaking name", "a word of the trade", map[string]string{
		"market/a.go": "package market\n",
	}, nil},
}
