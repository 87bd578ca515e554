"""From a skill's text to Discord's messages: streaming by edits, splitting at the limits."""
