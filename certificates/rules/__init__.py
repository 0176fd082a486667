"""Pure rules of certificates: number, gates, lifecycles."""
