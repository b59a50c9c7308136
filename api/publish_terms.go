package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"openlend/access"
	"openlend/customer"
	"openlend/internal/db"
)

func (s *server) publishTerms() {
	write(s, huma.Operation{
		OperationID: "publish-terms", Path: "/v1/terms", Tags: inCustomers,
		DefaultStatus: http.StatusCreated, Summary: "Publish terms",
		Description: "From this moment on everybody must accept them before he starts something " +
			"new.",
	}, func(ctx context.Context, tx *db.Tx, actor access.Actor, in *struct {
		Body struct {
			Kind     string `json:"kind" enum:"borrow,lend,privacy"`
			Version  int64  `json:"version" minimum:"1" doc:"The one after the newest, or the newest in another language."`
			Language string `json:"language" maxLength:"16" example:"en"`
			Text     string `json:"text" maxLength:"1000000" doc:"Kept to the byte."`
		}
	}) (Terms, error) {
		terms, err := customer.PublishTerms(ctx, tx, s.IDs, actor, customer.NewTerms{
			Kind: customer.TermsKind(in.Body.Kind), Version: in.Body.Version,
			Language: in.Body.Language,
			Body:     []byte(in.Body.Text),
		})
		return termsOf(terms), err
	})
}
