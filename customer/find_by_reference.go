package customer

import (
	"context"
	"regexp"

	"openlend/internal/db"
)

// reference finds customers' ids in what people write on transfers: banks change
// case, and drop or replace the "_".
var reference = regexp.MustCompile(`(?i)(?:^|[^0-9a-z])cus[ _./-]*([0-9a-z]{13})(?:$|[^0-9a-z])`)

// FindByReference finds the customer whose id stands in the text of a transfer.
// Refusals: ErrReference when it names none or several, ErrNotFound.
func FindByReference(ctx context.Context, tx *db.Tx, ref string) (ID, error) {
	var named ID
	for _, digits := range references(ref) {
		one, err := ParseID("cus_" + digits)
		if err != nil {
			continue
		}
		if named != 0 && named != one {
			return 0, ErrReference
		}
		named = one
	}
	if named == 0 {
		return 0, ErrReference
	}
	c, err := Get(ctx, tx, named)
	return c.ID, err
}

// references are the digits of everything in the text that looks like an id. Two
// may share the sign between them, so the search goes on right after the digits.
func references(text string) (digits []string) {
	for {
		at := reference.FindStringSubmatchIndex(text)
		if at == nil {
			return digits
		}
		digits = append(digits, text[at[2]:at[3]])
		text = text[at[3]:]
	}
}
