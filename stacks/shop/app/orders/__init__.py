"""The one domain app of the shop: orders that a worker packs, and the heartbeats of beat."""
