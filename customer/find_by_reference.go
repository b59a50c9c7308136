package customer

import (
	"context"
	"errors"
	"regexp"
	"strings"

	"openlend/internal/db"
)

// reference finds customers' ids in what people write on transfers: banks change
// case, and drop or replace the "_".
var reference = regexp.MustCompile(`(?i)(?:^|[^0-9a-z])cus[ _./-]*([0-9a-z]{13})(?:$|[^0-9a-z])`)

// FindByReference finds the customer whose id stands in the text of a transfer.
// Refusals: ErrReference when it names none or several, ErrNotFound.
func FindByReference(ctx context.Context, tx *db.Tx, ref string) (ID, error) {
	var named ID
	for _, match := range reference.FindAllStringSubmatch(ref, -1) {
		one, err := ParseID("cus_" + strings.ToUpper(match[1]))
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
	_, err := Get(ctx, tx, named)
	if errors.Is(err, ErrNotFound) {
		return 0, ErrNotFound
	}
	return named, err
}
