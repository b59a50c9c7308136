package access

import "openlend/refusal"

// What this package refuses.
var (
	ErrForbidden = refusal.New("access.forbidden", "you are not allowed to do this")
	ErrNotYours  = refusal.New("access.not_found", "there is nothing of yours by that name")
	ErrFourEyes  = refusal.New("access.four_eyes",
		"this needs a second person: who prepared it cannot approve it")
	ErrToken = refusal.New("access.token", "the token is missing, wrong or has run out")
	ErrAs    = refusal.New("access.as",
		"name a customer as cus_… or staff as staff:ROLE or staff:ROLE/NAME")
	ErrKey = refusal.New("access.key", "the key that signs tokens cannot be read")
)
