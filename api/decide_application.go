package api

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"openlend/access"
	"openlend/internal/db"
	"openlend/origination"
)

func (s *server) decideApplication() {
	write(s, huma.Operation{
		OperationID: "decide-application", Path: "/v1/applications/{application}/decide", Tags: inOrigination,
		Summary:     "Decide on a referred application",
		Description: "By a person, with reasons. What no person may lift refuses him too.",
	}, func(ctx context.Context, tx *db.Tx, actor access.Actor, in *struct {
		Application ID[origination.ApplicationID] `path:"application"`
		Body        struct {
			Result  string   `json:"result" enum:"approve,decline"`
			Grade   string   `json:"grade,omitempty" maxLength:"16" doc:"To approve; that of the rules when it is left out."`
			Reasons []string `json:"reasons" minItems:"1" maxItems:"10" nullable:"false" example:"[\"income.verified\"]"`
			Note    string   `json:"note,omitempty" maxLength:"4000" doc:"Kept, and not shown again here."`
		}
	}) (Application, error) {
		asked := origination.NewDecision{
			Application: in.Application.Value, Result: origination.Result(in.Body.Result),
			Grade: in.Body.Grade, Reasons: texts[origination.Reason](in.Body.Reasons),
			Note: in.Body.Note,
		}
		decided, err := origination.DecideApplication(ctx, tx, s.IDs, actor, asked)
		return applicationOf(decided), err
	})
}
