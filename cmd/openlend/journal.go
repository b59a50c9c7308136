package main

// JournalCmd groups what is done with the whole journal.
type JournalCmd struct {
	Export      JournalExportCmd      `cmd:"" help:"Write the journal for hledger, beancount or a spreadsheet."`
	Seal        JournalSealCmd        `cmd:"" help:"Make booked batches leaves of the log and sign its head."`
	Head        JournalHeadCmd        `cmd:"" help:"Print a signed head of the log, to be kept elsewhere."`
	Prove       JournalProveCmd       `cmd:"" help:"Prove that a transfer is in the log."`
	ProveGrowth JournalProveGrowthCmd `cmd:"" help:"Prove that the log only grew since an older head."`
	CheckProof  JournalCheckProofCmd  `cmd:"" help:"Check a proof with the public key alone."`
}
