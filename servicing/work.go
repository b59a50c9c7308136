package servicing

// SagaDistribution posts the legs of a distribution in pieces. Its subject is the
// distribution.
const SagaDistribution = "distribution"
