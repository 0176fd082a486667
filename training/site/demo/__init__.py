"""The demo city: plainly fictional people in every state of the chain, the same each time."""
