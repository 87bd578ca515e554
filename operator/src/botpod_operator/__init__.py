"""Reconciles BotInstance resources into pods that run a Discord bot."""
