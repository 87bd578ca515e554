"""Interactions over HTTP: signed, posted to an application's endpoint, and what that says to them."""
