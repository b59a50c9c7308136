package ledger

import "openlend/refusal"

// What the log and its proofs refuse.
var (
	ErrNoKey = refusal.New("ledger.no_log_key",
		"the log has signed heads, but its key is not here; copy it from where the log is sealed")
	ErrKey       = refusal.New("ledger.log_key", "this is not a key of a log")
	ErrHead      = refusal.New("ledger.log_head", "this is not a head signed by that key")
	ErrNotSealed = refusal.New("ledger.not_sealed",
		"the transfer is not under a signed head yet; run openlend journal seal")
	ErrNoHead = refusal.New("ledger.no_head", "there is no signed head of that size")
	ErrProof  = refusal.New("ledger.proof", "the proof does not hold")
)
