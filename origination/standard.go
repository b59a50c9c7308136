package origination

import (
	"context"
	_ "embed"
	"strings"

	"openlend/access"
	"openlend/calendar"
	"openlend/internal/db"
	"openlend/internal/id"
	"openlend/money"
)

// standardText is the built-in product, the same for every currency of two
// decimals. It is a beginning: a platform proposes its own next version.
//
//go:embed standard.json
var standardText []byte

// StandardCurrencies are the currencies in which the built-in product is
// installed.
func StandardCurrencies() []money.Currency { return []money.Currency{money.EUR, money.USD} }

// StandardProduct is the built-in product in a currency: personal loans of
// 1,000 to 40,000 in 36 or 60 equal instalments. Its code is "standard-" and
// the currency.
func StandardProduct(c money.Currency, effectiveOn calendar.Date) (Product, error) {
	p, err := parseProduct(standardText)
	if err != nil {
		return Product{}, err
	}
	p.Code = StandardCode(c)
	p.Currency, p.EffectiveOn = c, effectiveOn
	return *p, nil
}

// StandardCode is the code of the built-in product in a currency.
func StandardCode(c money.Currency) string { return "standard-" + strings.ToLower(string(c)) }

// InstallStandard puts the built-in product into force from a date, in every
// currency in which there is no version of it yet. Its two people are those who
// wrote and who reviewed the file; in the records stand the two services that
// carry it.
func InstallStandard(
	ctx context.Context, tx *db.Tx, ids *id.Source, on calendar.Date,
) error {
	maker, checker := access.System("built-in"), access.System("first-start")
	for _, c := range StandardCurrencies() {
		p, err := StandardProduct(c, on)
		if err != nil {
			return err
		}
		last, err := lastVersion(ctx, tx, p.Code)
		if err != nil {
			return err
		}
		if last > 0 {
			continue
		}
		v, err := ProposeProduct(ctx, tx, maker, p)
		if err != nil {
			return err
		}
		_, err = ApproveProduct(ctx, tx, ids, checker, p.Code, v.Product.Version)
		if err != nil {
			return err
		}
	}
	return nil
}
