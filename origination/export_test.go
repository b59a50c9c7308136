package origination

// What the tests outside of the package need of its inside.
var (
	DecideByRules = decideByRules
	AnnualRate    = annualRate
	ParseProduct  = parseProduct
	StandardText  = standardText
)
