"""The configured models behind one door: fallback, circuit breaker, streaming."""
