package customer

import (
	"context"
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"openlend/internal/db"
)

func TestSameName(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"Anna Müller", "ANNA MUELLER", true},
		{"Anna Müller", "anna muller", true},
		{"Anna Müller", "Müller, Anna", true},
		{"Anna Müller", "Frau Dr. Anna  Müller", true},
		{"Anna Müller", "Anna Mu\u0308ller", true},
		{"Anna Müller", "Anna Mueler", false},
		{"Anna Müller", "Anna", false},
		{"Anna Müller", "Anna Maria Müller", false},
		{"Anna Müller", "Anna Müller und Bert Müller", false},
		{"Anna Müller", "", false},
		{"Anna Müller", "...", false},
		{"Anna-Lena O'Neill", "ANNA LENA ONEILL", true},
		{"José Núñez", "JOSE NUNEZ", true},
		{"Łukasz Żółć", "Lukasz Zolc", true},
		{"Jens Großmann", "JENS GROSSMANN", true},
		{"Søren Ærø", "SOEREN AEROE", true},
		{"张三", "张 三", true},
		{"张三", "张三 先生", true},
		{"张三", "张四", false},
		{"张三", "三张", false},
		{"Zhang San", "SAN ZHANG", true},
		{"ＡＮＮＡ　Ｍüller", "Anna Müller", true},
		{"Example Trading GmbH", "EXAMPLE TRADING G.M.B.H.", true},
		{"Example Trading GmbH", "EXAMPLE TRADING AG", false},
		{"Smith & Sons Ltd", "SMITH SONS LTD", true},
		{"", "", false},
		{"Mr", "Mr", false},
	} {
		if sameName(c.a, c.b) != c.want || sameName(c.b, c.a) != c.want {
			t.Errorf("%q and %q: %v", c.a, c.b, sameName(c.a, c.b))
		}
	}
}

func TestSameNameHoldsForAnyText(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		a, b := rapid.String().Draw(r, "a"), rapid.String().Draw(r, "b")
		if sameName(a, b) != sameName(b, a) {
			r.Fatal("it depends on the order")
		}
		if isNothing := plainName(a, simple) == ""; sameName(a, a) == isNothing {
			r.Fatal("a name is not its own")
		}
	})
}

func TestNameMatches(t *testing.T) {
	t.Parallel()
	each(t, func(o *office) {
		c := o.register(o.anna())
		for payer, want := range map[string]bool{"MUELLER ANNA": true, "BERT": false, "": false} {
			got := read(o, func(ctx context.Context, tx *db.Tx) (bool, error) {
				return NameMatches(ctx, tx, o.vault, c.ID, payer)
			})
			if got != want {
				t.Errorf("%q: %v", payer, got)
			}
		}
		refused(o, "nobody", ErrNotFound, func(ctx context.Context, tx *db.Tx) (bool, error) {
			return NameMatches(ctx, tx, o.vault, 77, "")
		})
	})
}

func TestFindByReference(t *testing.T) {
	t.Parallel()
	each(t, func(o *office) {
		a, b := o.register(o.anna()), o.register(o.anna())
		digits := strings.TrimPrefix(a.ID.String(), "cus_")
		find := func(text string) (ID, error) {
			return db.Read(o.Context(), o.db, func(ctx context.Context, tx *db.Tx) (ID, error) {
				return FindByReference(ctx, tx, text)
			})
		}
		for _, text := range []string{a.ID.String(), strings.ToUpper(a.ID.String()),
			strings.ToLower(a.ID.String()), "cus " + digits, "CUS" + digits, "cus-" + digits,
			"SVWZ+Einzahlung " + a.ID.String() + " danke", "(" + a.ID.String() + ")",
			a.ID.String() + " " + a.ID.String(), "cus_ABC " + a.ID.String(), a.ID.String() + "_" + a.ID.String()} {
			if got, err := find(text); got != a.ID || err != nil {
				t.Errorf("%q names %s, %v", text, got, err)
			}
		}
		for text, want := range map[string]error{
			"": ErrReference, "rent": ErrReference, digits: ErrReference,
			a.ID.String() + " " + b.ID.String(): ErrReference,
			a.ID.String() + "_" + b.ID.String(): ErrReference,
			"cus_" + digits[:12]:                ErrReference,
			"cus_" + digits + "0":               ErrReference,
			"abacus_" + digits:                  ErrReference,
			"cus_UUUUUUUUUUUUU":                 ErrReference,
			ID(77).String():                     ErrNotFound,
		} {
			if got, err := find(text); !errors.Is(err, want) || got != 0 {
				t.Errorf("%q names %s, %v; want %v", text, got, err, want)
			}
		}
	})
}
