"""Grafana's dashboards, written in code: the chart carries what this makes."""
