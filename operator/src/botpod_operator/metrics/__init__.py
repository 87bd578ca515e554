"""The operator's figures for Prometheus: counted where something happens, or read at the scrape."""
