package api

import (
	"context"
	"encoding/json"
	"net/url"

	"github.com/danielgtaylor/huma/v2"

	"openlend/access"
	"openlend/internal/db"
	"openlend/internal/idem"
)

const operations = "/v1/operations/"

// operationPath is where the outcome of a write can be asked for.
func operationPath(key string) string { return operations + url.PathEscape(key) }

// Outcome is what became of a write.
type Outcome struct {
	Operation string          `json:"operation" doc:"The operationId of the write." example:"place-bid"`
	Status    int             `json:"status" doc:"The status it was or will be answered with." example:"201"`
	Answer    json.RawMessage `json:"answer" doc:"The body it was or will be answered with."`
}

func (s *server) getOperation() {
	read(s, huma.Operation{
		OperationID: "get-operation", Path: operations + "{key}", Tags: inPlatform,
		Summary: "Ask what became of a write",
		Description: "The answer of the write that you sent with this key, if it has had an effect. " +
			"404 says that it has had none so far.",
	}, func(ctx context.Context, tx *db.Tx, actor access.Actor, in *struct {
		Key string `path:"key" maxLength:"255" doc:"The Idempotency-Key of the write."`
	}) (Outcome, error) {
		route, answer, err := idem.Find(ctx, tx, actor.Principal(), in.Key)
		if err != nil {
			return Outcome{}, err
		}
		return Outcome{route, answer.Status, json.RawMessage(answer.Body)}, nil
	})
}
