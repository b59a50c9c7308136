package api

import "github.com/danielgtaylor/huma/v2"

// The chapters of the document, in the order of a loan's life.
var (
	inCustomers   = []string{"customers"}
	inMoney       = []string{"money"}
	inServicing   = []string{"servicing"}
	inProducts    = []string{"products"}
	inOrigination = []string{"origination"}
	inMarket      = []string{"market"}
	inPlatform    = []string{"platform"}
)

var chapters = []*huma.Tag{
	{Name: "customers", Description: "People and companies, who they are and what they agreed to."},
	{Name: "money", Description: "Money in and out through the custody bank."},
	{Name: "products", Description: "The settings under which loans are made."},
	{Name: "origination", Description: "Application, decision, offer."},
	{Name: "market", Description: "Listings and bids."},
	{Name: "servicing", Description: "Loans, payments, distributions, late life."},
	{Name: "platform", Description: "What became of a request, business dates, long processes."},
}

// register registers every operation.
func (s *server) register() {
	for _, operation := range []func(){
		s.registerCustomer, s.getCustomer, s.listCustomers, s.getIdentity, s.changeContact,
		s.takeRole, s.freezeCustomer, s.unfreezeCustomer, s.submitDocument, s.decideCheck,
		s.listChecks, s.getDocument, s.listAccesses, s.listStatusChanges, s.getBankAccount,
		s.addBankAccount, s.verifyBankAccount, s.removeBankAccount, s.listBankAccounts,
		s.publishTerms, s.listTerms, s.getTerms, s.acceptTerms, s.listAcceptances,
		s.getAcceptance,

		s.listWallets, s.listWalletStatement, s.requestWithdrawal, s.cancelWithdrawal, s.getPayout,
		s.listPayouts, s.getDeposit, s.listDeposits, s.identifyDeposit, s.returnDeposit, s.getPayer,
		s.freezePayouts, s.releasePayouts, s.getPayoutFreeze, s.getClientMoney,
		s.listBreaks, s.closeBreak, s.assignBreak,

		s.listProducts, s.getProduct, s.listProductVersions, s.listProposedProducts,
		s.proposeProduct, s.approveProduct, s.rejectProduct,

		s.createApplication, s.amendApplication, s.submitApplication, s.withdrawApplication,
		s.decideApplication, s.getApplication, s.listApplications, s.listDecisions,
		s.makeOffer, s.acceptOffer, s.declineOffer, s.getOffer, s.listOffers,
		s.listApplicationOffers,

		s.searchListings, s.getListing, s.prepareListing, s.reviewListing, s.submitFunding,
		s.reviewFunding, s.cancelListing, s.placeBid, s.cancelBid, s.getBid, s.listBids,

		s.getLoan, s.listLoans, s.getLoanSchedule, s.listLoanSchedules, s.quotePayoff,
		s.payLoan, s.payOffLoan, s.recordPayment, s.recordRecovery, s.returnPayment, s.refundRest,
		s.getPayment, s.listPayments, s.listDistributions, s.listHoldings, s.listClaims,
		s.chargeFee, s.waive, s.pauseLoan, s.declareDefault, s.proposeChargeOff,
		s.proposeRestructuring, s.approveProposal, s.rejectProposal, s.listProposals,

		s.getBusinessDate, s.getClosing, s.listClosings, s.listProcesses, s.getProcess,
		s.nudgeProcess, s.getOperation,
	} {
		operation()
	}
}
