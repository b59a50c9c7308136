package custody

import (
	"openlend/internal/crypt"
	"openlend/internal/db"
	"openlend/internal/id"
	"openlend/internal/saga"
)

// Sagas are the long-running processes of this room.
func Sagas(d *db.DB, ids *id.Source, bank *Bank, vault *crypt.Vault) []saga.Definition {
	t := &teller{db: d, ids: ids, bank: bank, vault: vault}
	return []saga.Definition{{Name: payoutSaga, Steps: []saga.Step{
		{Name: "order", Do: t.order},
		{Name: "tell", Call: t.tell},
		{Name: "await", Call: t.await, Deadline: awaitDeadline},
	}}}
}
