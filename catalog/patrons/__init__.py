"""Who reads: patrons, their cards, addresses, preferences, consents, blocks, and who may act for them."""
