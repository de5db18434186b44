"""From approved corrections to a signed bundle: training data, provenance, ledger extract, report and signatures."""
