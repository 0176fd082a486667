"""The steps of the chain, as the people of each role do them in real pages."""
