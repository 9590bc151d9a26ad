"""Whether ledger, JSON Lines and archive of an output directory agree, and mending what is safe to mend."""
